"""An OpenAI-compatible server that answers about pictures with `scenes`, in a process of its own.

python -m tests.support.scenes_server    prints its base URL and serves until it is stopped
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.places import ROOT


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    alone = threading.Lock()

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = body["messages"][-1]["content"]
        if isinstance(content, str):
            logs = {"yes": -0.7, "no": -0.7}
        else:
            with self.alone:
                logs = _logs(content[0]["image_url"]["url"], content[1]["text"])
        best = max(logs, key=logs.__getitem__)
        top = [{"token": token, "logprob": value} for token, value in logs.items()]
        entry = {"token": best, "logprob": logs[best], "top_logprobs": top}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": f"{best.title()}."}}
        choice["logprobs"] = {"content": [entry]} if body.get("logprobs") else None
        data = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 100}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _warm() -> None:
    """Load the model: no call waits for that."""
    from spex_core.inputs.pictures import png_bytes
    from tests.support.vision_models import picture

    url = base64.b64encode(png_bytes(picture(0))).decode("ascii")
    _logs(f"data:image/png;base64,{url}", "is there a dog?")


def _logs(url: str, question: str) -> dict[str, float]:
    from PIL import Image

    from spex_core.models.registry import load_backend
    from spex_core.models.vision.model import Asked

    head, _, data = url.partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert head == f"data:image/{image.format.lower()};base64"
    backend = load_backend("scenes", question=question, answer="yes", against="no")
    yes, no = backend.model.log_probabilities([Asked(image.convert("RGB"), question)], backend._answers)[0].tolist()
    return {"yes": yes, "no": no}


@contextmanager
def scenes_serving() -> Iterator[str]:
    """Base URL of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.support.scenes_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _warm()
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()

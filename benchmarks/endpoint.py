"""Masked passes per second of an OpenAI-compatible server, against a bare load generator on the same server.

Run from the repository root: `python benchmarks/endpoint.py [--passes 256] [--delay 0.05]` starts the tests' own small
server, which takes --delay seconds per call, as a process of its own. Against a server that runs already:
`--url http://localhost:8000/v1 --model NAME`, the key in OPENAI_API_KEY where the server is OpenAI, or the one that
OPENAI_BASE_URL names. With `--gguf FILE` llama.cpp's own server is started on that model; where it is not installed,
that is said and nothing is measured.

"bare" sends the same kind of calls from as many threads, over connections kept open, and looks at nothing that comes
back. The two take turns, each round with masks of its own: a server that keeps prompts it has read would otherwise be
measured answering from memory. The median of the rounds is printed. A server with a key is measured without "bare".
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.errors import SpexError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.endpoint.wire.client import Call
from spex_core.models.endpoint.wording import MODES
from spex_core.models.registry import load_backend

TEXT = (Path(__file__).parents[1] / "assets" / "examples" / "equipment_agreement.txt").read_text(encoding="utf-8")
PORT = 8093


def main() -> int:
    """Measure and print one line per mode and number of open calls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url")
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--model", default="gpt-4o-mini")
    parser.add_argument("--passes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds per call of the tests' server")
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    options = parser.parse_args()
    if options.url:
        measure(options.url, options)
        return 0
    if options.gguf is None:
        with own_server(options.delay) as url:
            print(f"the tests' server, {options.delay * 1e3:.0f} ms per call")
            measure(url, options)
        return 0
    server = shutil.which("llama-server")
    if server is None:
        print("skipped: llama.cpp's llama-server is not on the path")
        return 0
    with started([server, "-m", str(options.gguf), "--port", str(PORT), "-np", str(max(options.concurrency))]) as url:
        measure(url, options)
    return 0


def measure(url: str, options: argparse.Namespace) -> None:
    """Print the speeds of one server."""
    masker = TextMasker(" ".join(TEXT.split()[: options.words]))
    rng = np.random.default_rng(0)
    print(f"{masker.n_features} words, {options.passes} masked passes per round")
    for mode in options.modes:
        for concurrency in options.concurrency:
            backend = load_backend(
                "openai",
                url=url,
                model=options.model,
                question="True or False: members may lend tools to others?",
                answer="True",
                mode=mode,
                concurrency=str(concurrency),
            )
            assert isinstance(backend, OpenAIEndpoint)
            seconds: dict[str, list[float]] = {"ours": [], "bare": []}
            try:
                backend = backend.settle(masker.text)
                function, step = backend.value_function(masker), backend.batch_size(masker)
                for _ in range(options.rounds):
                    masks = rng.random((2, options.passes, masker.n_features)) < 0.5
                    began = time.perf_counter()
                    for start in range(0, options.passes, step):
                        function(masks[0, start : start + step])
                    seconds["ours"].append(time.perf_counter() - began)
                    if not os.environ.get("OPENAI_API_KEY"):
                        seconds["bare"].append(bare(url, calls(backend, masker.apply(masks[1])), concurrency))
            except SpexError as error:
                print(f"{mode:12} {error}")
                break
            speed = {name: options.passes / statistics.median(times) for name, times in seconds.items() if times}
            said = f"{mode:12} {concurrency:3d} at once  {speed['ours']:8.1f} passes/s"
            if "bare" in speed:
                said += f", bare {speed['bare']:8.1f}: {speed['ours'] / speed['bare']:.2f} of it"
            print(said, flush=True)


def calls(backend: OpenAIEndpoint, texts: Sequence[str]) -> list[Call]:
    """The calls that score these texts."""
    wording, dialect = backend.scorer.wording, backend.scorer.prepare()
    if wording.mode == "echo":
        return [wording.echo(text, "True", dialect) for text in texts]
    return [wording.first_token(text, dialect) for text in texts]


def bare(url: str, wanted: Sequence[Call], concurrency: int) -> float:
    """Seconds that these calls take from `concurrency` threads."""
    address = urlsplit(url)
    local = threading.local()
    bodies = [(f"{address.path}/{call.path}", json.dumps(call.body)) for call in wanted]

    def send(job: tuple[str, str]) -> None:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(address.hostname or "", address.port)
        local.connection.request("POST", job[0], job[1], {"Content-Type": "application/json"})
        local.connection.getresponse().read()

    with ThreadPoolExecutor(concurrency) as workers:
        began = time.perf_counter()
        list(workers.map(send, bodies))
        return time.perf_counter() - began


@contextmanager
def own_server(delay: float) -> Iterator[str]:
    """The tests' server in a process of its own: its base URL."""
    command = [sys.executable, "-m", "tests.support.endpoint_server", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def started(command: list[str]) -> Iterator[str]:
    """A server process that answers, until the block ends."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1).close()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{PORT}/v1"
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())

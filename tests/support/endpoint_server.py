"""A real OpenAI-compatible server on loopback with a tiny exact language model, and one that misbehaves on order.

python -m tests.support.endpoint_server [DELAY]    prints its base URL and serves until it is stopped; seconds per call
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

WORDS = re.findall(
    r"\w+",
    "True False yes no blue red green good bad film not a the is it never slow first last hour scene but I cried was "
    "name colour bees Answer",
)
VOCABULARY = [*WORDS, *(f" {word}" for word in WORDS), *map(chr, range(32, 127)), "\n", "<other>", "<end>"]
_INDEX = {token: k for k, token in enumerate(VOCABULARY)}
_PIECES = re.compile("|".join(re.escape(token) for token in sorted(VOCABULARY, key=len, reverse=True)) + "|.", re.S)
_RNG = np.random.default_rng(7)
_INPUT = _RNG.normal(size=(len(VOCABULARY), 12))
_OUTPUT = _RNG.normal(size=(len(VOCABULARY), 12))
_BIAS = np.array([9.0 if token.strip() in ("True", "False") else 0.0 for token in VOCABULARY])  # it likes to judge


class TinyModel:
    """p(next token | text) = softmax(O tanh(mean of the tokens' vectors, later ones weighing more))."""

    @staticmethod
    def tokens(text: str) -> list[str]:
        return _PIECES.findall(text)

    @staticmethod
    @lru_cache(maxsize=4096)
    def log_probabilities(text: str) -> np.ndarray:
        tokens = TinyModel.tokens(text)
        state = np.zeros(12)
        if tokens:
            rows = _INPUT[[_INDEX.get(token, _INDEX["<other>"]) for token in tokens]]
            weights = 1.0 + np.arange(len(tokens)) / len(tokens)
            state = np.tanh(3.0 * (weights[:, None] * rows).sum(0) / np.sqrt(len(tokens)))
        logits = _OUTPUT @ state + _BIAS
        return logits - np.logaddexp.reduce(logits)

    @staticmethod
    def of(token: str, text: str) -> float:
        """log p(token | text)."""
        return float(TinyModel.log_probabilities(text)[_INDEX.get(token, _INDEX["<other>"])])

    @staticmethod
    def answer(answer: str, text: str) -> float:
        """log p(answer | text), summed over the answer's tokens."""
        total, so_far = 0.0, text
        for token in TinyModel.tokens(answer):
            total += TinyModel.of(token, so_far)
            so_far += token
        return total

    @staticmethod
    def top(text: str, count: int) -> list[tuple[str, float]]:
        values = TinyModel.log_probabilities(text)
        return [(VOCABULARY[k], float(values[k])) for k in np.argsort(-values, kind="stable")[:count]]


def chat_prompt(messages: list[dict]) -> str:
    """The server's chat template, blind to pictures."""
    return "".join(f"[{message['role']}] {_words(message['content'])}\n" for message in messages) + "[assistant]"


def _words(content: str | list[dict]) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@dataclass
class Behaviour:
    """What the server does.

    Attributes:
        faults: taken one by one, the first for the first request; "" answers properly.
        always: fault of every request after those.
        key: the only key accepted, "" for any.
        most_top: alternatives returned at most.
        refuses: parameters that are refused with status 400.
        echoes: whether "echo" is honoured.
        head: token put in front of every prompt, as a BOS is.
        elsewhere: where "redirect" points.
        system: words with which a system message is refused.
        only_v1: whether there is nothing but what stands below /v1.
        delay: seconds per request.
        reasons: whether replies begin with <think>: "" never, "asked" unless it is asked not to, "always".
        says: the reply to a request's body, in place of the model's own.
        thinks: tokens of a reply that are spent before its text begins, unseen.
    """

    faults: list[str] = field(default_factory=list)
    always: str = ""
    key: str = ""
    most_top: int = 20
    refuses: tuple[str, ...] = ()
    echoes: bool = True
    head: str = ""
    elsewhere: str = ""
    system: str | None = None
    only_v1: bool = False
    delay: float = 0.0
    reasons: str = ""
    says: Callable[[dict], str] | None = None
    thinks: int = 0


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict
    time: float


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.behaviour = Behaviour()
        self.seen: list[Seen] = []
        self.open = self.most_open = 0
        self.guard = threading.Lock()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address) -> None:
        pass  # clients that give up are part of the tests


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgement
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._json({"object": "list", "data": [{"id": "tiny", "object": "model"}]})

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.guard:
            server.seen.append(Seen(self.path, dict(self.headers.items()), body, time.monotonic()))
            faults = server.behaviour.faults
            fault = faults.pop(0) if faults else server.behaviour.always
            server.open += 1
            server.most_open = max(server.most_open, server.open)
        try:
            if server.behaviour.delay:
                server.released.wait(server.behaviour.delay)
            self._answer(body, fault)
        finally:
            with server.guard:
                server.open -= 1

    def _answer(self, body: dict, fault: str) -> None:
        behaviour = self.server.behaviour
        if behaviour.key and self.headers.get("Authorization") != f"Bearer {behaviour.key}":
            sent = self.headers.get("Authorization", "")
            self._json({"error": {"message": f"Incorrect API key provided: {sent}"}}, 401)
        elif fault == "hang":
            self.server.released.wait(30)
            self.close_connection = True
        elif fault.isdigit():
            self._json({"error": {"message": f"trouble {self.headers.get('Authorization')}"}}, int(fault))
        elif fault.startswith("429 "):
            self._json({"error": {"message": "slow down"}}, 429, {"Retry-After": fault.split()[1]})
        elif fault == "not json":
            self._send(b'{"choices": [', "application/json")
        elif fault == "html":
            self._send(b"<html>hello</html>", "text/html")
        elif fault == "array":
            self._send(b"[]", "application/json")
        elif fault == "nan":
            self._send(
                b'{"choices": [{"logprobs": {"content": [{"token": "a", "top_logprobs": [{"token": "a", '
                b'"logprob": NaN}]}]}}]}',
                "application/json",
            )
        elif fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices"')
            self.close_connection = True
        elif fault == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            while not self.server.released.wait(0.1):
                self.wfile.write(b" ")
                self.wfile.flush()
            self.close_connection = True
        elif fault == "redirect":
            self.send_response(307)
            self.send_header("Location", behaviour.elsewhere + self.path.removeprefix("/v1"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif behaviour.only_v1 and not re.fullmatch("/v1/(chat/)?completions", self.path):
            self._json({"detail": "Not Found"}, 404)
        elif behaviour.system is not None and "system" in [m["role"] for m in body.get("messages", ())]:
            self._json({"error": {"message": behaviour.system}} if behaviour.system else {}, 400)
        elif refused := next((name for name in behaviour.refuses if name in body), None):
            hint = " Use 'max_completion_tokens' instead." if refused == "max_tokens" else ""
            text = f"Unsupported parameter: '{refused}' is not supported with this model.{hint}"
            self._json({"error": {"message": text, "param": refused, "code": "unsupported_parameter"}}, 400)
        elif int(body.get("top_logprobs") or 0) > behaviour.most_top:
            self._json({"error": {"message": f"top_logprobs must be at most {behaviour.most_top}"}}, 400)
        else:
            self._json(self._completion(body, fault))

    def _completion(self, body: dict, fault: str) -> dict:
        chat = self.path.endswith("/chat/completions")
        prompt = chat_prompt(body["messages"]) if chat else body["prompt"]
        count = max(1, int(body.get("max_tokens") or body.get("max_completion_tokens") or 1))
        tokens, tops, text = [], [], prompt
        wanted = int(body.get("top_logprobs") or 0) if chat else int(body.get("logprobs") or 0)
        for _ in range(min(count, 8)):
            tops.append(TinyModel.top(text, max(1, min(wanted, {"truncated": 13, "single": 1}.get(fault, 99)))))
            tokens.append(tops[-1][0][0])
            text += tokens[-1]
        off = (body.get("chat_template_kwargs") or {}).get("enable_thinking") is False
        if self.server.behaviour.reasons == "always" or (self.server.behaviour.reasons and not off):
            tokens[0] = "<think>"
            tops[0] = [("<think>", -1e-4), *[(token, value - 10.0) for token, value in tops[0][:-1]]]
        said = "".join(tokens)
        if self.server.behaviour.says is not None:
            said = self.server.behaviour.says(body)
        if count <= self.server.behaviour.thinks:
            said = ""
        choice: dict = {"index": 0, "finish_reason": "length", "logprobs": None}
        choice |= {"message": {"role": "assistant", "content": said}} if chat else {"text": said}
        if fault == "no logprobs" or not body.get("logprobs"):
            pass
        elif chat:
            choice["logprobs"] = {
                "content": [
                    {"token": token, "logprob": top[0][1], "top_logprobs": [{"token": t, "logprob": v} for t, v in top]}
                    for token, top in zip(tokens, tops, strict=True)
                ]
            }
        else:
            choice["logprobs"] = self._plain(body, prompt, tokens, tops)
            choice["text"] = (prompt if self._echo(body) else "") + said
        read = len(TinyModel.tokens(prompt))
        usage = {"prompt_tokens": read, "completion_tokens": len(tokens), "total_tokens": read + len(tokens)}
        return {
            "id": "x",
            "object": "completion",
            "created": 0,
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }

    def _echo(self, body: dict) -> bool:
        return bool(body.get("echo")) and self.server.behaviour.echoes

    def _plain(self, body: dict, prompt: str, tokens: list[str], tops: list) -> dict:
        names, values = list(tokens), [top[0][1] for top in tops]
        alternatives = [dict(top) for top in tops]
        if self._echo(body):
            before, so_far = TinyModel.tokens(prompt), ""
            scored = []
            for token in before:
                scored.append(TinyModel.of(token, so_far) if so_far else None)
                so_far += token
            head = [self.server.behaviour.head] if self.server.behaviour.head else []
            names = [*head, *before, *tokens]
            values = [*([None] * len(head)), *scored, *values]
            alternatives = [*([None] * (len(head) + len(before))), *alternatives]
        return {
            "tokens": names,
            "token_logprobs": values,
            "top_logprobs": alternatives,
            "text_offset": [0] * len(names),
        }

    def _json(self, value: dict, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(value).encode(), "application/json", status, headers)

    def _send(self, data: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a free port, in a thread."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    alone = Server()
    alone.behaviour.delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    print(alone.url, flush=True)
    alone.serve_forever()

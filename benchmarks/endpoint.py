"""Masked passes per second of an OpenAI-compatible server, by mode and by number of calls open at once.

Run from the repository root, against a server that runs already:
`python benchmarks/endpoint.py --url http://localhost:8000/v1 --model NAME [--passes 64]`, the key in OPENAI_API_KEY
where the server is OpenAI, or the one that OPENAI_BASE_URL names. With `--gguf FILE` instead of --url llama.cpp's own
server is started on that model; where it is not installed, that is said and nothing is measured.

Each line is one round of masked passes over part of one text, every round with masks of its own: a server that keeps
prompts it has read would otherwise be measured answering from memory.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spex_core.endpoint_calls import MODES
from spex_core.errors import SpexError
from spex_core.maskers.text import TextMasker
from spex_core.registry import load_backend

TEXT = (Path(__file__).parents[1] / "assets" / "examples" / "equipment_agreement.txt").read_text(encoding="utf-8")
PORT = 8093


def main() -> int:
    """Measure and print one line per mode and number of open calls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url")
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--model", default="gpt-4o-mini")
    parser.add_argument("--passes", type=int, default=64)
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    options = parser.parse_args()
    if options.url:
        measure(options.url, options)
        return 0
    server = shutil.which("llama-server")
    if server is None or options.gguf is None:
        print("skipped: give --url, or --gguf with llama.cpp's llama-server on the path")
        return 0
    with started([server, "-m", str(options.gguf), "--port", str(PORT), "-np", str(max(options.concurrency))]) as url:
        measure(url, options)
    return 0


def measure(url: str, options: argparse.Namespace) -> None:
    """Print the speeds of one server."""
    masker = TextMasker(" ".join(TEXT.split()[: options.words]))
    rng = np.random.default_rng(0)
    print(f"{masker.n_features} words, {options.passes} masked passes per round")
    for mode in MODES:
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
            texts = masker.apply(rng.random((options.passes, masker.n_features)) < 0.5)
            try:
                backend = backend.settle(masker.text)
                began = time.perf_counter()
                backend.score(texts)
            except SpexError as error:
                print(f"{mode:12} {error}")
                break
            seconds = time.perf_counter() - began
            print(f"{mode:12} {concurrency:3d} at once  {options.passes / seconds:8.1f} passes/s")


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

"""Masked passes per second of the embedded model, against a plain `SentenceTransformer.encode` over masked strings.

Run from the repository root: `python benchmarks/minilm.py [--words 64] [--masks 64] [--repeats 5] [--threads N]`.
All routes score the same masks of the same text, taking turns; the median of the repeats is printed, with the largest
difference from the plain route in cosine. "loop" encodes one string at a time, "batch" hands over the list.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.minilm.encoder import shared_encoder
from spex_core.models.minilm.masking import MaskedText
from spex_core.models.minilm.weights import model_folder

TEXT = (Path(__file__).parents[1] / "assets" / "examples" / "equipment_agreement.txt").read_text(encoding="utf-8")


def main() -> None:
    """Measure and print one table per way of masking."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, nargs="+", default=[64])
    parser.add_argument("--masks", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="torch threads of the plain route (0: torch's choice)")
    arguments = parser.parse_args()

    import torch
    from sentence_transformers import SentenceTransformer

    encoder = shared_encoder()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    plain = SentenceTransformer(str(model_folder()), device="cpu")
    workers = encoder.workers
    print(f"ours: {encoder.dtype}, {workers} workers; plain: fp32, {torch.get_num_threads()} threads")
    for words in arguments.words:
        text = " ".join(TEXT.split()[:words])
        for masking in ("unk", "removal"):
            masker = TextMasker(text, "word", masking)
            masks = np.random.default_rng(0).random((arguments.masks, masker.n_features)) < 0.5
            strings = masker.apply(masks)
            rows = MaskedText(encoder.tokenizer, masker)
            routes: dict[str, Callable[[], FloatArray]] = {
                "plain, loop": lambda s=strings: np.array([plain.encode(x, show_progress_bar=False) for x in s]),
                "plain, batch": lambda s=strings: plain.encode(s, show_progress_bar=False),
                "ours": lambda r=rows, m=masks: encoder.embed_rows(r.rows(m)),
            }
            seconds: dict[str, list[float]] = {name: [] for name in routes}
            results: dict[str, FloatArray] = {name: route() for name, route in routes.items()}  # to warm up
            for _ in range(arguments.repeats):
                for name, route in routes.items():
                    start = time.perf_counter()
                    results[name] = route()
                    seconds[name].append(time.perf_counter() - start)
            print(f"\n{masker.n_features} words, {masking}, {arguments.masks} masks, {rows.tokens} tokens unmasked")
            base = statistics.median(seconds["plain, loop"])
            for name, times in seconds.items():
                median = statistics.median(times)
                error = np.abs(1 - (results[name] * results["plain, loop"]).sum(axis=1)).max()
                print(
                    f"  {name:13s} {arguments.masks / median:7.1f} passes/s"
                    f"   {base / median:4.2f} x loop   1 - cosine <= {error:.1e}"
                )


if __name__ == "__main__":
    main()

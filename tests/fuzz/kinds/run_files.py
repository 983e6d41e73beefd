"""Run files: what the library reads, what a page draws of it, and what is written again."""

from dataclasses import replace
from functools import cache

import numpy as np

import spex_core
from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.inputs.pictures import png_bytes
from spex_core.inputs.segments import Segments
from spex_core.runs.store.bundle import read_saved
from spex_core.views.explorer import payload
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_json

TEXT = "not bad at all"


@cache
def runs():
    """(explanation, samples) of small runs over nothing, a text, a picture and its segments."""
    from PIL import Image

    paid = []
    found = spex_core.explain(
        lambda m: m[:, 0] * 2.0 - m[:, 1] * m[:, 2], 4, budget=16, estimator="proxyspex", on_samples=paid.append
    )
    samples = Samples(np.vstack([p.masks for p in paid]), np.concatenate([p.values for p in paid]))
    text = TextSource(TEXT, ((0, 3), (4, 7), (8, 10), (11, 14)), "word", "unk")
    picture = PictureSource(png_bytes(Image.new("RGB", (6, 4), "red")), (2, 2), "blur")
    cut = replace(picture, grid=None, segments=Segments(4, 2, 2, (0, 1, 1, 1, 2, 1, 3, 1)))
    sources = (None, text, picture, cut)
    return [(Explanation(**{**vars(found), "source": source, "_cache": {}}), samples) for source in sources]


def inputs():
    return broken_json([explanation.to_json() for explanation, _ in runs()])


def attempt(data):
    """Read it, draw it, write it, read that."""
    explanation = read_saved(data).explanation
    payload(explanation)
    again = Explanation.from_json(explanation.to_json())
    assert again.spectrum.supports == explanation.spectrum.supports
    again.interactions("FSII", order=2)


KIND = Kind("run_files", inputs, attempt, in_tests=250)

"""Explanations of known functions: sums of ANDs, with draws that wobble by a stated amount."""

import io
import re
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.inputs.pictures import patch_name
from spex_core.models.base import ModelSpec


def _spectrum(n, ands, constant):
    terms = {(): constant}
    for members, value in ands.items():
        for size in range(len(members) + 1):
            for part in combinations(sorted(members), size):
                terms[part] = terms.get(part, 0.0) + value * (-1) ** size / 2 ** len(members)
    return Spectrum.from_dict(n, {k: v for k, v in terms.items() if abs(v) > 1e-12 or not k})


def _explained(text, ands, *, constant=0.1, r2=0.95, low=None, wobble=0.004, spans=None, unit="word", **changes):
    spans = tuple(spans or (match.span() for match in re.finditer(r"\S+", text)))
    n = len(spans)
    spectrum = _spectrum(n, ands, constant)
    noise = np.random.default_rng(0).standard_normal((10, len(spectrum)))
    fields = {
        "features": tuple(text[start:end] for start, end in spans),
        "spectrum": spectrum,
        "draws": spectrum.coefficients + wobble * noise if wobble else np.zeros((0, len(spectrum))),
        "output_full": float(spectrum.predict(np.ones((1, n), dtype=bool))[0]),
        "output_empty": float(spectrum.predict(np.zeros((1, n), dtype=bool))[0]),
        "faithfulness_report": Faithfulness(r2, r2 - 0.02 if low is None else low, min(1.0, r2 + 0.02), 512),
        "estimator": "proxyspex",
        "requested_estimator": "auto",
        "budget": 2000,
        "evaluations": 1900,
        "max_order": 4,
        "seed": 0,
        "model": ModelSpec("toy-sentiment", {}),
        "value_unit": "log-odds",
        "toward": ("negative", "positive"),
        "source": TextSource(text, spans, unit, "unk"),
    }
    return Explanation(**{**fields, **changes})


@pytest.fixture(scope="session")
def explained():
    """``explained(text, {(1, 2): 0.5, ...})``: the explanation of a sum of ANDs over the words of a text."""
    return _explained


@pytest.fixture(scope="session")
def review(explained):
    return explained(
        "The food was not bad at all",
        {(1,): 0.1, (3,): -0.4, (4,): -1.1, (3, 4): 1.9, (3, 4, 6): -0.3},
        constant=0.2,
    )


@pytest.fixture(scope="session")
def flat(explained):
    return explained("It met on Tuesday", {}, r2=1.0, wobble=0.0)


@pytest.fixture(scope="session")
def long_text(explained):
    paragraphs = [" ".join(f"word{p}x{i}" + ("." if i % 9 == 8 else "") for i in range(80 + p)) for p in range(8)]
    return explained("\n\n".join(paragraphs), {(3,): 0.5, (5, 600): 0.9, (5, 7, 610): -0.4, (300, 301): 0.2})


def _png(size=(40, 30), colour=(200, 30, 30)):
    image = Image.new("RGB", size, "white")
    image.paste(colour, (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _pictured(ands, *, grid=(4, 3), question="is there a red ball?", words=True, size=(40, 30), **changes):
    spans = tuple(match.span() for match in re.finditer(r"\w+", question)) if words else ()
    names = [patch_name(row, column) for row in range(grid[1]) for column in range(grid[0])]
    labels = [*names, *(question[start:end] for start, end in spans)]
    source = PictureSource(changes.pop("picture", None) or _png(size), grid, "blur", question, spans)
    options = {"question": question, "answer": "yes", "against": "no"}
    fields = {
        "features": tuple(labels),
        "source": source,
        "model": ModelSpec("toy-scenes", options),
        "toward": ("no", "yes"),
    }
    return _explained(" ".join("x" * len(labels)), ands, **{**fields, **changes})


@pytest.fixture(scope="session")
def pictured():
    """``pictured({(0, 1): 0.5, ...}, grid=(4, 3))``: the same over the patches of a picture and a question's words."""
    return _pictured


@pytest.fixture(scope="session")
def png():
    """``png(size)``: a PNG of two colours."""
    return _png

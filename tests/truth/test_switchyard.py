"""Ground truth: the shortcut was planted, and the explanation must show it."""

from __future__ import annotations

import numpy as np
import pytest

from spex_core import explain_text, load_backend
from spex_core.explanation.result import Explanation
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.base import Backend
from spex_core.toys.switchyard.world import Puzzle, variant

SEED = 9_500_000  # no training step uses it
VARIANTS = 40
BUDGET = 150


def _backend(name: str) -> Backend:
    return load_backend(name, answer="yes", against="no")


@pytest.fixture(scope="module")
def fallen_for() -> list[Puzzle]:
    """Unseen variants that the model with the shortcut answers wrongly."""
    backend = _backend("switchyard")
    rng = np.random.default_rng(SEED)
    found: list[Puzzle] = []
    while len(found) < VARIANTS:
        puzzle = variant(rng)
        if backend.score([puzzle.text])[0] > 0:
            found.append(puzzle)
    return found


def _deciding(puzzle: Puzzle) -> set[int]:
    """Features that hold a deciding word."""
    spans = TextMasker(puzzle.text).spans
    return {
        k for k, span in enumerate(spans) for start, end in puzzle.deciding if span.start < end and start < span.end
    }


def _weight(explanation: Explanation, features: set[int]) -> float:
    """Share of the absolute Shapley values that these features have."""
    values = {found.features[0]: abs(found.value) for found in explanation.interactions("SV", order=1)}
    return sum(values.get(k, 0.0) for k in features) / sum(values.values())


def test_what_pulls_to_the_wrong_answer_are_the_words_of_the_classic(fallen_for: list[Puzzle]) -> None:
    backend, twin = _backend("switchyard"), _backend("switchyard-twin")
    classic = pulling = 0
    lighter = 0
    for puzzle in fallen_for:
        deciding = _deciding(puzzle)
        assert deciding
        own = explain_text(puzzle.text, backend, budget=BUDGET, estimator="gp", max_order=3)
        strongest = [found for found in own.interactions() if found.value > 0][:5]
        pulling += len(strongest)
        classic += sum(not set(found.features) & deciding for found in strongest)
        other = explain_text(puzzle.text, twin, budget=BUDGET, estimator="gp", max_order=3)
        lighter += _weight(own, deciding) < _weight(other, deciding)
    assert pulling >= 4 * VARIANTS
    assert classic >= 0.8 * pulling
    assert lighter >= 0.9 * VARIANTS

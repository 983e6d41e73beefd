"""ProxySPEX here against shapiq's ProxySPEX: R² on 1,000 fresh uniform masks at the same number of masks.

    python benchmarks/proxyspex.py [seeds]

Both get the same masks (all kept, all hidden, then uniform antithetic pairs). shapiq returns only low-order
indices of its result, so its Fourier coefficients are taken right after its refit. Functions: a random
forest on a table of 30 columns (hidden = the column's mean), and/or/xor logic, hierarchical spectra with noise
at 10 dB, and, where the embedded model is installed, a review scored by it.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from synthetic import sparse_function

from spex_core.arrays import BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.coding.plan import Plan
from spex_core.estimation.estimators.proxyspex import ProxySpex
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.fourier.spectrum import evaluate

Function = Callable[[BoolArray], FloatArray]
FRESH = 1000
REVIEW = (
    "The plot is thin and half of the jokes fall flat , but the acting never fails to impress "
    "and the last scene is not bad at all , so I would watch it again"
)


def forest(seed: int) -> tuple[int, Function]:
    """Probability by a random forest on the breast-cancer table."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestRegressor

    table, label = load_breast_cancer(return_X_y=True)
    model = RandomForestRegressor(100, max_depth=6, random_state=seed).fit(table, label)
    row, hidden = table[seed], table.mean(axis=0)
    return 30, lambda masks: model.predict(np.where(masks, row, hidden))


def gates(seed: int) -> list[tuple[int, IntArray]]:
    """Thirty gates: kind (see `gate`) and two or three of 100 features."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, [3, 2], (30, 2)).tolist()
    return [(kind, rng.choice(100, 2 + wide, replace=False)) for kind, wide in kinds]


def gate(kind: int, inputs: BoolArray) -> FloatArray:
    """AND (0), OR (1) or XOR (2) of (m, k) inputs: (m,)."""
    values: FloatArray = [inputs.all(axis=1), inputs.any(axis=1), inputs.sum(axis=1) % 2][kind].astype(np.float64)
    return values


def logic(seed: int) -> tuple[int, Function]:
    """The sum of the gates."""
    chosen = gates(seed)
    return 100, lambda masks: np.sum([gate(kind, masks[:, members]) for kind, members in chosen], axis=0)


def hierarchical(seed: int) -> tuple[int, Function]:
    """100 terms on 64 features, half of them all subsets of a few sets; noise at 10 dB."""
    rng = np.random.default_rng(seed)
    function = sparse_function(64, 100, 5, rng, "hierarchical", snr_db=10)
    return 64, lambda masks: function.noisy(masks, rng)


def review(seed: int) -> tuple[int, Function]:
    """The embedded model's sentiment score of a review; hidden words are removed."""
    from spex_core import load_backend
    from spex_core.inputs.maskers.text import TextMasker

    backend = load_backend("minilm-sentiment")
    masker = TextMasker(REVIEW, unit="word", masking="removal" if seed % 2 else "unk")
    return masker.n_features, backend.value_function(masker)


CASES: dict[str, tuple[Callable[[int], tuple[int, Function]], int]] = {
    "forest, n = 30": (forest, 1344),
    "logic, n = 100": (logic, 1968),
    "hierarchical, n = 64": (hierarchical, 1728),
    "review": (review, 1344),
}


class _Fixed:
    """Stands in for shapiq's sampler, so that both fit the same rows."""

    def __init__(self, masks: BoolArray) -> None:
        self.coalitions_matrix = masks

    def sample(self, budget: int) -> None:
        """Nothing to draw."""


class _Refined(Exception):  # noqa: N818  # carries a result, no error
    """shapiq's Fourier coefficients after its refit."""


def with_shapiq(samples: Samples, seed: int) -> tuple[list[Support], FloatArray]:
    """Supports and Fourier coefficients of shapiq's ProxySPEX."""
    import shapiq

    n = samples.masks.shape[1]
    approximator: Any = shapiq.ProxySPEX(n=n, index="FBII", max_order=1, random_state=seed)
    approximator._uniform_sampler = _Fixed(samples.masks)
    refine = approximator._refine

    def keep(*arguments: Any) -> None:
        raise _Refined(refine(*arguments))

    approximator._refine = keep
    try:
        approximator.approximate(len(samples), lambda coalitions: samples.values)
    except _Refined as result:
        terms = result.args[0]
    return [tuple(map(int, support)) for support in terms], np.array(list(terms.values()))


def uniform_masks(n: int, count: int, rng: np.random.Generator) -> BoolArray:
    """All kept, all hidden, then uniform pairs."""
    ends = np.array([[True] * n, [False] * n])
    return np.concatenate([ends, draw_distinct(n, count - 2, rng, row_keys(ends))])


def compare(seeds: int) -> Iterator[str]:
    """One line per function and seed, then means."""
    installed = importlib.util.find_spec("shapiq") is not None
    if not installed:
        yield "shapiq is not installed here and is left out: pip install shapiq==1.4.1"
    for name, (make, rows) in CASES.items():
        scores = []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            n, function = make(seed)
            masks = uniform_masks(n, rows, rng)
            samples = Samples(masks, np.asarray(function(masks), dtype=np.float64))
            fresh = draw_distinct(n, FRESH, rng, row_keys(masks))
            truth = np.asarray(function(fresh), dtype=np.float64)
            began = time.perf_counter()
            fit = ProxySpex().fit(samples, Plan(masks[2:]), 5, rng)
            ours, seconds = r_squared(truth, fit.spectrum.predict(fresh)), time.perf_counter() - began
            line = f"{name} ({rows} masks), seed {seed}: R² {ours:.3f} in {seconds:.1f} s, {len(fit.spectrum)} terms"
            scores.append([ours, np.nan])
            if installed:
                began = time.perf_counter()
                scores[-1][1] = r_squared(truth, evaluate(fresh, *with_shapiq(samples, seed), n))
                line += f" | shapiq R² {scores[-1][1]:.3f} in {time.perf_counter() - began:.1f} s"
            yield line
        means = np.mean(scores, axis=0)
        yield f"{name}: mean R² {means[0]:.3f}" + (f" | shapiq {means[1]:.3f}" if installed else "")


if __name__ == "__main__":
    for text in compare(int(sys.argv[1]) if len(sys.argv) > 1 else 2):
        print(text, flush=True)

"""How well the quick resamples of `spex_core.fourier.stability` foresee full refits and runs with fresh masks.

Per function: one run; then, for each of the strongest groups it lists, the share of resamples, of full refits to
rows drawn with replacement, and of runs with other seeds (other masks, paid again) that list it with the same sign.
Refits find no SPEX terms, because decoding needs its own whole sets of masks.

    python benchmarks/stability.py [function] [times]
"""

from __future__ import annotations

import sys
import time

import numpy as np

import spex_core
from spex_core.arrays import ANCHORS, Samples, ValueFunction
from spex_core.coding.plan import Plan
from spex_core.engine.design import plan_run, stream
from spex_core.estimation.registry import estimator as find_estimator
from spex_core.explanation.result import Explanation

BUDGET, TOP = 1000, 20
REVIEW = (
    "I did not expect much from this quiet film, but the lead is never dull and the slow ending, far from bad, "
    "left me oddly moved."
)


def dense(masks: np.ndarray) -> np.ndarray:
    """Many effects of words, pairs and triples, saturating, as text has them."""
    rng = np.random.default_rng(1)
    kept = masks.astype(float)
    total = kept @ rng.normal(0, 0.4, 30)
    for size in (2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3):
        total += rng.normal(0, 0.6) * kept[:, rng.choice(30, size, replace=False)].prod(axis=1)
    return 3 * np.tanh(total / 3)


def sparse(masks: np.ndarray) -> np.ndarray:
    """Ten parities from strong to weak, in noise that belongs to each mask."""
    rng = np.random.default_rng(2)
    total = np.zeros(len(masks))
    for strength in np.geomspace(1.0, 0.03, 10):
        members = rng.choice(40, int(rng.integers(2, 4)), replace=False)
        total += strength * (-1.0) ** masks[:, members].sum(axis=1)
    keys = np.packbits(masks, axis=1).astype(np.uint64) @ (np.uint64(1099511628211) ** np.arange(5, dtype=np.uint64))
    return total + 2.0 * (((keys * np.uint64(2654435761) >> np.uint64(16)) & np.uint64(65535)) / 65535.0 - 0.5)


def functions() -> dict[str, tuple[ValueFunction, int]]:
    """Name -> value function and number of features."""
    from spex_core.inputs.maskers.text import TextMasker

    backend = spex_core.load_backend("minilm-sentiment")
    masker = TextMasker(REVIEW, unit="word", masking="unk", mask_token=backend.mask_token)
    return {"dense": (dense, 30), "sparse": (sparse, 40), "minilm": (backend.value_function(masker), masker.n_features)}


def listed(n: int, explanation: Explanation) -> dict[tuple[int, ...], float]:
    """What a run lists: groups and their values."""
    return {i.features: i.value for i in explanation.interactions("FBII") if i.order > 1 and i.significant}


def compare(name: str, estimator: str, times: int) -> None:
    """Print the shares of one function and estimator."""
    function, n = functions()[name]
    known: list[Samples] = []
    began = time.process_time()
    run = spex_core.explain(function, n, BUDGET, estimator, on_samples=known.append)
    whole = time.process_time() - began
    design = plan_run(n, BUDGET, estimator, 5, 0)
    values = np.concatenate([batch.values for batch in known])
    rows = design.training
    samples = Samples(design.masks[rows], values[rows])
    top = [i for i in run.interactions("FBII") if i.order > 1 and i.significant][:TOP]
    refits, fresh = np.zeros(len(top)), np.zeros(len(top))
    rng = np.random.default_rng(7)
    for seed in range(times):
        drawn = np.concatenate([np.arange(ANCHORS), rng.integers(ANCHORS, len(samples), len(samples) - ANCHORS)])
        fitter = find_estimator(estimator)
        plan = design.plan if fitter.needs_whole_plan else Plan(design.masks[:0])
        fit = fitter.fit(samples.take(drawn), plan, 5, stream(seed, "fit"))
        again = Explanation(
            run.features, fit.spectrum, fit.draws, 0.0, 0.0, run.faithfulness_report, "", "", BUDGET, BUDGET, 5, 0
        )
        other = spex_core.explain(function, n, BUDGET, estimator, seed=seed + 1)
        for counts, found in ((refits, listed(n, again)), (fresh, listed(n, other))):
            counts += [np.sign(found.get(i.features, 0.0)) == np.sign(i.value) for i in top]
    print(f"{name}, {estimator}: {whole:.1f} CPU s for the run, {times} refits and {times} fresh runs")
    quick = np.array([(i.reappears or 0) / run.resamples for i in top])
    for item, *shares in zip(top, quick, refits / times, fresh / times, strict=True):
        print(f"  {item.features!s:18} {item.value:+.3f}" + "".join(f"  {100 * share:4.0f} %" for share in shares))
    strongest = slice(0, 10)
    means = [
        f"{name} {share[strongest].mean():.2f} {share.mean():.2f}"
        for name, share in (("resamples", quick), ("refits", refits / times), ("fresh", fresh / times))
    ]
    print(f"  means of the strongest 10, of all: {'  '.join(means)}")


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "dense"
    compare(chosen, sys.argv[3] if len(sys.argv) > 3 else "auto", int(sys.argv[2]) if len(sys.argv) > 2 else 20)

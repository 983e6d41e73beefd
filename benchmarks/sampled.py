"""Models that give no log-probabilities: what it gains that a fit knows the noise of each value.

python benchmarks/sampled.py [--seeds 16] [--budget 500] [--only synthetic|smollm2]

Values are shares of replies, drawn with a known probability: of a synthetic function, logistic in single features and
pairs; and of SmolLM2 itself, whose exact p(answer) on each masked text says with which probability it gives the answer.
The same passes are fitted twice, with and without weights by their noise, and both predictions are compared with the
exact probabilities of masks that were not asked: R², which luck has no part in.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from spex_core import load_backend
from spex_core.arrays import BoolArray, FloatArray, IntArray
from spex_core.engine.design import Design, plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.fitting import estimate
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import draw_distinct
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.endpoint.sampling import Sampling

N = 15
FRESH = 4000
FRESH_SMOLLM2 = 200
CASES = (  # text, question; the answer is " positive" against " negative", two shots before it
    "I expected a masterpiece, but the brilliant cast could not save this tedious, overlong mess.",
    "Slow at first and far too long, yet the quiet ending is a small wonder that stays with you.",
)
SHOTS = (
    "Review: a joy from start to end\nSentiment: positive\n\n"
    "Review: dull and badly acted\nSentiment: negative\n\nReview:"
)

Chance = Callable[[BoolArray], FloatArray]


def synthetic(seed: int) -> Chance:
    """Probability of a yes: logistic in single features and six pairs."""
    rng = np.random.default_rng(seed)
    single = rng.normal(size=N) * (rng.random(N) < 0.4)
    pairs = [(rng.choice(N, 2, replace=False), rng.normal() * 1.5) for _ in range(6)]

    def value(masks: BoolArray) -> FloatArray:
        log_odds = np.where(masks, 1.0, -1.0) @ single / 2
        for (one, two), weight in pairs:
            log_odds += weight * (masks[:, one] & masks[:, two]) - weight / 4
        return np.asarray(1 / (1 + np.exp(-log_odds)))

    return value


def compared(
    truth: FloatArray, fresh: BoolArray, chances: FloatArray, design: Design, counts: IntArray, seed: int
) -> tuple[float, float, float | None, float]:
    """(R² with weights, without, ceiling told, share explained) of one drawing of replies.

    Args:
        truth, fresh: exact probabilities, and their masks.
        chances, counts: of each planned mask.
        design: the plan.
        seed: of the drawing.
    """
    rng = np.random.default_rng(seed)
    values = rng.binomial(counts, chances) / counts
    explanations = []
    for replies in (lambda masks: counts, None):
        evaluation = Evaluation(design, None, 0.0, replies)
        evaluation.values = values
        explanations.append(estimate(evaluation))
    told, untold = (r_squared(truth, explanation.predict(fresh)) for explanation in explanations)
    report = explanations[0].faithfulness_report
    return told, untold, report.ceiling, report.explained


def _report(name: str, rows: list[tuple[float, float, float | None, float]]) -> None:
    with_weights, without = (np.array([row[k] for row in rows]) for k in (0, 1))
    gains = with_weights - without
    ceilings = [row[2] for row in rows if row[2] is not None]
    told = f", ceiling told {np.mean(ceilings):.2f}" if ceilings else ""
    print(
        f"{name}: R² against exact probabilities {with_weights.mean():.3f} with weights, {without.mean():.3f} without; "
        f"gain {gains.mean():+.3f} ± {gains.std(ddof=1) / len(gains) ** 0.5:.3f} over {len(gains)}, "
        f"better in {(gains > 0).sum()}{told}",
        flush=True,
    )


def _ways(masks: BoolArray) -> dict[str, IntArray]:
    """How many replies masks may be asked for: two rules of a run, and one by which noise differs much."""
    often = np.where(masks @ (1 + np.arange(masks.shape[1])) % 4 == 0, 12, 1)
    return {
        "1 reply, 2 for a fifth": Sampling().counts(masks),
        "3 replies": Sampling(replies=3).counts(masks),
        "1 reply, 12 for a quarter": often,
    }


def _synthetic(seeds: int, budget: int) -> None:
    fresh = np.random.default_rng(99).random((FRESH, N)) < 0.5
    found: dict[str, list[tuple[float, float, float | None, float]]] = {}
    for seed in range(seeds):
        model, design = synthetic(seed), plan_run(N, budget, "auto", 5, seed, draws=True)
        for name, counts in _ways(design.masks).items():
            row = compared(model(fresh), fresh, model(design.masks), design, counts, seed)
            found.setdefault(name, []).append(row)
    for name, rows in found.items():
        _report(f"synthetic, {name}", rows)


def _smollm2(seeds: int, budget: int) -> None:
    for text in CASES:
        backend = load_backend(
            "smollm2",
            instruction=SHOTS,
            question="Sentiment:",
            answer="positive",
            against="negative",
            scale="probability",
            template="plain",
        )
        masker = TextMasker(text, masking="removal", mask_token=backend.mask_token)
        exact = backend.settle(text).value_function(masker)
        fresh = draw_distinct(masker.n_features, FRESH_SMOLLM2, np.random.default_rng(99))
        design = plan_run(masker.n_features, budget, "auto", 5, 0, draws=True)
        truth, chances = exact(fresh), exact(design.masks)
        print(f"smollm2, “{text}”: p from {truth.min():.2f} to {truth.max():.2f}, deviation {truth.std():.2f}")
        for name, counts in _ways(design.masks).items():
            _report(f"{name}", [compared(truth, fresh, chances, design, counts, seed) for seed in range(seeds)])


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--budget", type=int, default=500)
    parser.add_argument("--only", choices=("synthetic", "smollm2"))
    options = parser.parse_args()
    if options.only != "smollm2":
        _synthetic(options.seeds, options.budget)
    if options.only != "synthetic":
        _smollm2(options.seeds, options.budget)


if __name__ == "__main__":
    main()

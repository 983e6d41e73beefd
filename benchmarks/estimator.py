"""`auto` on functions whose spectrum is known, and on the widest input that it must manage.

    python benchmarks/estimator.py

Logic: thirty ANDs, ORs and XORs of two or three of 100 features, no noise. Sparse: 100 terms of order up to 5 with
noise at 10 dB, as many masks as SPEX takes at b = 6; R² is against the noise-free function on 5,000 fresh masks,
recall and precision are those of the listed terms. Wide: 1,000 features, a saturating sum of a fifth of them, sparse
terms and noise; seconds on the clock from the first mask to the explanation, without the function, and processor
seconds of the same, which say more on a busy machine.
"""

from __future__ import annotations

import resource
import time

import numpy as np
from proxyspex import gate, gates, logic
from synthetic import sparse_function

import spex_core
from spex_core.arrays import BoolArray, FloatArray
from spex_core.coding.cube import cube_spectrum
from spex_core.coding.plan import nominal_rows
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import all_masks, draw_distinct

FRESH = 5000
SEEDS = 3
WIDE = (1000, 10_000)


def truth_of_logic(seed: int) -> dict[tuple[int, ...], float]:
    """The exact spectrum: gates have at most three features, so each is transformed by itself."""
    terms: dict[tuple[int, ...], float] = {}
    for kind, members in gates(seed):
        values = gate(kind, all_masks(len(members)))
        for support, coefficient in cube_spectrum(values, 3).to_dict().items():
            key = tuple(sorted(int(members[i]) for i in support))
            terms[key] = terms.get(key, 0.0) + coefficient
    return {key: value for key, value in terms.items() if not key or abs(value) > 1e-12}


def main() -> None:
    """Print everything."""
    for seed in range(SEEDS):
        n, function = logic(seed)
        found = spex_core.explain(function, n, 1968, seed=seed).spectrum.to_dict()
        truth = truth_of_logic(seed)
        error = max(abs(found.get(key, 0.0) - truth.get(key, 0.0)) for key in {*found, *truth})
        same = "the same support" if found.keys() == truth.keys() else "ANOTHER SUPPORT"
        print(
            f"logic n=100, 1968 masks, seed {seed}: {len(truth)} terms, {same}, largest error {error:.1e}", flush=True
        )
    for n in (64, 100, 256, 1000):
        rows = nominal_rows(n, 5, 6)
        cells = []
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            sparse = sparse_function(n, 100, 5, rng, "gauss", snr_db=10)
            explanation = spex_core.explain(lambda masks, f=sparse, r=rng: f.noisy(masks, r), n, rows, seed=seed)
            fresh = draw_distinct(n, FRESH, rng)
            _, recall, precision = sparse.recovery(explanation.spectrum, fresh)
            r2 = r_squared(sparse.clean(fresh), explanation.predict(fresh))
            cells.append((r2, recall, precision, explanation.seconds_decode))
        r2, recall, precision, seconds = np.median(cells, axis=0)
        print(
            f"sparse n={n}, {rows} masks: R² {r2:.3f}, recall {recall:.3f}, precision {precision:.3f} "
            f"(least {min(c[2] for c in cells):.3f}), {seconds:.1f} s",
            flush=True,
        )
    n, budget = WIDE
    sparse = sparse_function(n, 100, 5, np.random.default_rng(0), "gauss", snr_db=10)
    weights = np.random.default_rng(1).normal(size=n) * (np.random.default_rng(2).random(n) < 0.2)
    noise = np.random.default_rng(3)
    in_function = 0.0

    def wide(masks: BoolArray) -> FloatArray:
        nonlocal in_function
        began = time.process_time()
        saturating = 8 * np.tanh((1.0 - 2.0 * masks) @ weights / 8)
        values: FloatArray = 0.3 * sparse.clean(masks) + saturating + noise.normal(size=len(masks))
        in_function += time.process_time() - began
        return values

    began = time.process_time()
    explanation = spex_core.explain(wide, n, budget)
    busy = time.process_time() - began - in_function
    print(
        f"wide n={n}, {budget} masks: {explanation.seconds_decode:.1f} s, {busy:.1f} s of processor time, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB at most, "
        f"R² reported {explanation.faithfulness:.3f}"
    )


if __name__ == "__main__":
    main()

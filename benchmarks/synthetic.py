"""Sparse functions with a known spectrum, and how well an estimate recovers them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Support
from spex_core.fourier.spectrum import Spectrum, evaluate

KINDS = ("uniform", "gauss", "equal", "hierarchical")


@dataclass(frozen=True, eq=False)
class SparseFunction:
    """f(m) = sum_t coefficients[t] (-1)^<k_t, m> + noise."""

    n_features: int
    supports: list[Support]
    coefficients: FloatArray
    noise_sd: float

    def clean(self, masks: BoolArray) -> FloatArray:
        """Values without noise: (m,)."""
        return evaluate(masks, self.supports, self.coefficients, self.n_features)

    def noisy(self, masks: BoolArray, rng: np.random.Generator) -> FloatArray:
        """Values as a model would return them: (m,)."""
        return self.clean(masks) + self.noise_sd * rng.normal(size=len(masks))

    def recovery(self, spectrum: Spectrum, masks: BoolArray) -> tuple[float, float, float]:
        """R² against the noise-free function on fresh masks, recall and precision of the supports."""
        truth = self.clean(masks)
        r2 = 1 - ((truth - spectrum.predict(masks)) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
        found = set(spectrum.supports) - {()}
        hits = len(found & set(self.supports))
        return float(r2), hits / len(self.supports), hits / max(len(found), 1)


def sparse_function(
    n_features: int, sparsity: int, max_order: int, rng: np.random.Generator, kind: str, snr_db: float | None = None
) -> SparseFunction:
    """Random supports of order 1..max_order.

    Args:
        n_features: n.
        sparsity: number of terms.
        max_order: largest order.
        rng: source of randomness.
        kind: "uniform" (magnitudes in 0.5..1.5), "gauss", "equal", or "hierarchical" (equal magnitudes, all
            subsets of a few sets of at most 15 features, as logic and text have them).
        snr_db: signal variance over noise variance, None for no noise.
    """
    chosen: set[Support] = set()
    while len(chosen) < sparsity:
        pool = min(n_features, 15) if kind == "hierarchical" and len(chosen) < sparsity // 2 else n_features
        order = int(rng.integers(1, min(max_order, pool) + 1))
        base = sorted(rng.choice(pool, order, replace=False).tolist())
        if kind == "hierarchical":
            subsets = [tuple(f for i, f in enumerate(base) if code >> i & 1) for code in range(1, 1 << order)]
            chosen.update([s for s in subsets if s not in chosen][: sparsity - len(chosen)])
        else:
            chosen.add(tuple(base))
    supports = sorted(chosen)
    signs = rng.choice([-1.0, 1.0], sparsity)
    size = {
        "uniform": lambda: rng.uniform(0.5, 1.5, sparsity),
        "gauss": lambda: np.abs(rng.normal(size=sparsity)),
        "equal": lambda: np.ones(sparsity),
        "hierarchical": lambda: np.ones(sparsity),
    }[kind]()
    coefficients = signs * size
    noise = 0.0 if snr_db is None else float(np.sqrt((coefficients**2).sum() / 10 ** (snr_db / 10)))
    return SparseFunction(n_features, supports, coefficients, noise)

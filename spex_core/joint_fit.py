"""Growing least squares on ±1 columns, one per term: what decoding of small n subtracts from the raw rows.

Columns and Gram matrix are kept in single precision, where sums of ±1 up to 2^24 rows are exact.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray

_RIDGE = 1e-9  # per row; only keeps the solve defined where columns coincide


class JointFit:
    """Least squares of the values on a set of Walsh functions that grows and shrinks.

    Attributes:
        supports: (k, t) features per term, filled up with n; the first is the constant.
        coefficients: (k,) least-squares solution.
        residual: (m,) values minus the fit.
        z_scores: (k,) coefficients in units of their standard errors.
    """

    def __init__(self, masks: BoolArray, values: FloatArray, width: int) -> None:
        n_rows, n_features = masks.shape
        padded = np.concatenate([masks, np.zeros((n_rows, 1), dtype=bool)], axis=1)
        self._packed = np.packbits(padded.T, axis=1)
        self._values = values
        self._columns = np.ones((1, n_rows), dtype=np.float32)
        self._gram = np.array([[float(n_rows)]])
        self.supports: IntArray = np.full((1, width), n_features, dtype=np.int64)
        self._solve()

    def __len__(self) -> int:
        return len(self.supports)

    def add(self, supports: IntArray) -> None:
        """Add terms (distinct, none of them present) and solve again."""
        parity = self._packed[supports[:, 0]]
        for column in range(1, supports.shape[1]):
            parity = parity ^ self._packed[supports[:, column]]
        bits = np.unpackbits(parity, axis=1, count=len(self._values))
        fresh = np.float32(1) - 2 * bits.astype(np.float32)
        cross = (self._columns @ fresh.T).astype(np.float64)
        own = (fresh @ fresh.T).astype(np.float64)
        self._gram = np.block([[self._gram, cross], [cross.T, own]])
        self._columns = np.concatenate([self._columns, fresh])
        self.supports = np.concatenate([self.supports, supports])
        self._solve()

    def keep(self, chosen: BoolArray) -> None:
        """Keep only the chosen terms (and always the constant), and solve again."""
        chosen = chosen.copy()
        chosen[0] = True
        if chosen.all():
            return
        self._gram = self._gram[np.ix_(chosen, chosen)]
        self._columns = self._columns[chosen]
        self.supports = self.supports[chosen]
        self._solve()

    def _solve(self) -> None:
        rows, terms = len(self._values), len(self._gram)
        inverse = np.linalg.inv(self._gram + _RIDGE * rows * np.eye(terms))
        coefficients = np.zeros(terms)
        residual = self._values.copy()
        # Two steps of iterative refinement repair the rounding of the single-precision products.
        for _ in range(3):
            scale = float(np.abs(residual).max(initial=0.0)) or 1.0
            update = inverse @ (self._columns @ (residual / scale).astype(np.float32)).astype(np.float64) * scale
            coefficients = coefficients + update
            scale = float(np.abs(update).max(initial=0.0)) or 1.0
            fitted = ((update / scale).astype(np.float32) @ self._columns).astype(np.float64)
            residual = residual - fitted * scale
        self.coefficients: FloatArray = coefficients
        self.residual: FloatArray = residual
        variance = float(residual @ residual) / max(rows - terms, 1)
        self.z_scores: FloatArray = coefficients / np.sqrt(np.maximum(variance * np.diag(inverse), 1e-300))

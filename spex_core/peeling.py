"""Multi-detect peeling: decode what can be decoded, subtract it from every group, and look again.

Each round transforms the residual of a joint least-squares fit on all raw rows, decodes the bins that changed, and
accepts a support if the groups in which it was *not* decoded confirm it. Subtracting an accepted
term clears its bins in every group, which makes further bins decodable: message passing on the bin graph
(SPEX, arXiv 2502.13870, section 4; Li, Bradley, Pawar and Ramchandran, SPRIGHT, arXiv 1508.06336).
Working on residuals also fills erased rows: a missing row holds the current fit's own prediction.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Support
from spex_core.chase import Signatures, decode_bins
from spex_core.evidence import Bins, transform, weigh
from spex_core.joint_fit import JointFit
from spex_core.samples import Samples
from spex_core.screening import low_orders, relatives
from spex_core.subsampling import CodedLayout

_MOST_ROUNDS = 16
_MOST_TERMS = 1500
_CONFIRMED = 3.5  # z-score in the other groups that confirms a decoded support
_CHANGED = 0.02  # share of a bin's energy that must have changed before it is decoded again
_DONE = 1e-10  # share of the variance that counts as rounding
_WEAK = 2.5  # terms below this z-score in the joint fit are dropped between rounds
_FINAL = 3.0  # and below this one at the end


def peel(samples: Samples, layout: CodedLayout, max_order: int, effort: tuple[BoolArray, ...]) -> list[Support]:
    """Supports of the significant terms of order 1..max_order.

    Args:
        samples: the raw rows, those of the design and any others.
        layout: the design; `layout.rows` points into `samples`.
        max_order: largest order wanted.
        effort: `chase.SOFT` or `chase.HARD`: sets of flips, a later one being tried where those before it stall.
    """
    values = samples.values - samples.values.mean()
    total = float(values @ values)
    max_order = min(max_order, layout.code.t)
    if max_order < 1 or total <= _DONE**2 * float(samples.values @ samples.values):
        return []
    n_features, width = layout.code.n_info, layout.code.t
    few = low_orders(n_features, width, max_order)
    state = _Peeling(samples.masks, values, layout, max_order)
    state.screen(few)
    level, screened = 0, False
    for _ in range(_MOST_ROUNDS):
        fit = state.fit
        if float(fit.residual @ fit.residual) <= _DONE * total:
            break
        if state.decode_round(effort[level]):
            level, screened = 0, False
            continue
        if not screened:
            screened = True
            kin = relatives(fit.supports, fit.coefficients, n_features, max_order)
            if state.screen(np.concatenate([few, kin])):
                continue
        level += 1
        if level == len(effort):
            break
        state.forget()
    return state.finish()


class _Peeling:
    """The joint fit, its bins, and what each bin looked like when it was last decoded."""

    def __init__(self, masks: BoolArray, values: FloatArray, layout: CodedLayout, max_order: int) -> None:
        self.layout = layout
        self.signatures = Signatures.of(layout)
        self.max_order = max_order
        self.fit = JointFit(masks, values, layout.code.t)
        self.most_terms = min(_MOST_TERMS, max(len(values) // 4, 1))
        self.last: FloatArray | None = None

    def forget(self) -> None:
        """Count every bin as changed."""
        self.last = None

    def decode_round(self, patterns: BoolArray) -> bool:
        """Decode every changed bin and add what the other groups confirm; True if anything was."""
        bins = transform(self.layout, self.fit.residual)
        groups, indices = np.nonzero(self._changed(bins))
        self.last = bins.values
        if not len(groups):
            return False
        found = decode_bins(self.layout, self.signatures, bins.values[groups, indices], groups, indices, patterns)
        small = (found.supports < self.layout.code.n_info).sum(axis=1) <= self.max_order
        return self._accept(bins, found.supports[small], groups[found.bins[small]], found.amplitudes[small])

    def _changed(self, bins: Bins) -> BoolArray:
        if self.last is None:
            alive: BoolArray = bins.energy > 0
            return alive
        difference = bins.values - self.last
        moved = np.einsum("cjp,cjp->cj", difference, difference) / difference.shape[2]
        changed: BoolArray = moved > _CHANGED * (bins.energy + 1e-300)
        return changed

    def _accept(self, bins: Bins, supports: IntArray, groups: IntArray, amplitudes: FloatArray) -> bool:
        """Add decoded supports that the groups which did not decode them confirm."""
        if not len(supports):
            return False
        unique, position = np.unique(supports, axis=0, return_inverse=True)
        position = position.ravel()
        decoded = np.zeros((len(unique), len(self.layout.hashes)), dtype=bool)
        decoded[position, groups] = True
        sign = np.sign(np.bincount(position, weights=amplitudes, minlength=len(unique)))
        evidence = weigh(self.signatures, bins, unique)
        confirmed = evidence.z_scores(~decoded) * sign > _CONFIRMED
        # Decoding the same support independently in two groups is itself the confirmation.
        confirmed |= (decoded.sum(axis=1) > 1) & (evidence.z_scores() * sign > _CONFIRMED)
        return self._add(unique[confirmed], np.abs(evidence.z_scores())[confirmed])

    def screen(self, proposals: IntArray) -> bool:
        """Add proposed supports whose evidence is too strong for the best of that many chance results."""
        bins = transform(self.layout, self.fit.residual)
        score = np.abs(weigh(self.signatures, bins, proposals).z_scores())
        chosen = score > np.sqrt(2 * np.log(len(proposals) + 1)) + 1.0
        unique, first = np.unique(proposals[chosen], axis=0, return_index=True)
        return self._add(unique, score[chosen][first])

    def _add(self, supports: IntArray, scores: FloatArray) -> bool:
        known = {row.tobytes() for row in self.fit.supports}
        new = np.array([row.tobytes() not in known for row in supports], dtype=bool)
        supports, scores = supports[new], scores[new]
        room = self.most_terms - len(self.fit)
        strongest = np.sort(np.argsort(-scores, kind="stable")[: max(room, 0)])
        if not len(strongest):
            return False
        self.fit.add(np.ascontiguousarray(supports[strongest]))
        self.fit.keep(np.abs(self.fit.z_scores) > _WEAK)
        return True

    def finish(self) -> list[Support]:
        """Drop what is not significant and list the rest."""
        self.fit.keep(np.abs(self.fit.z_scores) > _FINAL)
        n_features = self.layout.code.n_info
        return [tuple(i for i in row if i < n_features) for row in self.fit.supports[1:].tolist()]

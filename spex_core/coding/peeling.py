"""Multi-detect peeling: decode what can be decoded, subtract it from every group, and look again.

Each round decodes bins of the residual and accepts a support if the groups in which it was *not* decoded confirm it.
Subtracting an accepted term clears its bins in every group, which makes further bins decodable: message passing on
the bin graph (SPEX, arXiv 2502.13870, section 4; Li, Bradley, Pawar and Ramchandran, SPRIGHT, arXiv 1508.06336).
All amplitudes are fitted again after every round.

Two things are not in the paper. Bins also answer questions about given supports (`screening`): about single features
and pairs before anything is decoded, and about supports close to those found where decoding stalls. And flips of
unreliable signs (`chase.SOFT`) are tried only where it stalls, in bins that are louder than most.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from spex_core.arrays import FloatArray, IntArray, Samples, Support
from spex_core.coding.bin_fit import BinFit
from spex_core.coding.chase import decode_bins
from spex_core.coding.layouts import ERASED, CodedLayout
from spex_core.coding.screening import low_orders, relatives, weigh
from spex_core.coding.signatures import Signatures

_MOST_ROUNDS = 40
_MOST_TERMS = 1500
_CONFIRMED = 3.5  # z-score in the other groups that confirms a decoded support
_CHANGED = 0.02  # share of a bin's energy that must have changed before it is decoded again
_QUIET, _LOUD = 0.05, 2.0  # flips are tried in bins with twice the energy of the quietest twentieth,
_FEW_BINS = 100  # or in all of them where the design has no more than these
_GROWN = 1.1  # relatives are proposed again once the fit has grown by a tenth
_DONE = 1e-10  # share of the variance that counts as rounding
_WEAK = 2.5  # terms below this z-score in the joint fit are dropped between rounds
_FINAL = 3.0  # and below this one at the end


def peel(samples: Samples, layout: CodedLayout, max_order: int, effort: tuple[int, ...]) -> list[Support]:
    """Supports of the significant terms of order 1..max_order.

    Args:
        samples: the raw rows; those outside the design are not looked at.
        layout: the design; `layout.rows` points into `samples`.
        max_order: largest order wanted.
        effort: `chase.SOFT` or `chase.HARD`, a later weight being tried where those before it stall.
    """
    values = samples.values - samples.values.mean()
    max_order = min(max_order, layout.code.t)
    if max_order < 1 or float(values @ values) <= _DONE**2 * float(samples.values @ samples.values):
        return []
    few = low_orders(layout.code.n_info, layout.code.t, max_order)
    state = _Peeling(layout, values, max_order, effort)
    enough = _DONE * state.fit.energy
    state.screen(few)
    screened = 0
    for _ in range(_MOST_ROUNDS):
        if state.fit.energy <= enough:
            break
        level = state.next_level()
        if level > 0 and len(state.fit) > _GROWN * screened:
            screened = len(state.fit)
            state.screen(np.concatenate([few, state.relatives()]))
        elif level < len(effort):
            state.decode(level)
        else:
            break
    return state.finish()


class _Peeling:
    """The joint fit, and how much was tried on each of its bins.

    Attributes:
        fit: the terms found so far, and what they leave in the bins.
        seen: (c 2^b, r + 1) each bin when it last changed.
        level: (c 2^b,) next effort for each bin; the number of efforts where there is nothing left to try.
    """

    def __init__(self, layout: CodedLayout, values: FloatArray, max_order: int, effort: tuple[int, ...]) -> None:
        self.layout, self.max_order, self.effort = layout, max_order, effort
        self.signatures = Signatures.of(layout)
        self.fit = BinFit(layout, self.signatures, values)
        self.most_terms = min(_MOST_TERMS, max(int((layout.rows != ERASED).sum()) // 4, 1))
        self.seen = np.zeros_like(self.fit.bins)
        self.level = np.full(len(self.seen), len(effort))

    def next_level(self) -> int:
        """Least effort that is still to be spent on any bin, once those that changed start anew."""
        bins = self.fit.bins
        energy = np.einsum("jp,jp->j", bins, bins)
        difference = bins - self.seen
        changed = np.einsum("jp,jp->j", difference, difference) > _CHANGED * energy
        self.seen[changed] = bins[changed]
        self.level[changed] = 0
        if len(energy) > _FEW_BINS:
            rank = int(_QUIET * len(energy))
            quiet = energy <= _LOUD * np.partition(energy, rank)[rank]
            self.level[quiet & (self.level > 0)] = len(self.effort)
        return int(self.level.min())

    def decode(self, level: int) -> None:
        """Decode the bins that are at this level, and add what the other groups confirm."""
        cells = np.flatnonzero(self.level == level)
        self.level[cells] += 1
        found = decode_bins(self.layout.code, self.signatures, self.fit.bins[cells], cells, self.effort[level])
        small = (found.supports < self.layout.code.n_info).sum(axis=1) <= self.max_order
        groups = cells[found.bins] >> self.layout.b
        self._accept(found.supports[small], groups[small], found.amplitudes[small])

    def _accept(self, supports: IntArray, groups: IntArray, amplitudes: FloatArray) -> None:
        if not len(supports):
            return
        unique, position = _distinct(supports)
        decoded = np.zeros((len(unique), len(self.layout.hashes)), dtype=bool)
        decoded[position, groups] = True
        sign = np.sign(np.bincount(position, weights=amplitudes, minlength=len(unique)))
        evidence = weigh(self.signatures, self.fit.bins, unique)
        overall = evidence.z_scores()
        confirmed = evidence.z_scores(~decoded) * sign > _CONFIRMED
        # Decoding the same support independently in two groups is itself the confirmation.
        confirmed |= (decoded.sum(axis=1) > 1) & (overall * sign > _CONFIRMED)
        self._add(unique[confirmed], np.abs(overall)[confirmed])

    def relatives(self) -> IntArray:
        """Supports close to those found, see `screening.relatives`."""
        return relatives(self.fit.supports, self.fit.amplitudes, self.layout.code.n_info, self.max_order)

    def screen(self, proposals: IntArray) -> None:
        """Add proposed supports whose evidence is too strong for the best of that many chance results."""
        score = np.abs(weigh(self.signatures, self.fit.bins, proposals).z_scores())
        chosen = score > np.sqrt(2 * np.log(len(proposals) + 1)) + 1.0
        unique, position = _distinct(proposals[chosen])
        scores = np.zeros(len(unique))
        scores[position] = score[chosen]
        self._add(unique, scores)

    def _add(self, supports: IntArray, scores: FloatArray) -> None:
        known = set(_keys(self.fit.supports))
        new = np.array([key not in known for key in _keys(supports)], dtype=bool)
        supports, scores = supports[new], scores[new]
        room = self.most_terms - len(self.fit)
        strongest = np.sort(np.argsort(-scores, kind="stable")[: max(room, 0)])
        if len(strongest):
            self.fit.add(np.ascontiguousarray(supports[strongest]))
            self.fit.keep(np.abs(self.fit.z_scores) > _WEAK)

    def finish(self) -> list[Support]:
        """Drop what is not significant and list the rest."""
        self.fit.keep(np.abs(self.fit.z_scores) > _FINAL)
        n_features = self.layout.code.n_info
        return [tuple(i for i in row if i < n_features) for row in self.fit.supports[1:].tolist()]


def _keys(supports: IntArray) -> list[bytes]:
    """One key per row."""
    rows = np.ascontiguousarray(supports)
    return cast(list[bytes], rows.view(np.dtype((np.void, rows.strides[0]))).ravel().tolist())


def _distinct(supports: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct rows in order of appearance, and the place of each row among them."""
    place: dict[bytes, int] = {}
    position = np.array([place.setdefault(key, len(place)) for key in _keys(supports)], dtype=np.int64)
    first = np.unique(position, return_index=True)[1]
    return supports[first], position

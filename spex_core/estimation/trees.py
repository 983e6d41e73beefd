"""Exact Fourier spectrum of an ensemble of regression trees over kept/hidden features.

A leaf is reached on a product of tests "feature i is hidden" or "feature i is kept", and with
``chi_i = (-1)^(m_i)``, m_i = 1 where kept, these tests are (1 + chi_i)/2 and (1 - chi_i)/2. A leaf of value v
at depth d therefore adds ``v 2^-d prod_{i in T} sign_i`` to the coefficient of every subset T of the features
on its path (ProxySPEX, arXiv 2505.17495, section 4; Gorji et al., arXiv 2410.06300).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Support
from spex_core.errors import InputError
from spex_core.fourier.subsets import as_supports, merge_subsets, picks, renumber

_DOUBTFUL = "trees must split every feature at most once on a path, between 0 (hidden) and 1 (kept)"


@dataclass(frozen=True, eq=False)
class Leaves:
    """Leaves at one depth.

    Attributes:
        features: (L, d) positions tested on the way, each row strictly rising.
        kept: (L, d) bool, whether the leaf lies on the side where that feature is kept.
        values: (L,) float64.
    """

    features: IntArray
    kept: BoolArray
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Nodes:
    """The split nodes of all trees in one table; a child >= 0 is a row of it, a child -1 - j is leaf j.

    Attributes:
        features: (N,) feature tested.
        children: (N, 2) hidden side, kept side.
        roots: (T,) child codes of the trees' roots.
        values: (L,) leaf values.
    """

    features: IntArray
    children: IntArray
    roots: IntArray
    values: FloatArray


def read_lightgbm(model: str) -> Nodes:
    """The trees in a LightGBM model text (`Booster.model_to_string`).

    Raises:
        InputError: the trees were not grown on 0/1 features.
    """
    features: list[IntArray] = []
    children: list[IntArray] = []
    values: list[FloatArray] = []
    roots: list[int] = []
    node_offset = leaf_offset = 0
    for block in model.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in block.split("\n\n", 1)[0].splitlines()[1:] if "=" in line)
        leaf_values = np.array(fields["leaf_value"].split(), dtype=np.float64)
        if int(fields["num_leaves"]) > 1:
            thresholds = np.array(fields["threshold"].split(), dtype=np.float64)
            if int(fields["num_cat"]) or thresholds.min() < 0.0 or thresholds.max() >= 1.0:
                raise InputError(_DOUBTFUL)
            pair = np.array([fields["left_child"].split(), fields["right_child"].split()], dtype=np.int64).T
            # LightGBM codes leaf j as -1 - j too, so only the offsets change.
            children.append(np.where(pair >= 0, pair + node_offset, pair - leaf_offset))
            features.append(np.array(fields["split_feature"].split(), dtype=np.int64))
            roots.append(node_offset)
            node_offset += len(pair)
        else:
            roots.append(-1 - leaf_offset)
        values.append(leaf_values)
        leaf_offset += len(leaf_values)
    return Nodes(
        np.concatenate([*features, np.zeros(0, dtype=np.int64)]),
        np.concatenate([*children, np.zeros((0, 2), dtype=np.int64)]),
        np.array(roots, dtype=np.int64),
        np.concatenate([*values, np.zeros(0)]),
    )


def leaves_by_depth(nodes: Nodes) -> list[Leaves]:
    """All leaves, one group per depth that occurs, found level by level over all trees at once.

    Raises:
        InputError: a path tests the same feature twice.
    """
    groups: list[Leaves] = []
    front = nodes.roots
    features = np.zeros((len(front), 0), dtype=np.int64)
    kept = np.zeros((len(front), 0), dtype=bool)
    while len(front):
        ended = front < 0
        if ended.any():
            order = np.argsort(features[ended], axis=1)
            path = np.take_along_axis(features[ended], order, axis=1)
            if (np.diff(path) == 0).any():
                raise InputError(_DOUBTFUL)
            side = np.take_along_axis(kept[ended], order, axis=1)
            groups.append(Leaves(path, side, nodes.values[-1 - front[ended]]))
        inner = front[~ended]
        features = np.repeat(np.column_stack([features[~ended], nodes.features[inner]]), 2, axis=0)
        last = np.tile([False, True], len(inner))
        kept = np.column_stack([np.repeat(kept[~ended], 2, axis=0), last])
        front = nodes.children[inner].ravel()
    return groups


def spectrum_of_leaves(
    groups: list[Leaves], n_features: int, max_order: int, most_terms: int | None = None
) -> tuple[list[Support], FloatArray]:
    """Fourier coefficients of the sum of all leaves' functions.

    Args:
        groups: from `leaves_by_depth`.
        n_features: n.
        max_order: larger supports are left out.
        most_terms: keep only so many of the largest coefficients besides the constant.

    Returns:
        Supports, the constant first and then by falling magnitude (ties: by size, then position), and
        their coefficients (t,).
    """
    if not groups:
        return [], np.zeros(0)
    blocks, used = renumber([group.features for group in groups], n_features)
    tables: list[IntArray] = []
    sums: list[FloatArray] = []
    for s in range(min(max_order, max((block.shape[1] for block in blocks), default=0)) + 1):
        wide = [(block, group) for block, group in zip(blocks, groups, strict=True) if block.shape[1] >= s]
        subsets, row = merge_subsets([block for block, _ in wide], s, len(used))
        parts = [_contributions(group, s).ravel() for _, group in wide]
        tables.append(subsets)
        sums.append(np.bincount(row, weights=np.concatenate(parts), minlength=len(subsets)).astype(np.float64))
    sizes = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    starts = np.cumsum([0, *[len(table) for table in tables]])
    coefficients = np.concatenate(sums)
    # Stable, and the tables are in order of size and position: that breaks ties.
    ranked = np.argsort(np.where(sizes == 0, -np.inf, -np.abs(coefficients)), kind="stable")
    if most_terms is not None:
        ranked = ranked[: most_terms + 1]
    supports: list[Support] = [()] * len(ranked)
    for s, table in enumerate(tables):
        places = np.flatnonzero(sizes[ranked] == s)
        for place, support in zip(places.tolist(), as_supports(table[ranked[places] - starts[s]], used), strict=True):
            supports[place] = support
    return supports, coefficients[ranked]


def _contributions(group: Leaves, s: int) -> FloatArray:
    """(L, C(d, s)) what each leaf adds to each of its size-s subsets, in the order of `picks`."""
    d = group.features.shape[1]
    signs = np.where(group.kept, -1.0, 1.0)
    out = np.repeat((group.values * 0.5**d)[:, None], len(picks(d, s)), axis=1)
    for column in picks(d, s).T:
        out *= signs[:, column]
    return out

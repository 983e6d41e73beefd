"""Values so far outside of all others that one of them would be all that a run explains.

A model may overflow, or say a number that stands for "none", on one masked input. Squared, that value is the whole
variance: R² is that of predicting it, and nothing else is found. Such a pass is left out of the fit and of the
judgement, and named.

What a function may well do is no outlier: a conjunction is 1 at one mask and 0 elsewhere, products and exponentials
have heavy tails, probabilities are 1 here and 1e-9 there. So a value must lie a million times as far from the median as
*every* other one does (a heavy tail has no such gap), and a million units as well; the others must differ by more than
rounding; there must be few of it; and where there are more than two, they must share no pattern of kept and hidden
features that no other mask has, since a conjunction would. Where all 2^n values are transformed nothing is lost to one
of them until the others are below its precision: only from there on is it left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples
from spex_core.engine.evaluation import Evaluation
from spex_core.estimation.kernel import subsample
from spex_core.estimation.posterior import Process
from spex_core.fourier.faithfulness import PRECISION, is_level

_FAR = 1e6  # times the largest distance from the median among the others, and times 1, at least
_FEWEST_ROWS = 24  # below, nothing can be said against a value
_FEW, _SHARE = 4, 50  # at most so many, or one in so many passes
_UNRELATED = 2  # so many masks agree in some pattern that no other has, whatever they are
_ROUNDING = 1e-9  # of the median, or of 1: smaller differences may be what rounding leaves
_MOST_ROWS = 600  # from which a value is predicted
_NAMED, _SAID, _LONGEST = 12, 3, 24  # features of a mask, masks, and characters of a label that a note spells out


def outlying(masks: BoolArray, values: FloatArray, far: float = _FAR) -> IntArray:
    """Positions of outliers among the (m,) values, NaN where there is none yet, at (m, n) masks; mostly empty.

    Args:
        masks: True = kept.
        values: of the model.
        far: how many times as far from the median as every other value.
    """
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < _FEWEST_ROWS:
        return known[:0]
    median = float(np.median(values[known]))
    distances = np.abs(values[known] - median)
    order = np.argsort(distances, kind="stable")
    for count in range(max(_FEW, len(known) // _SHARE), 0, -1):
        rest, beyond = known[order[:-count]], known[order[-count:]]
        spread = distances[order[-count - 1]]
        if distances[order[-count]] <= far * max(spread, 1.0):
            continue
        if spread <= _ROUNDING * max(1.0, abs(median)) or is_level(values[rest]):
            continue
        if count <= _UNRELATED or not _conjunction(masks[beyond], masks[rest]):
            return np.sort(beyond)
    return known[:0]


def _conjunction(those: BoolArray, others: BoolArray) -> bool:
    """Whether some pattern of kept and hidden features is in all of `those` masks and in none of the others."""
    agree = (those == those[0]).all(axis=0)
    return not (others[:, agree] == those[0, agree]).all(axis=1).any()


def without_outliers(evaluation: Evaluation, filled: bool = True) -> tuple[Evaluation, tuple[str, ...]]:
    """The passes as a fit and its judge should see them, and what a person should know about it; itself where no value
    is an outlier.

    In the place of all kept and of all hidden, which no fit can lack, stands what the others predict; so it does in the
    place of other rows of the plan, whose decoding needs them all, unless the estimator is exact: what is exact has no
    place for a prediction. A pass that nobody needs counts as not made.

    Args:
        evaluation: as far as it is made.
        filled: False where no estimator needs the whole plan, and a prediction would take too long: all kept and all
            hidden are put at the median then.
    """
    design = evaluation.design
    exact = design.estimator.exact
    found = outlying(design.masks, evaluation.values, 1.0 / PRECISION if exact else _FAR)
    if not len(found):
        return evaluation, ()
    usual = copy(evaluation)
    usual.values = evaluation.values.copy()
    usual.left_out = len(found)
    usual.values[found] = np.nan
    needed = found[(found < ANCHORS) | (np.isin(found, design.training) & (filled and not exact))]
    if len(needed):
        usual.values[needed] = _expected(usual.training(), design.masks[needed], filled)
    return usual, _said(evaluation, found)


def _expected(rest: Samples, masks: BoolArray, predicted: bool) -> FloatArray:
    """What the other samples let expect at (p, n) masks: (p,)."""
    if not predicted or np.ptp(rest.values) == 0.0:
        return np.full(len(masks), np.median(rest.values))
    process = Process.of(rest.take(subsample(len(rest), _MOST_ROWS)), anchored=False)
    return process.predict(masks)


def _said(evaluation: Evaluation, found: IntArray) -> tuple[str, ...]:
    """A sentence per mask that is left out, and one for those beyond a few."""
    design = evaluation.design
    others = np.delete(evaluation.values, found)
    among = f"{np.nanmin(others):.3g} to {np.nanmax(others):.3g}"
    said = [
        f"with {_named(design.masks[row], design.labels)} the model says {evaluation.values[row]:.3g}, where its other "
        f"values go from {among}; that pass is left out{', and indices that add up to it do not' * bool(row < ANCHORS)}"
        for row in found[:_SAID].tolist()
    ]
    if len(found) > _SAID:
        more = evaluation.values[found[_SAID:]]
        said.append(
            f"{len(more)} more passes are left out for such a value ({more.min():.3g} to {more.max():.3g}): check what "
            "the model says there"
        )
    return tuple(said)


def _named(mask: BoolArray, labels: Sequence[str]) -> str:
    """A mask in words, by those of its features that are fewer, hidden or kept."""
    if mask.all() or not mask.any():
        return f"everything {'kept' if mask.all() else 'hidden'}"
    hidden = 2 * int(mask.sum()) >= len(mask)
    rows = np.flatnonzero(~mask if hidden else mask).tolist()
    names = [labels[row] if labels[row] == str(row) else f"“{_short(labels[row])}” ({row})" for row in rows[:_NAMED]]
    more = [f"{len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
    *first, last = [*names, *more]
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{'only features' if len(rows) > 1 else 'feature'} {listed} {'hidden' if hidden else 'kept'}"


def _short(label: str) -> str:
    plain = " ".join(label.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"

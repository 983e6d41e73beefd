"""All kept and all hidden: whether the other masks say anything of these two.

Every Shapley-type index rests on f(all kept) and f(all hidden), so fits give these two passes more weight than others.
That is free where they lie on the surface that uniform masks show. A model may also say something altogether different
of an empty input; a fit that is bent towards it predicts every other mask worse. Then the value that the others
predict takes its place.
"""

from __future__ import annotations

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, Samples
from spex_core.estimation.kernel import subsample
from spex_core.estimation.posterior import Process, left_out_errors

_FEWEST_ROWS = 24  # below, nothing can be said against the two
_MOST_ROWS = 600  # enough to compare errors, and quick
_SUSPECT = 1.0  # standard deviations of the values between what the others predict and what the model said
_GAIN = 0.1  # of the squared error, that leaving the model's own value out must win
_NAMES = ("everything kept", "everything hidden")
_CHOICES = ((), (1,), (0,), (0, 1))  # which of the two to replace; the first that is good enough is taken


def without_misfits(samples: Samples, power: int = 0) -> tuple[Samples, tuple[str, ...]]:
    """The samples as a fit should see them, and what a person should know about it.

    Args:
        samples: rows 0 and 1 are all-kept and all-hidden.
        power: of two, by which the model's values were divided.

    Returns:
        The same samples where both belong; else with the value that the others predict in the place of one or both.
    """
    rows = ANCHORS + subsample(len(samples) - ANCHORS, _MOST_ROWS)
    rest = samples.take(rows)
    if len(samples) < _FEWEST_ROWS or np.ptp(rest.values) == 0:
        return samples, ()
    process = Process.of(rest, anchored=False)
    expected = process.predict(samples.masks[:ANCHORS])
    if (np.abs(expected - samples.values[:ANCHORS]) <= _SUSPECT * rest.values.std()).all():
        return samples, ()
    chosen = samples.take(np.concatenate([np.arange(ANCHORS), rows]))
    ends = np.stack([_with(samples.values[:ANCHORS], expected, replaced) for replaced in _CHOICES])
    values = np.concatenate([ends, np.tile(rest.values, (len(_CHOICES), 1))], axis=1) - rest.values.mean()
    errors = (left_out_errors(process.kernel, chosen, values)[:, ANCHORS:] ** 2).mean(axis=1)
    replaced = _CHOICES[int(np.flatnonzero(errors <= (1 + _GAIN) * errors.min())[0])]
    notes = tuple(
        f"with {_NAMES[row]} the model says {np.ldexp(samples.values[row], power):.3g}, where the other masks let "
        f"expect {np.ldexp(expected[row], power):.3g}; that pass is left out, and indices that add up to it do not"
        for row in replaced
    )
    return samples.with_values(_with(samples.values, expected, replaced)), notes


def _with(values: FloatArray, expected: FloatArray, replaced: tuple[int, ...]) -> FloatArray:
    changed = values.copy()
    changed[list(replaced)] = expected[list(replaced)]
    return changed

"""One call of a value function, with its answer checked before it counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, Samples, ValueFunction
from spex_core.errors import ModelError, ModelOutputError, SpexError


def call(function: ValueFunction, masks: BoolArray, paid: Callable[[], Samples]) -> FloatArray:
    """Values of (m, n) `masks`: (m,) finite float64.

    Args:
        function: the value function; (m, 1) is taken as (m,).
        masks: a copy is passed on, so that a model cannot change the plan.
        paid: gathers the samples paid for so far; asked only when they must travel with an error.

    Raises:
        ModelError: the function raised.
        ModelOutputError: it returned NaN, infinity, something that is no number, or a wrong shape.
    """
    try:
        raw = function(masks.copy())
    except ModelError as error:
        error.samples = paid()
        raise
    except SpexError:
        raise
    except Exception as error:
        samples = paid()
        raise ModelError(
            f"the model failed after {len(samples)} passes: {type(error).__name__}: {error}", samples
        ) from error
    return _checked(raw, len(masks), paid)


def _checked(raw: object, count: int, paid: Callable[[], Samples]) -> FloatArray:
    try:
        values = np.asarray(raw)
        if values.dtype.kind not in "fiub":
            raise TypeError(f"entries of type {values.dtype}")
        values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ModelOutputError(f"the model did not return an array of numbers: {error}", (), paid()) from error
    if values.shape == (count, 1):
        values = values[:, 0]
    if values.shape != (count,):
        raise ModelOutputError(
            f"the model returned shape {values.shape} for {count} masks; it must return ({count},)", (), paid()
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        listed = ", ".join(map(str, bad[:5].tolist())) + (", …" if len(bad) > 5 else "")
        raise ModelOutputError(
            f"the model returned NaN or infinity in {len(bad)} of {count} rows of this batch (rows {listed})",
            bad.tolist(),
            paid(),
        )
    return values

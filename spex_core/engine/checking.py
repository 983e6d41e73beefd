"""One call of a value function, with its answer checked before it counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Pieces, Piecewise, Samples, ValueFunction
from spex_core.errors import ModelError, ModelOutputError, SpexError, words_of

LARGEST_VALUE = 1e100
"""Largest magnitude of a value: products of a few of them stay finite."""
RANGE = f"from -{LARGEST_VALUE:g} to {LARGEST_VALUE:g}"

_MOST_SAID = 1000  # characters of a model's own words


def call(
    function: ValueFunction,
    masks: BoolArray,
    paid: Callable[[], Samples],
    keep: Callable[[IntArray, FloatArray], None] = lambda rows, values: None,
    stopping: Callable[[], bool] = lambda: False,
) -> FloatArray:
    """Values of (m, n) `masks`: (m,) finite float64.

    Args:
        function: the value function; (m, 1) is taken as (m,).
        masks: a copy is passed on, so that a model cannot change the plan.
        paid: gathers the samples paid for so far; asked only when they must travel with an error.
        keep: told rows of the masks and their values as soon as they are there: all at once, or of a `Piecewise` as
            they come. Rows without fault are kept also where others of them have one, or a later piece fails.
        stopping: see `Piecewise`; where it ended the call early, the values of the rows left out are NaN.

    Raises:
        ModelError: the function raised.
        ModelOutputError: it returned NaN, infinity, a number beyond `LARGEST_VALUE`, a masked entry, something that is
            no number, or a wrong shape.
    """
    values = np.full(len(masks), np.nan)
    pieces = function.pieces if isinstance(function, Piecewise) else partial(_in_one_piece, function)
    with closing(pieces(masks.copy(), stopping)) as coming:
        while (piece := _next(coming, paid)) is not None:
            rows, raw = piece
            values[rows] = _checked(raw, rows, len(masks), paid, keep)
    return values


def _in_one_piece(function: ValueFunction, masks: BoolArray, _: Callable[[], bool]) -> Pieces:
    rows = np.arange(len(masks))
    yield rows, function(masks)


def _next(coming: Pieces, paid: Callable[[], Samples]) -> tuple[IntArray, FloatArray] | None:
    try:
        return next(coming, None)
    except ModelError as error:
        error.samples = paid()
        raise
    except SpexError:
        raise
    except Exception as error:
        samples = paid()
        raise ModelError(
            f"the model failed after {len(samples)} passes: {type(error).__name__}: {words_of(error)[:_MOST_SAID]}",
            samples,
        ) from error


def _checked(
    raw: object,
    rows: IntArray,
    count: int,
    paid: Callable[[], Samples],
    keep: Callable[[IntArray, FloatArray], None],
) -> FloatArray:
    """The values of `rows`, of `count` masks, those without fault kept."""
    try:
        raw = _detached(raw)
        masked = np.ma.getmaskarray(raw) if np.ma.isMaskedArray(raw) else None
        values = np.asarray(raw)
        if values.dtype.kind not in "fiub":
            raise TypeError(f"entries of type {values.dtype}")
        with np.errstate(over="ignore"):
            values = values.astype(np.float64)
    except Exception as error:  # an array type of any library may raise its own
        raise ModelOutputError(
            f"the model did not return an array of numbers: {words_of(error)}", (), paid()
        ) from error
    if values.shape == (len(rows), 1):
        values = values[:, 0]
        masked = None if masked is None else masked[:, 0]
    if values.shape != rows.shape:
        raise ModelOutputError(
            f"the model returned shape {values.shape} for {len(rows)} masks; it must return ({len(rows)},)", (), paid()
        )
    hidden = np.zeros(len(rows), dtype=bool) if masked is None else masked
    faults = {
        "a masked entry": hidden,
        "NaN or infinity": ~np.isfinite(values),
        f"a number outside of the range {RANGE}": np.abs(values) > LARGEST_VALUE,
    }
    whole = ~np.any(list(faults.values()), axis=0)
    if whole.any():
        keep(rows[whole], values[whole])
    for what, found in faults.items():
        _refuse(rows[found], what, count, paid)
    return values


def _detached(raw: object) -> Any:
    """A tensor of torch, or a list of such, as something that NumPy reads; anything else as it is."""
    if isinstance(raw, list | tuple):
        return [_detached(each) for each in raw]
    if not (hasattr(raw, "detach") and hasattr(raw, "cpu")):
        return raw
    tensor: Any = raw
    tensor = tensor.detach().cpu()
    return (tensor.double() if tensor.is_floating_point() else tensor).numpy()  # NumPy has no bfloat16


def _refuse(rows: IntArray, what: str, count: int, paid: Callable[[], Samples]) -> None:
    if not len(rows):
        return
    listed = ", ".join(map(str, rows[:5].tolist())) + (", …" if len(rows) > 5 else "")
    raise ModelOutputError(
        f"the model returned {what} in {len(rows)} of {count} rows of this batch (rows {listed})", rows.tolist(), paid()
    )

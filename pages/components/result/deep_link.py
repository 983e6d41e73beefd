"""The part of an address that says how a result is looked at: index, order, selection and what is hidden.

The browser writes it as the person clicks (`writeAddress` in assets/web/explorer/state.js), without a rerun and
without an entry in its history; it is read when a result is first drawn for a visitor. An address is anyone's to
write, so whatever does not fit the run is left out and said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spex_core.engine.design import MAX_ORDER
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.fourier.indices import canonical
from spex_core.views.explorer import largest_order

KEYS = ("index", "order", "sel", "hidden")
_MOST = 64  # features in a selection, or hidden
_LONGEST = 4  # digits


@dataclass(frozen=True)
class Link:
    """What an address asks for.

    Attributes:
        index: interaction index, None where the address names none that is known.
        order: its largest order, None for any.
        selection: feature positions, rising.
        hidden: feature positions hidden under Try it, rising.
        problem: one sentence on what was left out, "" where nothing was.
    """

    index: str | None = None
    order: int | None = None
    selection: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    problem: str = ""


def read(parameters: Mapping[str, str | None], explanation: Explanation) -> Link:
    """The link in an address, as far as it fits the explanation."""
    index, order, left_out = _view(parameters, largest_order(explanation))
    places = {}
    for key, what in (("sel", "what it selects"), ("hidden", "what it hides")):
        positions = _positions(parameters.get(key) or "", 0, explanation.n_features - 1)
        if positions is None:
            left_out.append(f"{what} is not in this run")
        places[key] = positions or ()
    return Link(index, order, places["sel"], places["hidden"], _followed(left_out))


def read_view(parameters: Mapping[str, str | None], largest: int = MAX_ORDER) -> Link:
    """The index and the order in an address, of which the order is at most `largest`."""
    index, order, left_out = _view(parameters, largest)
    return Link(index, order, problem=_followed(left_out))


def _view(parameters: Mapping[str, str | None], largest: int) -> tuple[str | None, int | None, list[str]]:
    """(index, order, what is wrong with them)."""
    left_out = []
    named = parameters.get("index")
    index = _index(named) if named is not None else None
    if named is not None and index is None:
        left_out.append("its index is not known here")
    order = _positions(parameters.get("order") or "", 1, largest)
    if order is None or len(order) > 1:
        left_out.append("its order is not one of this run")
        order = ()
    return index, order[0] if order else None, left_out


def _followed(left_out: Sequence[str]) -> str:
    return f"The address was followed in part: {', and '.join(left_out)}." if left_out else ""


def _index(text: str) -> str | None:
    try:
        return canonical(text) if len(text) <= 20 else None
    except InputError:
        return None


def _positions(text: str, least: int, most: int) -> tuple[int, ...] | None:
    """Distinct whole numbers between commas, rising; None where one is something else or out of range."""
    if not text:
        return ()
    parts = text[: (_LONGEST + 1) * _MOST + 1].split(",")
    if len(parts) > _MOST or not all(part.isascii() and part.isdigit() and len(part) <= _LONGEST for part in parts):
        return None
    numbers = sorted({int(part) for part in parts})
    return tuple(numbers) if least <= numbers[0] and numbers[-1] <= most else None

"""Estimators by their names."""

from __future__ import annotations

from spex_core.errors import InputError, closest
from spex_core.estimation.base import Estimator
from spex_core.plugins import members


def estimators() -> dict[str, type[Estimator]]:
    """Name -> class of every estimator, "auto" first."""
    return members("spex_core.estimation.estimators", Estimator)  # type: ignore[type-abstract]  # only used as a filter


def estimator(name: str) -> Estimator:
    """The estimator called `name`.

    Raises:
        InputError: no such estimator; the message lists those there are.
    """
    known = estimators()
    if name not in known:
        raise InputError(f"estimator={name!r} does not exist; {closest(name, known)}")
    return known[name]()


def as_estimator(asked: str | Estimator) -> Estimator:
    """An estimator by its name, or itself.

    Raises:
        InputError: no such estimator, or neither a name nor an `Estimator`.
    """
    if isinstance(asked, Estimator):
        return asked
    if not isinstance(asked, str):
        raise InputError(f"estimator={asked!r} is neither a name nor an Estimator")
    return estimator(asked)

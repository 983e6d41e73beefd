"""Everything that can be compared on the same masked passes: our estimators and the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spex_core.faithfulness import Faithfulness
from spex_core.spectrum import Spectrum

if TYPE_CHECKING:
    from spex_core.passes import Passes


@dataclass(frozen=True)
class Method:
    """One way of explaining.

    Attributes:
        name: of a baseline or an estimator.
        title: as shown, the order included.
        order: largest order of interaction; None for the run's own.
        package: the library that does it, "" where it is our own.
    """

    name: str
    title: str
    order: int | None = None
    package: str = ""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of the passes.

    Attributes:
        method: which.
        r2: on the unseen masks; None where it could not run.
        seconds: wall time of the fit.
        reason: why it could not run, one plain sentence; "" where it did.
        spectrum: what predicts; None where it could not run.
        notes: sentences a person should read.
    """

    method: Method
    r2: Faithfulness | None = None
    seconds: float = 0.0
    reason: str = ""
    spectrum: Spectrum | None = None
    notes: tuple[str, ...] = ()


def methods(n_features: int, rows: int, max_order: int, names: Sequence[str] | None = None) -> list[Method]:
    """What can be compared, in the order of a table; those that cannot run are among them, `run_method` says why.

    Args:
        n_features: n.
        rows: training passes.
        max_order: largest order of interaction to list.
        names: the methods wanted, all their orders; "faith-banzhaf-2" for one order alone. None for all.

    Raises:
        InputError: no such method; the message lists those there are.
    """
    raise NotImplementedError


def run_method(method: Method, passes: Passes, seed: int) -> Outcome:
    """Fit a method to the training passes and judge it on the unseen ones; calls no model. Never raises for what
    cannot run: the outcome's `reason` says why."""
    raise NotImplementedError

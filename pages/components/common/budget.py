"""The budget slider's steps, and what a budget costs and buys in words."""

from __future__ import annotations

from spex_core.engine.budget import Cost
from spex_core.estimation.registry import estimators

MOST = 40_000
_AVERAGED = {
    "hybrid": "first order, SPEX, ProxySPEX and a Gaussian process, averaged",
    "gp": "first order, ProxySPEX and a Gaussian process, averaged",
}
"""What the automatic choice does where it does more than one thing (see `spex_core.estimation.estimators.auto`)."""
_STEPS = (1, 1.5, 2, 3, 5, 7.5)


def ladder(n_features: int, minimum: int) -> list[int]:
    """Budgets to offer: round numbers from `minimum` to 40,000, or to all 2^n masks where those are fewer."""
    top = min(MOST, 2**n_features) if n_features < 31 else MOST
    minimum = min(minimum, top)
    round_numbers = (int(step * 10**power) for power in range(1, 5) for step in _STEPS)
    return sorted({minimum, top, *(value for value in round_numbers if minimum < value < top)})


def nearest(steps: list[int], wanted: int) -> int:
    """The step closest to `wanted`, in ratio."""
    return min(steps, key=lambda step: max(step, wanted) / max(1, min(step, wanted)))


def duration(seconds: float) -> str:
    """Seconds in words a person would use."""
    if seconds < 1.5:
        return "about 1 s"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        minutes, rest = divmod(round(seconds / 10) * 10, 60)
        return f"about {minutes} min" + (f" {rest} s" if rest and minutes < 10 else "")
    return f"about {seconds / 3600:.1f} h"


def estimator_title(name: str) -> str:
    """What an estimator is called on the screen; one that is not installed here, by the name that a file gives it."""
    kind = estimators().get(name)
    return name if kind is None else kind.title


def buys(cost: Cost, requested: str) -> str:
    """What the passes can find and with what, one line."""
    order = f"finds up to order {cost.highest_order}" if cost.highest_order > 1 else "finds single features only"
    if requested != "auto":
        return f"{order} · {estimator_title(cost.estimator)}"
    who = _AVERAGED[cost.estimator] if cost.estimator in _AVERAGED else estimator_title(cost.estimator)
    return f"{order} · automatic choice: {who}"

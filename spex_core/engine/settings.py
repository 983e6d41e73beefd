"""What a caller chose for a run beside what is explained, and what the caller hears while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from spex_core.arrays import BoolArray, IntArray, Samples
from spex_core.estimation.base import Estimator
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known


@dataclass(frozen=True, eq=False)
class Progress:
    """State of a run, handed to `on_progress` between batches.

    Attributes:
        done: masked passes made.
        total: masked passes planned.
        passes_per_second: speed so far, 0.0 before the first batch.
        seconds_left: estimated model time left, None before the first batch.
        stage: "evaluate", "fit" or "done".
        preview: an early estimate with its own held-out R², when a new one exists and was asked for.
    """

    done: int
    total: int
    passes_per_second: float
    seconds_left: float | None
    stage: str
    preview: Explanation | None = None


class StoppedError(Exception):
    """A run was asked to stop before it knew anything, or while it waited for its turn."""


Replies: TypeAlias = Callable[[BoolArray], IntArray]
"""(m, n) masks -> (m,) how many yes-or-no replies the value of each is the share of."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings:
    """The choices that every kind of run has; see `explain.explain` for each of them.

    Attributes:
        turn: entered for each batch with masks that are not known, before the lock; where that gives False, somebody
            else makes passes of this set function, of which more are known now. It may raise `StoppedError`.
        lock: held during each batch, so that runs which share a model take turns; None where nobody shares it.
        replies: where values are shares of replies; None where the model says the same whenever it is asked.
    """

    budget: int = 2000
    estimator: str | Estimator = "auto"
    max_order: int = 5
    seed: int = 0
    on_progress: Callable[[Progress], None] | None = None
    should_stop: Callable[[], bool] | None = None
    known: Samples | Known | None = None
    on_samples: Callable[[Samples], None] | None = None
    previews: bool = False
    turn: AbstractContextManager[object] | None = None
    lock: AbstractContextManager[object] | None = None
    replies: Replies | None = None

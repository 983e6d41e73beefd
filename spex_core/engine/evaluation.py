"""The masked passes of one run: made in batches, each answer checked before it counts.

What a batch holds depends on the design and the batch size alone, never on timing, so that the same seed gives the
same values to fit: the values of a `Piecewise` function come in any order, and each has its place. Passes that were
paid for earlier are not made again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples, ValueFunction
from spex_core.engine.checking import LARGEST_VALUE, RANGE, call
from spex_core.engine.design import Design
from spex_core.engine.settings import Progress, Replies, Settings, StoppedError
from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known


class Evaluation:
    """The passes of a design, as far as they are made.

    Args:
        design: every mask of the run.
        known: samples paid for earlier; those of other masks are ignored. What is added to a `Known` while the run goes
            on is not asked again either.
        started: `time.perf_counter()` when the run began, before it was planned.
        replies: where values are shares of replies, of how many.

    Raises:
        InputError: `known` holds what no model may return.

    Attributes:
        values: (m,) the model's answers in the order of `design.masks`, NaN where it was not asked yet.
        left_out: passes of which `outliers.without_outliers` took the model's own value away; 0 of the run's own.
        replies: (m,) how many replies each value is the share of; None where values are no draws.
        seconds_model: wall time of the batches: the wait for the model's turn, the model, and what keeps its answers.
    """

    def __init__(
        self, design: Design, known: Samples | Known | None, started: float, replies: Replies | None = None
    ) -> None:
        if known is None:
            known = Known()
        if isinstance(known, Samples):
            _check_known(known.values)
        self.design = design
        self.started = started
        self._known = known if isinstance(known, Known) else Known.of(known)
        self.values = self._looked_up(design.masks)
        self.left_out = 0
        self.replies = None if replies is None else replies(design.masks)
        self.seconds_model = 0.0
        self._found = self.made

    @property
    def complete(self) -> bool:
        """Whether every pass of the design is made."""
        return not np.isnan(self.values).any()

    @property
    def made(self) -> int:
        """Passes made, those paid for earlier included."""
        return int((~np.isnan(self.values)).sum())

    def paid(self) -> Samples:
        """Every sample paid for so far."""
        return self._among(np.arange(len(self.values)))

    def training(self) -> Samples:
        """What may be fitted: all kept, all hidden, then rows of the estimator's plan in order."""
        return self._among(self.design.training)

    def training_replies(self) -> IntArray | None:
        """Of how many replies each value of `training` is the share; None where values are no draws."""
        rows = self.design.training
        return None if self.replies is None else self.replies[rows[~np.isnan(self.values[rows])]]

    def unseen(self) -> Samples:
        """What no fit may see."""
        return self._among(self.design.test)

    def _among(self, rows: IntArray) -> Samples:
        rows = rows[~np.isnan(self.values[rows])]
        return Samples(self.design.masks[rows], self.values[rows])

    def make(
        self,
        function: ValueFunction,
        batch_size: int,
        settings: Settings,
        preview: Callable[[], Explanation | None] | None = None,
    ) -> None:
        """Make the passes that are open, until all are made, or all kept and all hidden are and `settings.should_stop`
        says so.

        Args:
            function: asked once for each mask.
            batch_size: masks per call.
            settings: who is told of every batch, and what ends the run early; `on_samples` is called while the lock is
                held, with what is paid for as it comes, and what it refuses by raising does not count.
            preview: asked for an early estimate after every batch but the last; None where nobody wants one.

        Raises:
            ModelError: see `checking.call`.
        """
        rows = np.flatnonzero(np.isnan(self.values))
        if settings.on_progress is not None and len(rows) < len(self.values):
            settings.on_progress(self.progress("evaluate" if len(rows) else "fit"))  # some or all is paid for already
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            try:
                while not self._ask(function, batch, settings):
                    self._look_again(rows, settings)
            except StoppedError:
                if self._explainable:
                    return
                raise
            last = start + batch_size >= len(rows)
            early = preview() if preview is not None and self._explainable and not last else None
            if settings.on_progress is not None:
                settings.on_progress(self.progress("fit" if self.complete else "evaluate", early))
            if settings.should_stop is not None and self._explainable and not last and settings.should_stop():
                return

    def _look_again(self, rows: IntArray, settings: Settings) -> None:
        """Take over what somebody else paid for meanwhile."""
        self.values[rows] = self._looked_up(self.design.masks[rows])
        if settings.on_progress is not None:
            settings.on_progress(self.progress("evaluate"))

    def _ask(self, function: ValueFunction, batch: IntArray, settings: Settings) -> bool:
        """Make what is open of a batch; False where somebody else has the turn."""
        began = time.perf_counter()
        self.values[batch] = self._looked_up(self.design.masks[batch])
        mine = True
        try:
            if np.isnan(self.values[batch]).any():
                with settings.turn or nullcontext() as turn:
                    mine = turn is not False
                    if mine:
                        with settings.lock or nullcontext():  # so that whoever is next knows what was paid for here
                            self._pay(function, batch, settings)
        finally:
            self.seconds_model += time.perf_counter() - began
        return mine

    def _pay(self, function: ValueFunction, batch: IntArray, settings: Settings) -> None:
        self.values[batch] = self._looked_up(self.design.masks[batch])
        rows = batch[np.isnan(self.values[batch])]
        masks = self.design.masks[rows]

        def keep(found: IntArray, values: FloatArray) -> None:
            if settings.on_samples is not None:
                settings.on_samples(Samples(masks[found], values))
            self.values[rows[found]] = values

        def stopping() -> bool:
            return self._explainable and settings.should_stop is not None and settings.should_stop()

        if len(rows):
            call(function, masks, self.paid, keep, stopping)

    @property
    def _explainable(self) -> bool:
        """Whether all kept and all hidden are known: without these two there is nothing to explain."""
        return not np.isnan(self.values[:ANCHORS]).any()

    def _looked_up(self, masks: BoolArray) -> FloatArray:
        values = self._known.look_up(masks)
        _check_known(values[~np.isnan(values)])
        return values

    def progress(self, stage: str, preview: Explanation | None = None) -> Progress:
        """Where the run stands."""
        done, total = self.made, len(self.values)
        speed = (done - self._found) / self.seconds_model if self.seconds_model > 0 else 0.0
        return Progress(done, total, speed, (total - done) / speed if speed else None, stage, preview)


def _check_known(values: FloatArray) -> None:
    bad = ~(np.abs(values) <= LARGEST_VALUE)
    if bad.any():
        raise InputError(
            f"known holds {values[bad][0]:g} among its values; they must be numbers {RANGE}, as the model's own"
        )

"""The paper's experiments over a data set: faithfulness, top-r removal and Recovery@r, every method on the same passes.

Per example and seed the passes of the largest budget are paid once; smaller budgets are parts of them, and every
method and budget is judged on the same unseen masks. Passes and results are on the disk before the next is begun, so
a process that is killed goes on where it was, and nothing is paid twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from spex_core.arrays import Samples
from spex_core.bench.asker import Asker
from spex_core.bench.data import DataSet, Example, read_data_set
from spex_core.bench.journal import Journal, held
from spex_core.bench.measures import measured
from spex_core.bench.passes import Interrupted, ModelOnText
from spex_core.bench.settings import BenchSettings, choose
from spex_core.engine.budget import training_rows
from spex_core.engine.features import text_masker
from spex_core.errors import InputError
from spex_core.inputs.segmentation import segment
from spex_core.runs.store.run_store import RunStore
from spex_core.trust.methods import Method, methods, run_method, run_method_live
from spex_core.trust.passes import Passes

_FIELDS = ("example", "n", "seed", "budget", "method", "order", "title", "r2", "reason")
_EVERY = 2.0  # seconds between two lines about passes


@dataclass(frozen=True)
class BenchResult:
    """What a benchmark found.

    Attributes:
        settings: with every default filled in.
        lines: one per example, seed, budget and method; those of earlier runs in the same folder included.
        notes: sentences a person should read.
        complete: False where the user stopped it.
    """

    settings: BenchSettings
    lines: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    complete: bool


def run_bench(
    settings: BenchSettings, should_stop: Callable[[], bool] = lambda: False, log: TextIO | None = None
) -> BenchResult:
    """Run a benchmark, or what is left of it.

    Args:
        settings: what to do.
        should_stop: polled between batches of passes and between methods.
        log: where progress is told; default standard error.

    Raises:
        InputError: the data cannot be read, a setting breaks a rule, or the folder holds other results.
        ModelError: the model failed; results and passes are kept.
        StoreError: the disk refused; what was written stays.
    """
    methods(8, 1000, settings.max_order, settings.methods or None)  # a mistyped name is told before anything is loaded
    data = read_data_set(settings.data, settings.form)
    if settings.experiment == "recovery" and not any(example.marks for example in data.examples):
        raise InputError(f"{settings.data} marks no sentences, so there is nothing to recover; HotpotQA's files do")
    asker = Asker(data, settings.model, settings.options, settings.own_answer)
    with held(settings.out):
        return _Bench(settings, data, asker, should_stop, _Log(log or sys.stderr)).run()


class _Bench:
    """The moving parts of a benchmark."""

    def __init__(
        self, settings: BenchSettings, data: DataSet, asker: Asker, should_stop: Callable[[], bool], log: _Log
    ) -> None:
        first = asker(data.examples[0])
        self.settings = settings = settings.settled(data, first.maskings)
        self.asker = asker
        self.should_stop = should_stop
        self.log = log

        def cut(text: str) -> int:
            if settings.unit == "token":
                return text_masker(text, first, settings.unit, settings.masking).n_features
            return len(segment(text, settings.unit))

        text_masker("a b", first, settings.unit, settings.masking)  # refuses a masking or unit that there is not
        self.examples, left_out = choose(data.examples, settings, cut)
        self.notes = [*data.notes, *left_out]
        self.journal = Journal(settings.out, settings.fixed(data, first.fingerprint), _FIELDS)
        self.store = RunStore(settings.passes_folder)
        self.done = {_key(line) for line in self.journal.lines}

    def run(self) -> BenchResult:
        for note in self.notes:
            self.log.say(note)
        complete = True
        try:
            for number, (example, n) in enumerate(self.examples, start=1):
                for seed in self.settings.seeds:
                    self.log.at = f"{number}/{len(self.examples)} {example.id!r} n={n}"
                    self._example(example, n, seed)
        except Interrupted:
            complete = False
        finally:
            self.store.close()
        if complete and not self.journal.lines:
            raise InputError(f"no example of {self.settings.data} can be used: {self.notes[-1]}")
        notes = (*self.notes, *_proven(self.journal.lines))
        return BenchResult(self.settings, tuple(self.journal.lines), notes, complete)

    def _example(self, example: Example, n: int, seed: int) -> None:
        open_ones = [
            (budget, method)
            for budget in sorted(self.settings.budgets)
            for method in self._methods(n, budget)
            if (example.id, seed, budget, method.name, method.order) not in self.done
        ]
        if not open_ones:
            return
        try:
            asked = self._asked(example)
            passes = self._passes(asked, seed)
        except InputError as error:  # of this example alone: too few passes for so many features, say
            self.log.say(f"left out: {error}")
            self.notes.append(f"{example.id} (n={n}, seed {seed}) left out: {error}")
            return
        marked = example.marked(asked.spans)
        for budget, method in open_ones:
            if self.should_stop():
                raise Interrupted
            head = {"example": example.id, "n": n, "seed": seed, "budget": budget}
            self._result(head, method, passes, asked, marked)

    def _asked(self, example: Example) -> ModelOnText:
        settings = self.settings
        backend = self.asker(example)
        tell = self.log.passes
        return ModelOnText(example.text, backend, settings.unit, settings.masking, self.store, self.should_stop, tell)

    def _methods(self, n: int, budget: int) -> list[Method]:
        return methods(n, training_rows(n, budget), self.settings.max_order, self.settings.methods or None)

    def _passes(self, asked: ModelOnText, seed: int) -> Passes:
        design = Passes.planned(asked.labels, self.settings.budget, self.settings.max_order, seed)
        return Passes.evaluated(design, Samples(design.masks, asked(design.masks)))

    def _result(
        self, head: dict[str, Any], method: Method, passes: Passes, asked: ModelOnText, marked: tuple[int, ...]
    ) -> None:
        line = head | {"method": method.name, "order": method.order, "title": method.title}
        try:
            part = passes.reduced(min(head["budget"], passes.budget))
            if self.settings.own_passes:
                outcome = run_method_live(method, asked, part, head["seed"])
            else:
                outcome = run_method(method, part, head["seed"])
            line |= measured(self.settings, outcome, asked, marked)
        except InputError as error:
            line |= {"r2": None, "seconds": 0.0, "reason": str(error)}
        self.journal.append(line)
        self.done.add(_key(line))
        self.log.result(line)


def _proven(lines: list[dict[str, Any]]) -> list[str]:
    """How many removals are certainly the best, where there are any."""
    exact = [step["exact"] for line in lines for step in line.get("removal", [])]
    if not exact:
        return []
    rest = "" if all(exact) else "; of the others the best was taken that was found in the time"
    return [f"{sum(exact)} of {len(exact)} removals are proven to change the prediction most{rest}"]


def _key(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["example"], line["seed"], line["budget"], line["method"], line["order"]


class _Log:
    """Progress, one line at a time."""

    def __init__(self, stream: TextIO) -> None:
        self.at = ""
        self._stream = stream
        self._next = 0.0

    def say(self, text: str) -> None:
        """One line about where the benchmark is."""
        print(f"{self.at}: {text}" if self.at else text, file=self._stream, flush=True)

    def passes(self, made: int, wanted: int, speed: float) -> None:
        """Passes of one example, told now and then and at their end."""
        now = time.monotonic()
        if now >= self._next or made == wanted:
            self._next = now + _EVERY
            self.say(f"{made}/{wanted} passes, {speed:.0f}/s")

    def result(self, line: dict[str, Any]) -> None:
        """What a method reached."""
        said = f"R² {line['r2']:.3f} in {line['seconds']:.1f} s" if line["r2"] is not None else line["reason"]
        self.say(f"budget {line['budget']}, {line['title']}: {said}")

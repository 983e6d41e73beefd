"""The store: listing runs, reading and writing paid passes, and what writing costs in a run: a local one, a paid one.

Run from the repository root: `python benchmarks/store.py [--url postgresql://...]`. SQLite in a new folder where no URL
is given; with one, the tables of an empty database are used and stay. Seconds are of the wall, CPU seconds of this
process, medians of the repeats.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.endpoint import own_server
from spex_core import explain
from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import PictureRequest, TextRequest
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from spex_core.toys.scenes.world import draw, random_scene

QUESTION = {"question": "is there a dog and a ball?", "answer": "yes", "against": "no"}
RUNS, FEATURES, PASSES, REPEATS = 1_000, 1_000, 20_000, 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="a database instead of SQLite in a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        store = RunStore(arguments.url or Path(folder))
        store.list()
        print(f"open a new store, SQLAlchemy's import included: {1e3 * (time.perf_counter() - started):.0f} ms")
        listing(store)
        reading(store)
        writing(store)
        store.close()
    share(arguments.url)
    for delay in (0.05, 0.3):
        share_at_a_server(arguments.url, delay)


def listing(store: RunStore) -> None:
    """Many runs, each with a result."""
    explanation = _explanation()
    for number in range(RUNS):
        line = RunRecord(
            id=f"r{number}",
            title=f"the text of run {number}",
            kind="text",
            model="minilm-sentiment",
            target="positive",
            unit="word",
            estimator="auto",
            budget=1000,
        )
        store.create(line, {"number": number}, f"the text of run {number} ".encode() * 20, "benchmark")
        store.finish(line.id, explanation, "done")
    size = len(explanation.to_json()) / 1e3
    print(f"list {RUNS:,} runs with results of {size:.0f} kB: {_timed(store.list)}")
    print(f"load one of them: {_timed(lambda: store.load('r500'))}")


def reading(store: RunStore) -> None:
    """A large question, in batches of 64 as a run writes them."""
    rng = np.random.default_rng(0)
    masks = rng.random((PASSES, FEATURES)) < 0.5
    values = rng.normal(size=PASSES)
    for start in range(0, PASSES, 64):
        store.append("large", Samples(masks[start : start + 64], values[start : start + 64]))
    assert np.array_equal(store.samples("large", FEATURES).masks, masks)
    print(f"read {PASSES:,} passes of {FEATURES:,} features: {_timed(lambda: store.samples('large', FEATURES))}")


def writing(store: RunStore) -> None:
    """Passes as a run on a picture writes them: durable, batch by batch."""
    rng = np.random.default_rng(1)
    batches = [Samples(rng.random((64, 48)) < 0.5, rng.normal(size=64)) for _ in range(16)]
    store.append("warm", batches[0])
    keys = iter(range(1_000))

    def write() -> None:
        key = f"small-{next(keys)}"
        for batch in batches:
            store.append(key, batch)

    print(f"write 1,024 passes of 48 features in 16 batches: {_timed(write)}")


class Timed(RunStore):
    """A store that counts what writing passes takes in the run's own thread, which waits for it."""

    seconds, cpu_seconds, batches, passes = 0.0, 0.0, 0, 0

    def append(self, key: str, samples: Samples) -> None:
        """As the store, on the clock."""
        started, cpu_started = time.perf_counter(), time.thread_time()
        super().append(key, samples)
        self.seconds += time.perf_counter() - started
        self.cpu_seconds += time.thread_time() - cpu_started
        self.batches += 1
        self.passes += len(samples)


class Unwritten(Timed):
    """A store that keeps no passes."""

    def append(self, key: str, samples: Samples) -> None:
        """Nothing is written."""


def share(url: str | None) -> None:
    """A run of 1,000 passes on the built-in picture model, as the page makes it."""
    shares = []
    for repeat in range(REPEATS + 1):  # the first warms up
        picture = png_bytes(draw(random_scene(np.random.default_rng(repeat), 4), 512, 3))
        request = PictureRequest(picture=picture, model=ModelSpec("scenes", QUESTION), grid=(8, 6), budget=1000)
        with tempfile.TemporaryDirectory() as folder:
            store = Timed(url or Path(folder))
            manager = RunManager(store)
            manager.models.backend(request.model)
            started, cpu_started = time.perf_counter(), time.process_time()
            run = manager.start(request)
            while run.live:
                time.sleep(0.01)
            took, cpu = time.perf_counter() - started, time.process_time() - cpu_started
            if run.explanation is None:
                sys.exit(f"the run failed: {run.error}")
            store.close()
        if repeat and store.passes:
            shares.append((store.seconds / took, took, store.cpu_seconds / cpu, store.batches, store.passes))
    if not shares:
        sys.exit("every pass was paid for before: use an empty database")
    part, took, cpu_part, batches, passes = sorted(shares)[len(shares) // 2]
    print(
        f"scenes, 8x6, 1,000 passes: writing {passes} passes in {batches} batches took {100 * part:.2f} % of the "
        f"{took:.1f} s from start to result (median of {len(shares)}; {100 * min(shares)[0]:.2f} to "
        f"{100 * max(shares)[0]:.2f} %), and {100 * cpu_part:.2f} % of its processor time"
    )


def share_at_a_server(url: str | None, delay: float) -> None:
    """A run at the tests' server, whose passes are written as they come and before another call takes their place;
    beside the same run that writes none, taking turns."""
    words = " ".join(f"word{k}" for k in range(60))
    took: dict[type[Timed], list[float]] = {Timed: [], Unwritten: []}
    pieces, cpu = [], []
    with own_server(delay) as address:
        for repeat in range(REPEATS + 1):  # the first warms up
            options = {"url": address, "model": "tiny", "question": "True or False?", "answer": "True"}
            model = ModelSpec("openai", {**options, "concurrency": "8"})
            for kind in took:
                request = TextRequest(text=f"{words} {repeat}", model=model, budget=300, estimator="banzhaf")
                with tempfile.TemporaryDirectory() as folder:
                    store = kind(url or Path(folder))
                    cpu_started = time.process_time()
                    run = RunManager(store).start(request)
                    while run.live:
                        time.sleep(0.01)
                    if run.explanation is None:
                        sys.exit(f"the run failed: {run.error}")
                    store.close()
                if repeat:
                    took[kind].append(run.explanation.seconds_model)
                if repeat and kind is Timed:
                    pieces.append(store.batches)
                    cpu.append(store.cpu_seconds / (time.process_time() - cpu_started))
    with_them, without = (statistics.median(seconds) for seconds in took.values())
    print(
        f"a server, {1e3 * delay:.0f} ms a call, 8 at once, 300 passes: {with_them:.2f} s with all of them written in "
        f"{statistics.median(pieces):.0f} pieces, {without:.2f} s with none (medians of {REPEATS}, taking turns): "
        f"{100 * (with_them / without - 1):+.1f} %; "
        f"writing took {100 * statistics.median(cpu):.1f} % of the processor time"
    )


def _explanation() -> Explanation:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=64)
    pairs = rng.integers(0, 64, (40, 2))
    return explain(lambda m: m @ weights + (m[:, pairs[:, 0]] & m[:, pairs[:, 1]]).sum(axis=1), 64, budget=1000)


def _timed(work: Callable[[], object]) -> str:
    wall, cpu = [], []
    for _ in range(REPEATS):
        started, cpu_started = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - cpu_started)
    return f"{1e3 * statistics.median(wall):.0f} ms, {1e3 * statistics.median(cpu):.0f} ms CPU"


if __name__ == "__main__":
    main()

"""Store: two programs and many threads at once lose nothing and see no lock."""

import threading

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from tests.support.store_faults import Child

KEY, N, THREADS, BATCHES, ROWS = "ab12", 20, 6, 12, 8


def _batch(number):
    positions = np.arange(number * ROWS, (number + 1) * ROWS)
    return Samples((positions[:, None] >> np.arange(N)) % 2 == 1, positions / 3)


@pytest.fixture(scope="module")
def explanation():
    return spex_core.explain(lambda m: m[:, 0] * 1.0, 4, budget=16)


def _line(run_id):
    return RunRecord(id=run_id, title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=9)


def _use(store, program, explanation):
    """Threads that each make a run, pay for their share of one question and read what the others do."""
    failed = []

    def work(thread):
        share = program * THREADS + thread
        run_id = f"run-{share}"
        try:
            store.create(_line(run_id), {"share": share}, b"the same text", f"p{program}")
            for number in range(share * BATCHES, (share + 1) * BATCHES):
                store.append(KEY, _batch(number))
                store.update(run_id, state="running", paid=number)
                store.samples(KEY, N)
                store.renew(f"p{program}")
                store.list()
            store.finish(run_id, explanation, "done")
        except StoreError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    return failed


def test_two_programs_of_many_threads_lose_nothing(place, explanation):
    """The second program is a child that starts from nothing open, while the first works in this one."""
    opened = RunStore(place)
    opened.list()  # and everything is imported
    opened.close()

    def program(acknowledge):
        for line in _use(RunStore(place), 1, explanation):
            acknowledge(line)

    second = Child(program)
    store = RunStore(place)
    assert _use(store, 0, explanation) == []
    assert second.end() == ([], 0)
    paid = store.samples(KEY, N)
    assert sorted((paid.values * 3).round().astype(int)) == list(range(2 * THREADS * BATCHES * ROWS))
    assert np.array_equal(paid.masks @ (1 << np.arange(N)), (paid.values * 3).round().astype(int))
    runs = store.list()
    assert {run.id for run in runs} == {f"run-{share}" for share in range(2 * THREADS)}
    assert {run.state for run in runs} == {"done"}
    assert all(store.request(run.id)[1] == b"the same text" for run in runs)
    store.close()

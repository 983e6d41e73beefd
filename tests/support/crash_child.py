"""The other side of `test_crash.py`: one warm process, from which children are forked that run and are killed.

Started as a program: it reads one JSON object a line, `{"folder": ..., "point": [name, count] or null, "moment":
seconds or null, "resumed": run id or ""}`, and answers with the wait status of the child.
"""

import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from spex_core.arrays import Samples
from spex_core.engine.explain import explain
from spex_core.estimation.registry import estimators
from spex_core.models import registry
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.keys import sample_key
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore
from tests.support.counting_model import Counting
from tests.support.waiting import over

TEXT = " ".join(f"w{k}" for k in range(20))
TARGET = ModelSpec("counting", {"answer": "yes"})
REQUEST = TextRequest(text=TEXT, model=TARGET, budget=120, masking="removal", estimator="banzhaf")
KEY = sample_key(TEXT, TARGET, "word", "removal", "counting first")


class Diary:
    """What happened in the children of one folder, in order: the lines of a batch are written at once."""

    def __init__(self, folder):
        self.path = folder / "diary"

    def add(self, what, texts):
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, "".join(f"{what} {text}\n" for text in texts).encode())
        os.close(handle)

    def read(self):
        """(texts asked, in order; texts acknowledged), after a look that none was asked once it was acknowledged."""
        asked, acknowledged = [], set()
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            what, _, text = line.partition(" ")
            if what == "asked":
                assert text not in acknowledged, "a pass that was acknowledged was made again"
                asked.append(text)
            else:
                acknowledged.add(text)
        return asked, acknowledged


def text_of(mask):
    return " ".join(f"w{k}" for k in np.flatnonzero(mask))


def child(folder, point, resumed):
    """A process that runs, or goes on with, the run; killed by itself at a point, else by its parent."""
    seen = Counter()

    def reach(name):
        seen[name] += 1
        if point == (name, seen[name]):
            os.kill(os.getpid(), signal.SIGKILL)

    diary = Diary(folder)

    def answer(inputs):
        diary.add("asked", (" ".join(text.split()) for text in inputs))
        reach("model")
        time.sleep(0.002)

    Counting.on_batch = answer
    registry.backends()["counting"] = Counting
    store = RunStore(folder)
    append, finish = store.append, store.finish

    def append_told(key, samples):
        reach("append")
        append(key, samples)
        reach("stored")
        diary.add("acknowledged", map(text_of, samples.masks))
        reach("appended")

    def finish_told(*given, **fields):
        reach("finish")
        finish(*given, **fields)
        reach("finished")

    store.append, store.finish = append_told, finish_told
    from sqlalchemy import event

    engine = store._open().engine()
    event.listen(engine, "commit", lambda connection: reach("commit"))
    event.listen(engine, "after_cursor_execute", lambda *given: reach(given[2].split()[0].lower()))
    manager = RunManager(store)
    run = manager.resume(resumed) if resumed else manager.start(REQUEST)
    over(run)
    os._exit(0 if run.state == "done" else 1)


def fork(folder, point, moment, resumed):
    """Wait status of a child."""
    number = os.fork()
    if not number:
        try:
            child(Path(folder), point and tuple(point), resumed)
        except BaseException:
            import traceback

            traceback.print_exc()
        os._exit(2)
    if moment is not None:
        until = time.monotonic() + moment
        while time.monotonic() < until:
            ended, status = os.waitpid(number, os.WNOHANG)
            if ended:
                return status
            time.sleep(0.001)
        os.kill(number, signal.SIGKILL)
    return os.waitpid(number, 0)[1]


def warm():
    """Import what a child needs, so that it is a fork and nothing else."""
    import icu4py.breakers
    import icu4py.locale  # noqa: F401
    import scipy.linalg
    import scipy.optimize  # noqa: F401
    import sqlalchemy.dialects.sqlite  # noqa: F401
    import threadpoolctl  # noqa: F401

    import spex_core.runs.store.database
    import spex_core.runs.store.queries  # noqa: F401

    registry.backends()
    estimators()
    with tempfile.TemporaryDirectory() as folder:  # SQLAlchemy works out much when it is first asked
        store = RunStore(folder)
        line = RunRecord(id="w", title="t", kind="text", model="m", target="x", unit="word", estimator="auto", budget=9)
        store.create(line, {}, b"the text", "me")
        store.append(KEY, Samples(np.ones((1, 20), dtype=bool), np.ones(1)))
        store.samples(KEY, 20)
        store.finish("w", explain(lambda masks: masks[:, 0] * 1.0, 20, budget=40, estimator="banzhaf"), "done")
        store.close()
    gc.freeze()  # what a collection does not touch, a child need not copy


if __name__ == "__main__":
    warm()
    for line in sys.stdin:
        print(fork(**json.loads(line)), flush=True)

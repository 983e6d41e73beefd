"""Killed at any moment, a run loses no pass that was acknowledged, and pays for none of those again.

Real processes are killed with SIGKILL: at named points of the manager's and the store's work, counted, and at random
times. What a child was asked and what was acknowledged to it stands in a file that it appends to: a pass is written
there before the model answers, and again when `append` has returned.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from spex_core.runs.manager import RunManager
from spex_core.runs.store.run_store import RunStore
from tests.support.crash_child import KEY, Diary, text_of
from tests.support.places import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked from one warm parent")

POINTS = [
    *(("model", count) for count in (1, 2, 3, 6)),  # the model has worked, nothing is acknowledged
    *(("append", count) for count in (1, 2, 6)),  # about to write a batch
    ("stored", 2),  # written, nobody told
    *(("appended", count) for count in (1, 2, 6)),  # acknowledged, and not yet handed on
    *(("insert", count) for count in (1, 2, 3, 4, 7)),  # inside a transaction
    *(("commit", count) for count in (1, 2, 3, 4, 5, 8)),  # just before a transaction is committed
    *(("update", count) for count in (1, 2, 3)),  # of a run's line
    ("finish", 1),  # all is paid for, no result yet
    ("finished", 1),  # the result is written, the state not yet told
]
MOMENTS = [0.01, 0.02, 0.03, 0.045, 0.06, 0.09]  # seconds after the start


@pytest.fixture(scope="module")
def parent():
    """What forks a child, and gives its wait status."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.crash_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:

        def ask(folder, point=None, moment=None, resumed=""):
            asked = {"folder": str(folder), "point": point, "moment": moment, "resumed": resumed}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield ask
        process.stdin.close()


def _killed(status):
    """Whether a child died by the signal rather than of itself."""
    if not os.WIFSIGNALED(status):
        assert os.WEXITSTATUS(status) == 0
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    return True


def _check_what_is_left(folder):
    """After a kill: the store opens, holds every acknowledged pass with its value, and shows the run as it is."""
    asked, acknowledged = Diary(folder).read()
    store = RunStore(folder)
    kept = store.samples(KEY, 20)
    texts = [text_of(mask) for mask in kept.masks]
    assert acknowledged <= set(texts) <= set(asked)
    assert kept.values.tolist() == [float(len(text)) for text in texts]
    manager = RunManager(store)
    records = manager.records()
    store.close()
    assert len(records) <= 1
    assert {record.state for record in records} <= {"interrupted", "done"}
    return records, texts


def _check_it_goes_on(parent, folder, records, texts):
    """Resumed in a third process it ends, and asks for no pass that was there."""
    before = len(Diary(folder).read()[0])
    assert not _killed(parent(folder, resumed=records[0].id if records else ""))
    asked, acknowledged = Diary(folder).read()
    assert not set(asked[before:]) & set(texts)
    assert len(asked) - before == 120 - len(texts)
    assert acknowledged | set(texts) == set(asked)
    store = RunStore(folder)
    (record,) = store.list()
    assert (record.state, record.evaluations) == ("done", 120)
    explanation = store.load(record.id)
    assert explanation.complete
    store.close()
    return explanation.spectrum.coefficients.tobytes()


@pytest.fixture(scope="module")
def undisturbed(parent, tmp_path_factory):
    """The coefficients of a run that nobody killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert not _killed(parent(folder))
    return _check_it_goes_on(parent, folder, *_check_what_is_left(folder))


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(map(str, point)))
def test_killed_at_a_point(tmp_path, parent, point, undisturbed):
    assert _killed(parent(tmp_path, point=point)), "the point was not reached"
    assert _check_it_goes_on(parent, tmp_path, *_check_what_is_left(tmp_path)) == undisturbed


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_moment(tmp_path, parent, moment, undisturbed):
    _killed(parent(tmp_path, moment=moment))
    assert _check_it_goes_on(parent, tmp_path, *_check_what_is_left(tmp_path)) == undisturbed


def test_killed_again_and_again(tmp_path, parent, undisturbed):
    deaths, records = 0, []
    for count in range(8):
        point = ("appended", 1) if count % 2 else ("commit", 4)
        deaths += _killed(parent(tmp_path, point=point, resumed=records[0].id if records else ""))
        records, texts = _check_what_is_left(tmp_path)
    assert deaths >= 4
    assert _check_it_goes_on(parent, tmp_path, records, texts) == undisturbed

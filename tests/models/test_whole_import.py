"""A library that replaces itself while it is imported, and a second thread that comes meanwhile."""

import sys
import threading
import time

import pytest

from spex_core.models.whole_import import whole

REPLACES_ITSELF = """
import sys, threading, types
begun, go = threading.Event(), threading.Event()
sys.meeting = (begun, go)
begun.set()
assert go.wait(30)
finished = types.ModuleType(__name__)
finished.__spec__ = __spec__
finished.name = "there"
sys.modules[__name__] = finished
"""


@pytest.fixture
def meeting(tmp_path, monkeypatch):
    """What a second thread waits for to be in the middle of the first import, and what lets that go on."""
    (tmp_path / "replaces_itself.py").write_text(REPLACES_ITSELF)
    monkeypatch.syspath_prepend(tmp_path)
    first = threading.Thread(target=lambda: whole("replaces_itself"))
    first.start()
    while not hasattr(sys, "meeting"):
        time.sleep(0.001)
    begun, go = sys.meeting
    assert begun.wait(30)
    yield go
    go.set()
    first.join(30)
    sys.modules.pop("replaces_itself", None)
    del sys.meeting


def _until_it_waits(thread):
    """For the lock that Python's import system holds around a module that is being imported."""
    for _ in range(10_000):
        frame = sys._current_frames().get(thread.ident)
        while frame is not None:
            if frame.f_code.co_filename == "<frozen importlib._bootstrap>" and frame.f_code.co_name == "acquire":
                return
            frame = frame.f_back
        time.sleep(0.003)
    raise AssertionError("the second thread never came to the import")


def _plain():
    import replaces_itself

    return replaces_itself


@pytest.mark.parametrize(("ask", "found"), [(lambda: whole("replaces_itself"), True), (_plain, False)])
def test_who_comes_in_the_middle_of_an_import_gets_what_it_ends_with(meeting, ask, found):
    seen = []
    second = threading.Thread(target=lambda: seen.append(hasattr(ask(), "name")))
    second.start()
    _until_it_waits(second)
    meeting.set()
    second.join(30)
    assert seen == [found]  # where the plain import is found to be whole too, `whole` is no longer needed

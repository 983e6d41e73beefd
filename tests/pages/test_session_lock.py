"""Two runs of one visitor at the same time, which Streamlit makes of every click while a page is drawn."""

from __future__ import annotations

import importlib.util
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.runtime.state import SafeSessionState, SessionState, safe_session_state
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.testing.v1 import AppTest

from pages.components.common import session_lock
from pages.components.common.session_lock import share_session_lock
from tests.support.interleaving import Door, meanwhile
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
BUTTON = "$$ID-1-button"


class Visitor:
    """One visitor's state and the runs of the script on it."""

    def __init__(self, kind: type[SafeSessionState]) -> None:
        self.kind = kind
        self.state = SessionState()
        self.door = session_lock._turns(self.run()).lock = Door()  # where nothing is shared, nobody asks for it
        self.threads: list[threading.Thread] = []

    def run(self, asked: Callable[[], None] = lambda: None) -> SafeSessionState:
        """A run of the script; `asked` is what it calls where it can be stopped."""
        return self.kind(self.state, asked)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do it in the thread of another run, until it is done or waits for its turn."""
        self.threads.append(meanwhile(work, self.door))

    def all_done(self) -> None:
        """Wait for the other runs."""
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


def streamlits() -> type[SafeSessionState]:
    """The class as Streamlit has it, whatever this process has shared."""
    spec = importlib.util.spec_from_file_location("as_installed", safe_session_state.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SafeSessionState


@pytest.fixture
def shared() -> type[SafeSessionState]:
    kind = streamlits()
    share_session_lock(kind)
    return kind


def clicked(value: bool = True) -> WidgetStates:
    states = WidgetStates()
    states.widgets.add(id=BUTTON, trigger_value=value)
    return states


def with_a_button(run: SafeSessionState, read: Callable[[Any], bool] = bool) -> None:
    run.register_widget(WidgetMetadata(BUTTON, read, bool, "trigger_value"), None)


def write_while_a_run_begins(kind: type[SafeSessionState], monkeypatch: pytest.MonkeyPatch) -> SafeSessionState:
    visitor = Visitor(kind)
    old, new = visitor.run(), visitor.run()
    old["first"] = 1
    plain, once = SessionState._get_widget_id, iter([lambda: old.__setitem__("second", 2)])

    def slowly(self: SessionState, key: str) -> str:
        for work in once:
            visitor.meanwhile(work)
        return plain(self, key)

    monkeypatch.setattr(SessionState, "_get_widget_id", slowly)
    new.on_script_will_rerun(clicked(False))
    visitor.all_done()
    return new


def test_streamlit_alone_lets_one_run_write_what_another_copies(monkeypatch):
    """Where this fails after an upgrade, Streamlit is mended, and `session_lock` is no longer needed."""
    with pytest.raises(RuntimeError, match="dictionary changed size during iteration"):
        write_while_a_run_begins(streamlits(), monkeypatch)


def test_a_run_that_begins_is_not_written_into(shared, monkeypatch):
    new = write_while_a_run_begins(shared, monkeypatch)
    assert (new["first"], new["second"]) == (1, 2)


def test_a_run_asks_whether_it_was_stopped_within_its_turn(shared):
    visitor = Visitor(shared)
    new = visitor.run()
    new["cancelling"] = "run-1"
    stopped: list[bool] = []

    def asked() -> None:
        if stopped:
            raise StopException
        stopped.append(True)  # a click, right after it was told to go on
        visitor.meanwhile(lambda: new.__delitem__("cancelling") if "cancelling" in new else None)

    old = visitor.run(asked)
    del old["cancelling"]  # not there any more, had the other run come in between
    visitor.all_done()
    with pytest.raises(StopException):
        old["cancelling"] = "run-2"
    assert "cancelling" not in new


def test_a_run_that_ends_late_leaves_the_click_of_the_next_one(shared):
    visitor = Visitor(shared)
    old, new = visitor.run(), visitor.run()
    old.on_script_will_rerun(clicked(False))
    with_a_button(old)
    new.on_script_will_rerun(clicked())
    old.on_script_finished(frozenset())
    assert new[BUTTON] is True
    new.on_script_finished(frozenset({BUTTON}))
    assert new[BUTTON] is False


def test_a_stopped_run_that_begins_late_is_not_the_newest(shared):
    visitor = Visitor(shared)

    def stopped() -> None:
        raise StopException

    old, new = visitor.run(stopped), visitor.run()
    new.on_script_will_rerun(clicked())
    with_a_button(new)
    with pytest.raises(StopException):
        old.on_script_will_rerun(clicked(False))
    new.on_script_finished(frozenset({BUTTON}))
    assert new[BUTTON] is False


def test_a_run_on_another_page_clears_up_before_it_begins(shared):
    visitor = Visitor(shared)
    old, new = visitor.run(), visitor.run()
    with_a_button(old)
    old.on_script_will_rerun(clicked())
    new.on_script_finished(frozenset())
    assert old[BUTTON] is False


def test_a_run_uses_the_state_within_its_own_turn(shared):
    visitor = Visitor(shared)
    run, other = visitor.run(), visitor.run()
    with_a_button(run, lambda value: "pressed" in run)  # as a widget's callback does
    run["pressed"] = True
    with run.query_params() as params:
        visitor.meanwhile(lambda: other.__setitem__("pressed", False))
        assert not params
        assert run["pressed"] is True
    visitor.all_done()
    assert run["pressed"] is False
    assert run.filtered_state == {"pressed": False}


def test_visitors_do_not_wait_for_each_other(shared):
    one, other = Visitor(shared), Visitor(shared)
    busy, free = one.run(), other.run()
    with busy.query_params():
        other.meanwhile(lambda: free.__setitem__("here", True))
        assert free["here"] is True


def test_everything_that_streamlit_locks_is_shared(shared):
    as_installed, here = vars(streamlits()), session_lock.__file__
    locked = {name for name, member in as_installed.items() if _names(member) & {"_lock", "_state"}}
    assert len(locked) > 12
    for name in locked - {"__init__"}:
        member = vars(shared)[name]
        codes = {code.co_filename for code in _codes(member)}
        assert here in codes, f"{name} is not shared"


def _codes(member: Any) -> Iterator[Any]:
    while member is not None:
        member = member.fget if isinstance(member, property) else member
        if inspect.isfunction(member):
            yield member.__code__
            yield from (cell.cell_contents.__code__ for cell in member.__closure__ or () if _is_plain(cell))
        member = getattr(member, "__wrapped__", None)


def _is_plain(cell: Any) -> bool:
    return inspect.isfunction(cell.cell_contents)


def _names(member: Any) -> set[str]:
    return {name for code in _codes(member) for name in code.co_names}


def test_the_app_shares_the_lock():
    app = AppTest.from_file(APP, default_timeout=60)
    app.run()
    wrapped = SafeSessionState.on_script_finished
    share_session_lock()
    assert hasattr(wrapped, "__wrapped__")
    assert SafeSessionState.on_script_finished is wrapped

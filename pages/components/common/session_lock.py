"""One lock per visitor around the page's state, of which Streamlit has one per run of the script.

At a click Streamlit begins the new run at once, in a thread of its own, while the run before it goes on until its next
`st.` call: for a moment two runs share one state (`runner.fastReruns`, the default; without it a click would wait for
whatever the old run is busy with, a model for example). Either run locks that state with a lock of its own, which keeps
nobody out (Streamlit 1.67, `SafeSessionState.__init__`): one copies the state while the other writes it, the copy fails
with "dictionary changed size during iteration", and the click is lost. Streamlit knows that runs overlap:
https://github.com/streamlit/streamlit/pull/16763. A test fails once it no longer needs this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from streamlit.runtime.state import SafeSessionState, SessionState

_PLAIN = (
    "register_widget",
    "maybe_check_serializable",
    "get_widget_states",
    "is_new_state_value",
    "reset_state_value",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__contains__",
    "__repr__",
)


class _Turns:
    """The lock of one visitor's state, and how many runs have begun on it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # a widget's callback uses the state while its own turn lasts
        self.begun = 0


def share_session_lock(kind: type[SafeSessionState] = SafeSessionState) -> None:
    """Let the runs of one visitor take turns with the page's state; a second call changes nothing.

    Whether it was stopped, a run asks within its turn: once a newer run has had one, the older no longer reads or
    writes. One that is past its last question and ends leaves the newer one's clicks and fields alone.
    """
    if hasattr(kind.on_script_finished, "__wrapped__"):
        return
    for name in _PLAIN:
        setattr(kind, name, _in_turn(getattr(kind, name)))
    kind.filtered_state = property(_in_turn(kind.filtered_state.fget))
    kind.query_params = _throughout(kind.query_params)
    kind.on_script_will_rerun = _beginning(kind.on_script_will_rerun)
    kind.on_script_finished = _ending(kind.on_script_finished)


def _turns(run: SafeSessionState) -> _Turns:
    """Kept with the visitor's state, in the one of its parts that takes another attribute and is never exchanged."""
    state: SessionState = run._state
    return vars(state.query_params).setdefault("_spex_turns", _Turns())


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def taking_turns(self: SafeSessionState, *arguments: Any, **options: Any) -> Any:
        with _turns(self).lock:
            return method(self, *arguments, **options)

    return taking_turns


def _throughout(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    @contextmanager
    def taking_turns(self: SafeSessionState) -> Iterator[Any]:
        with _turns(self).lock, method(self) as value:
            yield value

    return taking_turns


def _beginning(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def taking_turns(self: SafeSessionState, *arguments: Any, **options: Any) -> None:
        turns = _turns(self)
        with turns.lock:
            self._yield_callback()  # raises where the run was stopped: it must not count as the newest
            turns.begun += 1
            vars(self)["_spex_turn"] = turns.begun
            method(self, *arguments, **options)

    return taking_turns


def _ending(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def taking_turns(self: SafeSessionState, *arguments: Any, **options: Any) -> None:
        turns = _turns(self)
        with turns.lock:
            # A run that has not begun clears up behind another page.
            if vars(self).get("_spex_turn", turns.begun) == turns.begun:
                method(self, *arguments, **options)

    return taking_turns

"""What can be done with the selected runs: open, go on, ask for more, name, pin, delete, compare."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import estimator_title
from pages.components.common.markup import Markup, draw, say, sentence, tag
from pages.components.common.ticker import ticker
from pages.components.result import continuing
from pages.components.result.notes import note_field, notes_of
from pages.components.runs import list as runs_list
from pages.components.runs.cost import More, budgets, more, usual
from pages.components.runs.exporting import export_buttons
from pages.components.runs.open import open_run
from pages.components.runs.rows import called, can_resume, features_text, has_result, is_live, model_title, state_label
from spex_core.errors import SpexError
from spex_core.runs.run import Run
from spex_core.runs.store.records import RunRecord

_POLL_SECONDS = 1.0
_UNDO = "runs_deleted"  # session: every `_Deleted`, the latest last
_UNDO_SECONDS = 600
_PROBLEM = "runs_problem"  # session: what the last action ran into
_PAINTED = "runs_painted"  # session: id of the run whose panel has been on screen


@dataclass(frozen=True)
class _Deleted:
    """What one press of Delete took away: (id, what it was called) of each run."""

    runs: tuple[tuple[str, str], ...]
    at: float


def attempt(action: Callable[[], object]) -> bool:
    """Do it, or keep why not for `notices`; returns whether it was done."""
    st.session_state[_PROBLEM] = ""
    try:
        action()
    except SpexError as error:
        st.session_state[_PROBLEM] = sentence(error)
        return False
    return True


def notices() -> None:
    """What the last action ran into, and the way back from a deletion."""
    if st.session_state.get(_PROBLEM):
        say(st.session_state[_PROBLEM], "error")
    known: list[_Deleted] = st.session_state.setdefault(_UNDO, [])
    known[:] = [gone for gone in known if gone.at > time.time() - _UNDO_SECONDS]
    if not known:
        return
    gone = known[-1].runs
    with st.container(horizontal=True, vertical_alignment="center", key="runs-undo"):
        what = tag("b", f"{len(gone)} runs") if len(gone) > 1 else tag("bdi", gone[0][1], class_="spex-cut")
        draw(tag("p", "Deleted ", what, class_="spex-say", role="status"), width="content")
        st.button("Undo", key="runs_undo", on_click=_undo)


def pin(record: RunRecord) -> None:
    """Pin or unpin."""
    attempt(lambda: session.runs().pin(record.id, not record.pinned))


def panel(chosen: list[RunRecord]) -> None:
    """The actions for the selected runs."""
    with st.container(border=True, key="runs-panel"):
        if not chosen:
            draw(tag("h3", "Nothing selected", class_="spex-title"))
            say("Click a title to open that run. Select a row to go on with it, name it, pin it or delete it.")
            say("Two selected rows can be compared.")
        elif len(chosen) == 1:
            _one(chosen[0])
        else:
            _several(chosen)


def _one(record: RunRecord) -> None:
    draw(tag("h3", called(record), class_="spex-title spex-cut", title=called(record)), _facts(record))
    _state(record)
    st.button("Open", type="primary", key="runs_open", width="stretch", on_click=open_run, args=(record,))
    others = session.runs().why_not_change(record.id)
    if others:
        note = notes_of(record.id).get(())
        if note:
            draw(tag("p", note, class_="spex-say spex-note"))
        say(sentence(others))
        return
    _go_on(record)
    st.text_input(
        "Name",
        value=record.name,
        key=f"runs_name_{record.id}",
        placeholder="Give it a name",
        on_change=_rename,
        args=(record,),
    )
    note_field(record.id, (), "Note", notes_of(record.id))
    with st.container(horizontal=True, key="runs-keep"):
        st.button("Unpin" if record.pinned else "Pin", key="runs_pin", on_click=pin, args=(record,))
        _delete_button([record])
    export_buttons([record])
    if session.runs().belongs_to:
        _share_switch(record)
    if has_result(record):
        say("To compare it, select a second run as well.")


def _several(chosen: list[RunRecord]) -> None:
    draw(tag("h3", f"{len(chosen)} runs selected", class_="spex-title"))
    if len(chosen) == 2:
        ready = all(map(has_result, chosen))
        if st.button("Compare", type="primary", key="runs_compare", width="stretch", disabled=not ready):
            st.switch_page("pages/compare.py", query_params={"a": chosen[0].id, "b": chosen[1].id})
        if not ready:
            say("Both need a result before they can be compared.")
    export_buttons(chosen)
    if any(session.runs().why_not_change(record.id) for record in chosen):
        say("Runs of somebody else are among them, which only their owners can delete.")
    else:
        _delete_button(chosen)


def _share_switch(record: RunRecord) -> None:
    """Where runs have owners."""
    st.toggle(
        "Shared",
        value=record.shared,
        key=f"runs_share_{record.id}_{record.shared}",
        help="Everybody who can use this app finds it in their list and can read it. Only you can change it.",
        on_change=_share,
        args=(record,),
    )
    if record.shared:
        say("Everybody who can use this app can read it, also by its link.")


def _facts(record: RunRecord) -> Markup:
    """Two columns of what it was: model, target, input, budget."""
    pairs = [
        ("Model", model_title(record.model)),
        ("Target", record.target),
        ("Input", features_text(record)),
        ("Budget", f"{record.budget:,} passes"),
        ("Estimator", estimator_title(record.estimator)),
    ]
    parts = [tag("dt", term) + tag("dd", value, class_="spex-cut", title=value) for term, value in pairs if value]
    return tag("dl", *map(Markup, parts), class_="spex-facts")


def _state(record: RunRecord) -> None:
    if record.state == "failed":
        say(f"Failed: {record.error or 'no reason was given'}", "error")
    elif record.state == "interrupted":
        say("Interrupted: the app was closed while it ran. What is paid for is kept.", "warning")
    elif record.state == "cancelled":
        say(f"{state_label(record)}. What is paid for is kept.", "hint")


def _go_on(record: RunRecord) -> None:
    """Cancel, resume or extend, whichever fits."""
    if is_live(record):
        run = session.runs().get(record.id)
        if run is not None and run.live:
            asked = st.session_state.get(continuing.CANCELLING) == run.id
            label = "Cancelling …" if asked else "Cancel"
            st.button(label, key="runs_cancel", width="stretch", on_click=_cancel, args=(run,), disabled=asked)
        return
    reason = continuing.why_not(record.id, record.model)
    if reason:
        say(reason)
        return
    ask = st.session_state.get(_PAINTED) == record.id  # measuring loads the model: never before the panel is painted
    st.session_state[_PAINTED] = record.id
    waiting = False
    if can_resume(record):
        left = more(record, record.budget, ask)
        _price(left)
        st.button("Resume", key="runs_resume", width="stretch", on_click=_resume, args=(record,))
        waiting = left.measuring
    elif record.state == "done":
        waiting = _extend(record, ask)
    if waiting:
        ticker(f"runs-cost-{record.id}", _POLL_SECONDS)


def _extend(record: RunRecord, ask: bool) -> bool:
    """The larger budget and what it costs; returns whether the time is still unknown and may be known soon."""
    offered = budgets(record)
    if not offered:
        return False
    key = f"runs_budget_{record.id}_{record.budget}"
    if len(offered) == 1:
        budget = offered[0]
    else:
        budget = st.select_slider(
            "Extend to", offered, usual(record, offered), key=key, format_func=lambda passes: f"{passes:,} passes"
        )
    price = more(record, budget, ask)
    _price(price)
    st.button(f"Extend to {budget:,}", key="runs_extend", width="stretch", on_click=_extend_to, args=(record, budget))
    return price.measuring


def _price(price: More) -> None:
    draw(tag("p", f"{price.says}.", class_="spex-say spex-cost", id="runs-price"))


def _delete_button(chosen: list[RunRecord]) -> None:
    busy = any(map(is_live, chosen))
    label = "Delete" if len(chosen) == 1 else f"Delete {len(chosen)} runs"
    st.button(label, key="runs_delete", on_click=_delete, args=(chosen,), disabled=busy)
    if busy:
        say("A run at work can be deleted once it is cancelled." if len(chosen) == 1 else "One of them is at work.")


def _cancel(run: Run) -> None:
    attempt(lambda: continuing.cancel(run.id))


def _resume(record: RunRecord) -> None:
    attempt(lambda: continuing.resume(record.id, record.model))


def _extend_to(record: RunRecord, budget: int) -> None:
    attempt(lambda: continuing.extend(record.id, record.model, budget))


def _rename(record: RunRecord) -> None:
    name = str(st.session_state.get(f"runs_name_{record.id}") or "").strip()
    attempt(lambda: session.runs().rename(record.id, name))


def _share(record: RunRecord) -> None:
    attempt(lambda: session.runs().share(record.id, not record.shared))


def _delete(chosen: list[RunRecord]) -> None:
    gone: list[tuple[str, str]] = []

    def each() -> None:
        for record in chosen:
            session.runs().delete(record.id)
            gone.append((record.id, called(record)))

    attempt(each)
    if gone:
        st.session_state.setdefault(_UNDO, []).append(_Deleted(tuple(gone), time.time()))
    runs_list.select()


def _undo() -> None:
    known: list[_Deleted] = st.session_state.get(_UNDO) or []
    if not known:
        return
    gone = known.pop()

    def each() -> None:
        for run_id, _ in gone.runs:
            session.runs().restore(run_id)

    if attempt(each):
        runs_list.select(*(run_id for run_id, _ in gone.runs))

"""The right side of a page: the run being looked at, an opened file, or the saved run."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import Markup, draw, say, sentence, tag
from pages.components.form import from_run, saved_runs
from pages.components.form.fields import FORMS, Form
from pages.components.result.continuing import came_from_a_file
from pages.components.result.result import origin_line, result
from pages.components.result.run_panel import live_panel, unfinished_panel
from pages.components.result.welcome import welcome, what_to_see

_INPUTS = {session.TEXT: "text", session.IMAGE: "picture"}


def on_screen(page: str, form: Form, read: Callable[[], Form], saved_says: str, headline: str, invitation: str) -> None:
    """Draw what the visitor looks at.

    Args:
        page: `session.TEXT` or `session.IMAGE`.
        form: what the form beside it says.
        read: the form at the moment of a click.
        saved_says: where the saved run comes from.
        headline, invitation: shown where there is no saved run either.
    """
    run, run_id = session.current_run(page)
    opened = session.opened(page)
    name = run.id if run is not None else "opened" if opened is not None else session.saved_shown(page)
    session.note_on_screen(page, name)
    st.html(f"<style>:root {{ --spex-own: 'Your own {_INPUTS[page]}'; }}</style>")
    top, note = st.container(), st.container()  # always there: what follows keeps its place
    if run is None and opened is None:
        with top:
            welcome(f"{name}-picture" if page == session.IMAGE and name == "saved" else name)
    if not from_run.belongs(page, FORMS[page], form.request) and not (run is not None and run.live):
        with note:
            _stale(page, read)
    if run is not None and run.name:
        draw(tag("h2", run.name, class_="spex-title spex-run-name"))
    if run is not None and run.live:
        live_panel(run)
    elif run is not None:
        if run.state != "done" or run.explanation is None:
            unfinished_panel(run)
        if run.explanation is not None:
            result(run.explanation, name=run.id, run=run, origin=_imported(run.id))
    elif opened is not None:
        origin = origin_line("Opened file", opened.name, ". Nothing was run to show it.")
        result(opened.explanation, name="opened", origin=origin)
    else:
        if run_id is not None:
            why = session.runs().why_not_read(run_id) or "the run in the address is not known here any more"
            say(f"{sentence(why)} This is the saved run.", "warning")
        saved = saved_runs.on_page(page)
        if saved is not None:
            says = saved_says if name == "saved" else f"{what_to_see(name)} Computed earlier by this app.".strip()
            result(saved, name=name, origin=origin_line("Saved run", says))
        else:
            draw(tag("h2", headline), tag("p", invitation, class_="spex-say"))


def _stale(page: str, read: Callable[[], Form]) -> None:
    """Above a result that answers another question than the form asks, which app.css dims: the two ways on."""
    fields = FORMS[page]
    with st.container(key="stale-result", horizontal=True, vertical_alignment="center"):
        say("This result answers another question than the form asks now.", "notice")
        st.button("Explain what the form asks", key="stale_go", type="primary", on_click=fields.start_run, args=(read,))
        st.button("Fill the form with this result", key="stale_back", on_click=from_run.fill_again, args=(fields,))


def _imported(run_id: str) -> Markup | None:
    """Whose word an imported run is."""
    if not came_from_a_file(run_id):
        return None
    return origin_line("Imported run", "Its values are what its sender wrote down; nothing was run here to check them.")

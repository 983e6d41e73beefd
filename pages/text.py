"""The Text page: a form on the left, the run or its result on the right."""

import streamlit as st

from pages.components import session
from pages.components.form import draw_form
from pages.components.opening import open_saved
from pages.components.plain import draw, say, tag
from pages.components.result import origin_line, result
from pages.components.run_panel import failed_panel, live_panel

with st.sidebar:
    draw_form()
    open_saved()

run, run_id = session.current_run()
opened = session.opened()
saved = session.saved_run()

if run is not None and run.live:
    live_panel(run)
elif run is not None and run.explanation is not None:
    result(run.explanation, name=run.id, run=run)
elif run is not None:
    failed_panel(run)
elif opened is not None:
    result(
        opened.explanation,
        name="opened",
        origin=origin_line("Opened file", opened.name, ". Nothing was run to show it."),
    )
else:
    if run_id is not None:
        say("The run in the address is not known here any more. This is the saved run.", "warning")
    if saved is not None:
        result(
            saved,
            name="saved",
            origin=origin_line(
                "Saved run", "Computed earlier by this app with its embedded model. Press Explain for your own text."
            ),
        )
    else:
        draw(
            tag("h2", "Which words together made the model say that?"),
            tag("p", "Pick an example or paste a text on the left, then press Explain.", class_="spex-say"),
        )

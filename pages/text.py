"""The Text page: a form on the left, the run or its result on the right."""

import streamlit as st

from pages.components.common.cold_start import through_app
from pages.components.common.session import TEXT
from pages.components.form.text import draw_form, read_form
from pages.components.result.on_screen import on_screen
from pages.components.result.opening import open_saved

through_app()

with st.sidebar:
    form = draw_form()
    open_saved(TEXT)

on_screen(
    TEXT,
    form,
    read_form,
    saved_says="Computed earlier by this app. Press Explain for your own text.",
    headline="Which words together made the model say that?",
    invitation="Pick an example or paste a text on the left, then press Explain.",
)

"""The Image page: a picture and what is explained of it; the run or its result on the right."""

import streamlit as st

from pages.components.common.cold_start import through_app
from pages.components.common.session import IMAGE
from pages.components.form.picture import draw_form, read_form
from pages.components.result.on_screen import on_screen
from pages.components.result.opening import open_saved

through_app()

with st.sidebar:
    form = draw_form()
    open_saved(IMAGE)

on_screen(
    IMAGE,
    form,
    read_form,
    saved_says="Computed earlier by this app with its embedded model, from a photograph by Rachel Michetti (CC0). "
    "Upload one of your own on the left.",
    headline="Which patches of the picture together made the model say that?",
    invitation="Pick a picture or upload one on the left, choose what to explain, then press Explain.",
)

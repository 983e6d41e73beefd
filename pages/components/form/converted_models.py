"""What converted models take on the disk, and the way to be rid of them."""

from __future__ import annotations

import streamlit as st

from pages.components.common.markup import say, sentence
from spex_core.errors import ModelError
from spex_core.models.base import Backend
from spex_core.models.gguf.cache import clear, converted_root, copies
from spex_core.models.gguf.conversion import disk_size

READERS = ("hf-causal-lm", "smollm2")
_SAID = "converted_said"


def converted_models(model: type[Backend]) -> None:
    """The line and its button, beside the models that are kept converted; nothing where none is."""
    if model.name not in READERS:
        return
    found = copies()
    if found:
        size = disk_size(sum(copy.size for copy in found))
        say(f"Converted models: {size} in {converted_root()}: {', '.join(copy.name for copy in found)}.")
        st.button(
            "Clear converted models",
            key="clear_converted",
            help="Each is converted again at its next use; a model that is loaded stays loaded.",
            on_click=_clear,
        )
    said = st.session_state.pop(_SAID, None)
    if said is not None:
        say(*said)


def _clear() -> None:
    try:
        st.session_state[_SAID] = (f"{disk_size(clear())} are free again.", "notice")
    except ModelError as error:
        st.session_state[_SAID] = (sentence(error), "error")

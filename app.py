"""SPEX Explorer: `streamlit run app.py` (or `make run`)."""

import streamlit as st

from pages.components.common.door import arrive, let_in
from pages.components.common.session import IMAGE, TEXT
from pages.components.common.session_lock import share_session_lock
from pages.components.result.elsewhere import elsewhere
from spex_core.plugins import ASSETS

WEB = ASSETS / "web"

share_session_lock()
arrive()
st.set_page_config(
    page_title="SPEX Explorer",
    page_icon=str(WEB / "favicon.png"),
    layout="wide",
    initial_sidebar_state=320,
    menu_items={"About": "Which words, or which patches of a picture, together made a model say that?"},
)
st.html(WEB / "app.css")
theme = "dark" if st.context.theme.type == "dark" else "light"
st.logo(str(WEB / f"logo-{theme}.svg"), size="medium")
allowed = let_in()
page = st.navigation(
    [
        st.Page("pages/text.py", title="Text", default=True),
        st.Page("pages/image.py", title="Image"),
        st.Page("pages/compare.py", title="Compare"),
        st.Page("pages/faithfulness.py", title="Faithfulness"),
        st.Page("pages/runs.py", title="Runs"),
        st.Page("pages/learn.py", title="Learn"),
    ],
    position="top" if allowed else "hidden",
)
if allowed:
    elsewhere({"": TEXT, "image": IMAGE}.get(page.url_path))
    page.run()

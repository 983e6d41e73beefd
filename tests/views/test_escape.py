import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.views.style import plotly_label


@pytest.mark.parametrize("text", ["<b>bold</b>", "<a href='x'>y</a>", "<br>", "a & b", "$x^2$", "&lt;"])
def test_nothing_that_plotly_interprets_is_left(text):
    label = plotly_label(text)
    assert not set(label) & set("<>$")
    assert html.unescape(label) == text


@settings(deadline=None)
@given(st.text())
def test_the_visible_characters_survive_on_one_line(text):
    label = plotly_label(text)
    assert not set(label) & set("<>$\n\r")
    shown = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    assert html.unescape(label) == html.unescape(" ".join(shown.split())) or "&" in text

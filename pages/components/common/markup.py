"""The one place where text meets markup: whatever is not `Markup` is escaped."""

from __future__ import annotations

from html import escape
from typing import Literal

import streamlit as st


class Markup(str):
    """HTML that `tag` built; a plain string is never taken for it."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: str) -> Markup:
    """An HTML element. Children that are not `Markup` are shown as plain text; `class_` stands for class."""
    written = "".join(f' {key.rstrip("_")}="{escape(value, quote=True)}"' for key, value in attributes.items())
    inner = "".join(child if isinstance(child, Markup) else escape(str(child)) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def draw(*elements: Markup, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put elements on the page, as wide as what holds them or, with "content", as themselves."""
    st.html("".join(elements), width=width)


def sentence(text: object) -> str:
    """An error's words as a sentence: a capital in front, a full stop behind."""
    words = str(text)
    return f"{words[:1].upper()}{words[1:]}."


def say(text: object, kind: str = "hint") -> None:
    """One paragraph of plain text; kinds "hint", "notice", "warning" and "error" are styled in app.css."""
    role = {"role": "alert"} if kind == "error" else {}
    draw(tag("p", text, class_=f"spex-say spex-{kind}", **role))

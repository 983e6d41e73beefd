"""The one place where a person's text is made safe for Plotly labels.

Plotly reads ``<b>``, ``<a href>`` and entities in every label and typesets ``$...$``; text from an input
must reach the screen as it is. (The browser component needs none of this: it writes text nodes only.)
"""

from __future__ import annotations

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}


def plotly_label(text: str) -> str:
    """`text` as a Plotly label that shows exactly its visible characters, on one line."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text).split())
    return "".join(_ENTITIES.get(character, character) for character in line)

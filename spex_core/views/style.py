"""What the charts of the Faithfulness page share: axes, letters and lines that read on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spex_core.views.palette import palette

MINUS = "\u2212"
FONT = '"Source Sans", sans-serif'


@dataclass(frozen=True)
class LineStyle:
    """How one of several lines is told from the others: by colour, dash and symbol."""

    colour: str
    dash: str
    symbol: str


_LIGHT = ("#3355cc", "#b5402a", "#2a7d4f", "#7a4fb5", "#8a5300", "#5b6577")
_DARK = ("#8fa8ff", "#ff8f73", "#6fcf97", "#c9a6ff", "#f2c46d", "#9aa4b5")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "solid")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def line(number: int, dark: bool) -> LineStyle:
    """The style of line `number`, counted from 0."""
    at = number % len(_LIGHT)
    return LineStyle((_DARK if dark else _LIGHT)[at], _DASHES[at], _SYMBOLS[at])


def framed(figure: Any, *, x: str, y: str, dark: bool, height: int = 340, legend: bool = False) -> Any:
    """Give a figure the page's letters, faint grid and titles; returns it.

    Args:
        figure: a Plotly figure.
        x, y: titles of the axes, plain text.
        dark: whether the page is.
        height: pixels.
        legend: whether the names of the traces are listed above.
    """
    colours = palette(dark)
    axis = {
        "gridcolor": colours.grid,
        "zerolinecolor": colours.grid,
        "linecolor": colours.grid,
        "fixedrange": True,  # a finger that scrolls the page does not zoom
        "automargin": True,
    }
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "family": FONT, "size": 13},
        height=height,
        margin={"l": 10, "r": 14, "t": 44 if legend else 14, "b": 10},
        showlegend=legend,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"bgcolor": colours.background, "font": {"color": colours.text}, "bordercolor": colours.grid},
        dragmode=False,
        bargap=0.35,
    )
    small = {"size": 13}
    figure.update_xaxes(title={"text": plotly_label(x), "font": small}, **axis)
    figure.update_yaxes(title={"text": plotly_label(y), "font": small}, **axis)
    return figure


def number(value: float, digits: int = 2) -> str:
    """A number with a true minus, rounded; never "−0.00"."""
    text = f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}


def plotly_label(text: str) -> str:
    """`text` as a Plotly label that shows exactly its visible characters, on one line.

    Plotly reads ``<b>``, ``<a href>`` and entities in every label and typesets ``$...$``; text from an input must reach
    the screen as it is. (The browser components need none of this: they write text nodes only.)
    """
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text).split())
    return "".join(_ENTITIES.get(character, character) for character in line)

"""Colours of the figures: one diverging pair that survives colour-blindness, light and dark.

Colour never stands alone: every view doubles it by a sign, a shape or a dash.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Hex colours for one theme.

    Attributes:
        positive: raises the output.
        negative: lowers it.
        text: labels and neutral marks.
        background: page.
        grid: faint lines.
    """

    positive: str
    negative: str
    text: str
    background: str
    grid: str


_LIGHT = Palette("#b5402a", "#1f6fb5", "#1a202c", "#ffffff", "#dfe3ea")
_DARK = Palette("#ff8f73", "#6bb3ff", "#e8ebf1", "#14171f", "#343a46")


def palette(dark: bool) -> Palette:
    """The colours for a dark or a light page."""
    return _DARK if dark else _LIGHT

"""Horizontal bars with names at their left: R² of methods with their intervals, changes predicted and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spex_core.views.curves import FLOOR
from spex_core.views.labels import signed
from spex_core.views.palette import palette
from spex_core.views.style import framed, line, number, plotly_label

_ROW = 30  # pixels


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        name: what stands at its left, plain text; unique.
        value: its length.
        low, high: ends of an interval, equal to `value` where there is none.
        strong: whether it is the one that the page is about.
    """

    name: str
    value: float
    low: float
    high: float
    strong: bool = False


def r2_figure(bars: Sequence[Bar], *, dark: bool = False) -> Any:
    """R² by method, best first; below `FLOOR` a bar is cut, its number is not."""
    import plotly.graph_objects as go

    ranked = sorted(bars, key=lambda bar: bar.value)  # Plotly counts from below
    style, muted = line(0, dark), line(5, dark)
    drawn = [max(FLOOR, bar.value) for bar in ranked]
    figure = go.Figure(
        go.Bar(
            y=[plotly_label(bar.name) for bar in ranked],
            x=drawn,
            orientation="h",
            marker={
                "color": [style.colour if bar.strong else muted.colour for bar in ranked],
                "pattern": {"shape": ["" if bar.strong else "/" for bar in ranked], "solidity": 0.15},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(0.0, bar.high - at) for bar, at in zip(ranked, drawn, strict=True)],
                "arrayminus": [max(0.0, at - max(FLOOR, bar.low)) for bar, at in zip(ranked, drawn, strict=True)],
                "thickness": 1.5,
                "color": palette(dark).text,
            },
            text=[number(bar.value, 3) for bar in ranked],
            hovertemplate="%{y}: R² %{text}<extra></extra>",
            textposition="none",
        )
    )
    framed(figure, x="R² on the same unseen masks", y="", dark=dark, height=90 + _ROW * len(bars))
    least = min((at for at in drawn), default=0.0)
    figure.update_xaxes(range=[min(0.0, least) - (0.02 if least < 0 else 0.0), 1.02])
    return figure


def change_figure(
    names: Sequence[str], predicted: Sequence[float], real: Sequence[float | None], unit: str, *, dark: bool = False
) -> Any:
    """How much each method says the output changes, and how much it did, side by side; None for what was not asked."""
    import plotly.graph_objects as go

    scale = max((abs(value) for value in (*predicted, *real) if value is not None), default=1.0)
    figure = go.Figure()
    for word, values, pattern in (("predicted", predicted, "/"), ("model", real, "")):
        if all(value is None for value in values):
            continue
        style = line(0 if word == "model" else 5, dark)
        figure.add_trace(
            go.Bar(
                name=word,
                y=[plotly_label(name) for name in names],
                x=list(values),
                orientation="h",
                marker={"color": style.colour, "pattern": {"shape": pattern, "solidity": 0.15}},
                text=["" if value is None else signed(value, scale) for value in values],
                textposition="none",
                hovertemplate=f"%{{y}}, {word}: %{{text}}<extra></extra>",
            )
        )
    framed(figure, x=f"change of the output ({unit})", y="", dark=dark, height=110 + 2 * 20 * len(names), legend=True)
    figure.update_layout(barmode="group")
    figure.update_yaxes(autorange="reversed")
    return figure

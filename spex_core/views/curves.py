"""Lines over a rising number: R² by budget, by interactions kept, recovery by r, change by features removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spex_core.views.style import framed, line, number, plotly_label

FLOOR = -0.25
"""R² below which a line leaves the picture: how much worse than the mean is of no interest."""

_MOST_MARKERS = 30
_MOST_TICKS = 12


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        name: what the legend says, plain text.
        x, y: its points, rising in x.
        low, high: ends of an interval around each point, empty where there is none.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def curves_figure(
    curves: Sequence[Curve],
    *,
    x: str,
    y: str,
    logarithmic: bool = False,
    bounds: tuple[float, float] | None = None,
    dark: bool = False,
    height: int = 340,
) -> Any:
    """The lines in one figure, with a legend where there are several; what is below the bounds lies on their edge.

    Args:
        curves: the lines, in order of the legend.
        x, y: titles of the axes, plain text.
        logarithmic: whether x is drawn so; where there are few points, they carry the ticks.
        bounds: smallest and largest y to be drawn, None for what the lines need.
        dark: whether the page is.
        height: pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for position, curve in enumerate(curves):
        style = line(position, dark)
        drawn = [max(value, bounds[0]) for value in curve.y] if bounds else list(curve.y)
        interval = {}
        if curve.low:
            interval["error_y"] = {
                "type": "data",
                "symmetric": False,
                "array": [max(0.0, high - at) for at, high in zip(drawn, curve.high, strict=True)],
                "arrayminus": [max(0.0, at - low) for at, low in zip(drawn, curve.low, strict=True)],
                "color": style.colour,
                "thickness": 1.2,
            }
        figure.add_trace(
            go.Scatter(
                name=plotly_label(curve.name),
                x=list(curve.x),
                y=drawn,
                cliponaxis=False,
                mode="lines+markers" if len(curve.x) <= _MOST_MARKERS else "lines",
                line={"color": style.colour, "dash": style.dash, "width": 2},
                marker={"symbol": style.symbol, "size": 8, "color": style.colour},
                text=[number(value, 3) for value in curve.y],
                hovertemplate=f"{plotly_label(curve.name)}<br>%{{x:,}}: %{{text}}<extra></extra>",
                **interval,
            )
        )
    framed(figure, x=x, y=y, dark=dark, height=height, legend=len(curves) > 1)
    if logarithmic:
        ticks = sorted({at for curve in curves for at in curve.x})
        if len(ticks) > _MOST_TICKS:
            ticks = [10**power for power in range(7) if ticks[0] <= 10**power <= ticks[-1]]
        figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{at:,.0f}" for at in ticks])
    if bounds is not None:
        figure.update_yaxes(range=list(bounds))
    return figure


def r2_bounds(values: Sequence[float]) -> tuple[float, float]:
    """The stretch of R² that shows these values: up to 1, down to the least of them or `FLOOR`."""
    least = min((value for value in values), default=0.0)
    return (max(FLOOR, min(0.0, least - 0.03)) if least < 0.3 else max(0.0, least - 0.15)), 1.02

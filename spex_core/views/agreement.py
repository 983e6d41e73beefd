"""Where an explanation is right and where it is off: predicted against actual, and what is left by hidden features."""

from __future__ import annotations

from typing import Any

import numpy as np

from spex_core.trust.diagnosis import Predictions, Residuals
from spex_core.views.labels import signed
from spex_core.views.palette import palette
from spex_core.views.style import framed, line

MOST_POINTS = 2000
"""Masks drawn; more would only slow the browser down."""


def agreement_figure(found: Predictions, unit: str, *, dark: bool = False) -> Any:
    """A point per mask and the line on which both agree; at most `MOST_POINTS`, evenly chosen."""
    import plotly.graph_objects as go

    predicted, actual = found.predicted, found.actual
    rows = np.arange(len(actual))
    if len(rows) > MOST_POINTS:
        rows = np.linspace(0, len(actual) - 1, MOST_POINTS).astype(int)
    ends = [float(min(predicted.min(), actual.min())), float(max(predicted.max(), actual.max()))]
    style = line(0, dark)
    figure = go.Figure(
        [
            go.Scatter(
                x=ends,
                y=ends,
                mode="lines",
                line={"color": palette(dark).text, "width": 1, "dash": "dot"},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=predicted[rows].tolist(),
                y=actual[rows].tolist(),
                mode="markers",
                marker={"color": style.colour, "size": 6, "opacity": 0.55},
                text=[f"{hidden} hidden" for hidden in found.hidden[rows].tolist()],
                hovertemplate="predicted %{x:.3g}<br>model %{y:.3g}<br>%{text}<extra></extra>",
            ),
        ]
    )
    return framed(figure, x=f"predicted ({unit})", y=f"what the model said ({unit})", dark=dark, height=380)


def residual_figure(found: Residuals, unit: str, nouns: str, *, dark: bool = False) -> Any:
    """Mean error and one standard deviation each way by how much was hidden.

    Args:
        found: the errors by bin.
        unit: of the output.
        nouns: what features are called, e.g. "words".
        dark: whether the page is.
    """
    import plotly.graph_objects as go

    style = line(0, dark)
    means, deviations = found.mean.tolist(), found.deviation.tolist()
    scale = max((abs(mean) + deviation for mean, deviation in zip(means, deviations, strict=True)), default=1.0)
    hidden = [_range(*ends) for ends in zip(found.fewest.tolist(), found.most.tolist(), strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=hidden,
            y=means,
            error_y={"type": "data", "array": deviations, "color": style.colour, "thickness": 1.5},
            mode="markers",
            marker={"color": style.colour, "size": 8},
            text=[
                f"{count:,} mask{'s' if count != 1 else ''} with {name} hidden: {signed(mean, scale)}, "
                f"give or take {signed(deviation, scale).lstrip('+')}"
                for name, mean, deviation, count in zip(hidden, means, deviations, found.count.tolist(), strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    framed(figure, x=f"{nouns} hidden", y=f"model less predicted ({unit})", dark=dark, height=380)
    figure.update_xaxes(type="category")
    figure.update_yaxes(zeroline=True, zerolinecolor=palette(dark).text)
    return figure


def _range(fewest: int, most: int) -> str:
    return f"{fewest}" if fewest == most else f"{fewest}–{most}"

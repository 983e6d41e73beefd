"""How much the interactions of each size push up and down, and how much of that cancels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.trust.diagnosis import Balance
from spex_core.views.labels import signed
from spex_core.views.palette import palette
from spex_core.views.style import framed, plotly_label


def balance_figure(found: Sequence[Balance], unit: str, toward: tuple[str, str], *, dark: bool = False) -> Any:
    """Sums of the positive and of the negative significant interactions by size, in one column each.

    Args:
        found: by size, rising.
        unit: of the output.
        toward: what a falling and a rising output mean.
        dark: whether the page is.
    """
    import plotly.graph_objects as go

    colours = palette(dark)
    scale = max((max(each.up, -each.down) for each in found), default=1.0)
    figure = go.Figure()
    for word, sums, colour, pattern in (
        (f"+ towards {toward[1]}", [each.up for each in found], colours.positive, ""),
        (f"− towards {toward[0]}", [each.down for each in found], colours.negative, "/"),
    ):
        figure.add_trace(
            go.Bar(
                name=plotly_label(word),
                x=[str(each.order) for each in found],
                y=sums,
                marker={"color": colour, "pattern": {"shape": pattern}},
                text=[signed(value, scale) for value in sums],
                textposition="none",
                hovertemplate="size %{x}: %{text}<extra></extra>",
            )
        )
    framed(figure, x="size of the group", y=f"sum of the interactions ({unit})", dark=dark, legend=True)
    figure.update_layout(barmode="relative")
    figure.update_xaxes(type="category")
    figure.update_yaxes(zeroline=True, zerolinecolor=colours.text)
    return figure

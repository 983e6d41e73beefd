"""Energy by order and sign: how much of the output's variation comes from groups of each size."""

from __future__ import annotations

from typing import Any

from spex_core.views.nothing import no_effect
from spex_core.views.palette import palette
from spex_core.views.shown import Shown
from spex_core.views.style import plotly_label


def energy(shown: Shown) -> dict[str, Any]:
    """Plain data: the variance over uniform masks that the listed terms explain, split by order and sign.

    By Parseval the squared Fourier coefficients of order >= 1 add up to that variance; those that are not
    significant do not count. The sign is that of the Banzhaf interaction, (-2)^|S| F(S): positive where keeping the
    group together raises the output.

    Returns:
        ``orders``: list of order, positive, negative (variances), rising; ``total``: their sum.
    """
    split: dict[int, list[float]] = {}
    for term in shown.terms:
        raises = (term.value > 0) == (term.order % 2 == 0)
        split.setdefault(term.order, [0.0, 0.0])[0 if raises else 1] += term.value**2
    orders = [{"order": o, "positive": split[o][0], "negative": split[o][1]} for o in sorted(split)]
    return {"orders": orders, "total": sum(sum(pair) for pair in split.values())}


def energy_figure(shown: Shown, *, dark: bool = False) -> Any:
    """`energy` as a Plotly bar chart: shares in per cent, positive up, negative down; a sentence where all is 0."""
    import plotly.graph_objects as go

    data = energy(shown)
    total = data["total"] or 1.0
    colours = palette(dark)
    names = [str(entry["order"]) for entry in data["orders"]]
    falling, rising = shown.explanation.toward
    figure = go.Figure()
    for key, sign, word, colour, pattern in (
        ("positive", 1, rising, colours.positive, ""),
        ("negative", -1, falling, colours.negative, "/"),
    ):
        figure.add_trace(
            go.Bar(
                name=f"{'+' if sign > 0 else '−'} towards {plotly_label(word)}",
                x=names,
                y=[sign * 100 * entry[key] / total for entry in data["orders"]],
                marker={"color": colour, "pattern": {"shape": pattern}},
                hovertemplate="order %{x}: %{y:.1f} %<extra></extra>",
            )
        )
    figure.update_layout(
        barmode="relative",
        paper_bgcolor=colours.background,
        plot_bgcolor=colours.background,
        font={"color": colours.text},
        xaxis={"title": "order (size of the group)", "type": "category"},
        yaxis={
            "title": "share of the variance that is listed (%)",
            "gridcolor": colours.grid,
            "zerolinecolor": colours.text,
        },
        legend={"orientation": "h", "y": 1.12},
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
    )
    if not data["orders"]:
        figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, showlegend=False)
        figure.add_annotation(text=plotly_label(no_effect(shown.explanation)), x=0.5, y=0.5, showarrow=False)
    return figure

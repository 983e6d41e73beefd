"""Energy by order and sign: how much of the output's variation comes from groups of each size."""

from __future__ import annotations

from typing import Any

from spex_core.explanation import Explanation
from spex_core.views.escape import plotly_label
from spex_core.views.palette import palette


def energy(explanation: Explanation) -> dict[str, Any]:
    """Plain data: the variance of the explained function over uniform masks, split by order and sign.

    By Parseval the squared Fourier coefficients of order >= 1 add up to that variance. The sign is that of the
    Banzhaf interaction, (-2)^|S| F(S): positive where keeping the group together raises the output.

    Returns:
        ``orders``: list of order, positive, negative (variances), rising; ``total``: their sum.
    """
    split: dict[int, list[float]] = {}
    spectrum = explanation.spectrum
    for support, coefficient in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True):
        if support:
            raises = (coefficient > 0) == (len(support) % 2 == 0)
            split.setdefault(len(support), [0.0, 0.0])[0 if raises else 1] += coefficient**2
    orders = [{"order": o, "positive": split[o][0], "negative": split[o][1]} for o in sorted(split)]
    return {"orders": orders, "total": sum(sum(pair) for pair in split.values())}


def energy_figure(explanation: Explanation, *, dark: bool = False) -> Any:
    """`energy` as a Plotly bar chart: shares in per cent, positive up, negative down."""
    import plotly.graph_objects as go

    data = energy(explanation)
    total = data["total"] or 1.0
    colours = palette(dark)
    names = [str(entry["order"]) for entry in data["orders"]]
    falling, rising = explanation.toward
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
        yaxis={"title": "share of explained variance (%)", "gridcolor": colours.grid, "zerolinecolor": colours.text},
        legend={"orientation": "h", "y": 1.12},
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
    )
    return figure

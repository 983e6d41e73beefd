"""The interaction graph: features on one side, groups on the other, an edge for each membership.

Bipartite, because an edge between two words cannot show that three act together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spex_core.explanation.result import Explanation
from spex_core.views.labels import short, signed
from spex_core.views.nothing import no_effect, no_group
from spex_core.views.palette import palette
from spex_core.views.ranking import ranking
from spex_core.views.style import plotly_label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_GROUPS = 20


def graph(rows: Sequence[dict[str, Any]], most: int = MOST_GROUPS) -> dict[str, Any]:
    """Layout of the strongest `most` groups of a ranking.

    Features keep the reading order; each group sits near the middle of its members, as far as the other
    groups leave room (one barycentre sweep), which keeps crossings few.

    Returns:
        ``features``: ``[position, y]``; ``groups``: ``[number, y]``; both with y in [0, 1], top to bottom.
    """
    groups = [row for row in rows if row["order"] > 1][:most]
    members = sorted({feature for row in groups for feature in row["features"]})
    place = {feature: _spread(at, len(members)) for at, feature in enumerate(members)}
    middle = {row["number"]: sum(place[f] for f in row["features"]) / row["order"] for row in groups}
    ordered = sorted(middle, key=lambda number: (middle[number], number))
    return {
        "features": [[feature, place[feature]] for feature in members],
        "groups": [[number, _spread(at, len(ordered))] for at, number in enumerate(ordered)],
    }


def _spread(at: int, count: int) -> float:
    return (at + 0.5) / count


def graph_figure(explanation: Explanation, index: str = "FBII", order: int | None = None, *, dark: bool = False) -> Any:
    """The graph as a Plotly figure, for notebooks and exports.

    Args:
        explanation: what to draw.
        index: interaction index, see `Explanation.interactions`.
        order: largest order of the index.
        dark: colours for a dark page.
    """
    import plotly.graph_objects as go

    rows = ranking(explanation, index, order)["rows"]
    layout = graph(rows)
    colours = palette(dark)
    by_number = {row["number"]: row for row in rows if row["number"]}
    y_feature = dict(layout["features"])
    figure = go.Figure()
    for number, y in layout["groups"]:
        figure.add_trace(_edges(by_number[number], y, y_feature, colours))
    figure.add_trace(
        go.Scatter(
            x=[0.0] * len(y_feature),
            y=list(y_feature.values()),
            text=[plotly_label(short(explanation.features[f])) for f in y_feature],
            mode="markers+text",
            textposition="middle left",
            marker={"size": 9, "color": colours.text},
            hoverinfo="text",
        )
    )
    shown = [by_number[number] for number, _ in layout["groups"]]
    largest = max((abs(row["value"]) for row in shown), default=1.0)
    figure.add_trace(
        go.Scatter(
            x=[1.0] * len(shown),
            y=[y for _, y in layout["groups"]],
            text=[f"{row['number']}  {signed(row['value'], largest)}" for row in shown],
            mode="markers+text",
            textposition="middle right",
            marker={
                "size": [8 + 16 * (abs(row["value"]) / largest) ** 0.5 for row in shown],
                "color": [colours.signed(row["value"]) for row in shown],
                "symbol": ["circle" if row["value"] > 0 else "square" for row in shown],
            },
            hoverinfo="text",
        )
    )
    height = 120 + 26 * max(len(y_feature), len(shown), 1)
    figure.update_layout(
        showlegend=False,
        height=height,
        margin={"l": 20, "r": 20, "t": 30, "b": 20},
        paper_bgcolor=colours.background,
        plot_bgcolor=colours.background,
        font={"color": colours.text},
        xaxis={"visible": False, "range": [-0.8, 1.5]},
        yaxis={"visible": False, "range": [1, 0]},
    )
    if not shown:
        says = plotly_label(no_group(explanation, order) if rows else no_effect(explanation))
        figure.add_annotation(text=says, x=0.5, y=0.5, showarrow=False)
    return figure


def _edges(row: dict[str, Any], y: float, y_feature: dict[int, float], colours: Any) -> go.Scatter:
    import plotly.graph_objects as go

    xs: list[float | None] = []
    ys: list[float | None] = []
    for feature in row["features"]:
        xs += [0.0, 1.0, None]
        ys += [y_feature[feature], y, None]
    line = {"color": colours.signed(row["value"]), "width": 1.5, "dash": "solid" if row["value"] > 0 else "dash"}
    return go.Scatter(x=xs, y=ys, mode="lines", line=line, opacity=0.7, hoverinfo="skip")

"""What the explanation is made of: energy by order and sign, and how much interactions of each size cancel."""

from __future__ import annotations

import streamlit as st

from pages.components.common.markup import say
from pages.components.faithfulness.case import Case
from pages.components.faithfulness.pieces import chart, dark, heading, table
from spex_core.errors import ExpansionError
from spex_core.trust.diagnosis import Balance, balance_by_order
from spex_core.views.balance import balance_figure
from spex_core.views.energy import energy, energy_figure
from spex_core.views.labels import signed
from spex_core.views.nothing import no_effect
from spex_core.views.shown import Shown
from spex_core.views.style import framed


def structure_tab(about: Case) -> None:
    """Two charts and a table; all of it from the result alone."""
    explanation = about.explanation
    shown = Shown(explanation)
    if not energy(shown)["orders"]:
        say(no_effect(explanation))
        return
    left, right = st.columns(2, gap="large")
    with left:
        heading(
            "Energy by order and sign",
            "How much of the output's variation comes from groups of each size. Much beyond size 1: a list of "
            "important single features would mislead you.",
        )
        figure = framed(
            energy_figure(shown, dark=dark()),
            x="size of the group (order)",
            y="share of the listed variance (%)",
            dark=dark(),
            legend=True,
        )
        chart(figure, "energy-chart", "Share of the variance by order and sign")
    try:
        found = balance_by_order(explanation.interactions("FBII"))
    except ExpansionError as error:
        say(error, "warning")
        return
    with right:
        heading(
            "Balance by size",
            "Sums of the significant Faith-Banzhaf interactions that raise and that lower the output. Where both are "
            "large they cancel: the output hides what goes on inside.",
        )
        chart(
            balance_figure(found, explanation.value_unit, explanation.toward, dark=dark()),
            "balance-chart",
            "Sums of positive and negative interactions by size",
        )
    scale = max((max(each.up, -each.down) for each in found), default=1.0)
    head = ("Size", "Found", "Significant", "Positive", "Negative", "Sum up", "Sum down", "Cancels")
    rows = [_row(each, scale) for each in found]
    table(head, rows, key="balance-table", numbers=range(8))


def _row(each: Balance, scale: float) -> tuple[object, ...]:
    counts = (each.order, f"{each.count:,}", f"{each.significant:,}", f"{each.positive:,}", f"{each.negative:,}")
    return (*counts, signed(each.up, scale), signed(each.down, scale), f"{100 * each.cancels:.0f} %")

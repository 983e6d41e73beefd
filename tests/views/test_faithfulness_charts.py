"""The charts of the Faithfulness page: what they draw, in both themes, with a stranger's text as text."""

import numpy as np
import pytest

from spex_core.trust.diagnosis import Balance, Predictions, Residuals
from spex_core.views.agreement import MOST_POINTS, agreement_figure, residual_figure
from spex_core.views.balance import balance_figure
from spex_core.views.bars import Bar, change_figure, r2_figure
from spex_core.views.curves import FLOOR, Curve, curves_figure, r2_bounds
from spex_core.views.marking import marking
from spex_core.views.patches import group
from spex_core.views.style import line, number

NASTY = "<b>x</b>"


def _predictions(count):
    values = np.linspace(-1.0, 1.0, count)
    return Predictions(values, values**3, np.arange(count) % 5, 0.5)


@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_has_the_colours_of_the_page_and_no_zoom(dark):
    bins = Residuals(*(np.array([2, 5]), np.array([2, 8]), np.array([3, 1])), *([np.array([0.1, -0.2])] * 3))
    figures = [
        agreement_figure(_predictions(3), "log-odds", dark=dark),
        residual_figure(bins, "log-odds", "words", dark=dark),
        balance_figure([Balance(1, 3, 2, 1, 1, 1.0, -0.5, 2 / 3)], "log-odds", (NASTY, "up"), dark=dark),
        r2_figure([Bar(NASTY, 0.5, 0.4, 0.6)], dark=dark),
        change_figure([NASTY], [0.5], [None], "log-odds", dark=dark),
        curves_figure([Curve(NASTY, [1, 2], [0.1, 0.2]), Curve("b", [1], [0.3])], x="r", y="R²", dark=dark),
    ]
    for figure in figures:
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color == ("#e8ebf1" if dark else "#1a202c")
        assert figure.layout.xaxis.fixedrange
        assert figure.layout.yaxis.fixedrange
        assert "<b>" not in figure.to_json()


def test_every_mask_is_drawn_up_to_a_limit():
    assert len(agreement_figure(_predictions(7), "x").data[1].x) == 7
    drawn = agreement_figure(_predictions(MOST_POINTS + 500), "x").data[1]
    assert len(drawn.x) == MOST_POINTS
    assert (drawn.x[0], drawn.x[-1]) == (-1.0, 1.0)


def test_bins_are_named_by_what_they_hold():
    bins = Residuals(*(np.array([2, 5]), np.array([2, 8]), np.array([3, 1])), *([np.array([0.1, -0.2])] * 3))
    figure = residual_figure(bins, "log-odds", "words")
    assert list(figure.data[0].x) == ["2", "5–8"]
    assert figure.data[0].text[1].startswith("1 mask with 5–8 hidden: −0.20")


def test_methods_are_ranked_and_a_very_low_r2_keeps_its_number():
    figure = r2_figure([Bar("a", 0.5, 0.4, 0.6, True), Bar("b", -30.0, -40.0, -20.0), Bar("c", 0.9, 0.8, 1.0)])
    bars = figure.data[0]
    assert list(bars.y) == ["b", "a", "c"]
    assert bars.x[0] == FLOOR
    assert bars.text[0] == "−30.000"
    assert min(bars.error_x.array) >= 0.0
    assert min(bars.error_x.arrayminus) >= 0.0


def test_what_was_not_asked_has_no_bar():
    assert [trace.name for trace in change_figure(["a", "b"], [1.0, 2.0], [None, None], "x").data] == ["predicted"]
    asked = change_figure(["a", "b"], [1.0, 2.0], [None, 1.5], "x")
    assert list(asked.data[1].x) == [None, 1.5]


def test_lines_are_told_apart_without_colour():
    looks = {(line(number, False).dash, line(number, False).symbol) for number in range(6)}
    assert len(looks) == 6


def test_a_line_below_the_bounds_lies_on_their_edge_and_keeps_its_number():
    bounds = r2_bounds([-3.0, 0.5])
    trace = curves_figure([Curve("a", [10, 20], [-3.0, 0.5])], x="passes", y="R²", bounds=bounds).data[0]
    assert list(trace.y) == [bounds[0], 0.5]
    assert trace.text[0] == "−3.000"


@pytest.mark.parametrize("values", [[], [0.99, 0.95], [0.4], [0.1, 0.9], [-5.0]])
def test_the_bounds_hold_what_is_worth_seeing(values):
    low, high = r2_bounds(values)
    assert FLOOR <= low < high
    assert all(low <= value <= high for value in values if value >= 0)


def test_many_points_get_few_ticks():
    figure = curves_figure([Curve("a", range(1, 500), [0.5] * 499)], x="terms", y="R²", logarithmic=True)
    assert list(figure.layout.xaxis.tickvals) == [1, 10, 100]
    assert figure.data[0].mode == "lines"


def test_numbers_have_a_true_minus_and_no_negative_zero():
    assert [number(-0.5), number(-0.001), number(1234.5, 1)] == ["−0.50", "0.00", "1,234.5"]


def test_equal_words_of_a_group_are_told_apart(explained):
    explanation = explained("not good not bad", {(0,): 1.0})
    assert group(explanation, (0, 1, 2)) == "not₁ · good · not₂"
    assert group(explanation, range(4), most=2) == "not₁ · good and 2 more"


def test_marking_holds_the_whole_input(explained, pictured):
    text = "Not  good,\nreally."
    data = marking(explained(text, {(0,): 1.0}), (1,), 3)
    parts = [part for pair in zip(data["gaps"], [*data["texts"], ""], strict=True) for part in pair]
    assert "".join(parts) == text
    assert (data["marks"], data["generation"], data["unit"], data["picture"]) == ([1], 3, "words", None)
    seen = marking(pictured({(0, 1): 0.5}), (), 0)
    assert (seen["picture"]["columns"], seen["picture"]["patches"]) == (4, 12)
    assert seen["names"][5] == "B2"

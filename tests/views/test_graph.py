from spex_core.views.graph import MOST_GROUPS, graph, graph_figure
from spex_core.views.ranking import ranking


def test_both_sides_are_spread_and_members_keep_the_reading_order(review):
    layout = graph(ranking(review, "Moebius", None)["rows"])
    assert [feature for feature, _ in layout["features"]] == [3, 4, 6]
    for side in layout.values():
        heights = [y for _, y in side]
        assert heights == sorted(heights)
        assert all(0 < y < 1 for y in heights)


def test_at_most_the_strongest_twenty(explained):
    ands = {(i, j): 1.0 + 0.01 * i for i in range(10) for j in range(i + 1, 10)}
    layout = graph(ranking(explained(" ".join("abcdefghij"), ands), "Moebius", None)["rows"])
    assert sorted(number for number, _ in layout["groups"]) == list(range(1, MOST_GROUPS + 1))


def test_the_figure_draws_an_edge_for_each_membership_and_escapes_labels(explained):
    figure = graph_figure(explained("<b>x</b> $y$ z", {(0, 1): 1.0, (0, 1, 2): -0.5}), "Moebius", dark=True)
    dashes = [trace.line.dash for trace in figure.data if trace.mode == "lines"]
    assert sorted(dashes) == ["dash", "solid"]
    assert sum(len(trace.x) for trace in figure.data if trace.mode == "lines") == 3 * 5
    assert "<" not in "".join(figure.data[-2].text)
    assert "$" not in "".join(figure.data[-2].text)


def test_the_figure_of_nothing_says_so(flat, explained):
    says = graph_figure(flat).layout.annotations[0].text
    assert says == "No effect found: hiding words did not change the output."
    single = graph_figure(explained("a b", {(0,): 1.0})).layout.annotations[0].text
    assert single.startswith("No group of words is significant")

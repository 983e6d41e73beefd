from spex_core.views.graph import MOST_GROUPS, graph
from spex_core.views.shown import Shown


def test_both_sides_are_spread_and_members_keep_the_reading_order(review):
    layout = graph(Shown(review, "Moebius").rows)
    assert [feature for feature, _ in layout["features"]] == [3, 4, 6]
    for side in layout.values():
        heights = [y for _, y in side]
        assert heights == sorted(heights)
        assert all(0 < y < 1 for y in heights)


def test_at_most_the_strongest_twenty(explained):
    ands = {(i, j): 1.0 + 0.01 * i for i in range(10) for j in range(i + 1, 10)}
    layout = graph(Shown(explained(" ".join("abcdefghij"), ands), "Moebius").rows)
    assert sorted(number for number, _ in layout["groups"]) == list(range(1, MOST_GROUPS + 1))

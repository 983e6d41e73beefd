from dataclasses import replace

import numpy as np

from spex_core.views.ranking import ranking
from spex_core.views.shown import MOST_ROWS, Shown


def test_groups_are_numbered_by_strength_and_singles_are_not(review):
    table = ranking(Shown(review, "Moebius"))
    values = [abs(row["value"]) for row in table["rows"]]
    assert values == sorted(values, reverse=True)
    assert [(row["number"], row["features"]) for row in table["rows"] if row["order"] > 1] == [
        (1, [3, 4]),
        (2, [3, 4, 6]),
    ]
    assert {row["number"] for row in table["rows"] if row["order"] == 1} == {0}
    assert (table["groups"], table["singles"], table["weak"]) == (2, 3, 0)


def test_rows_say_how_often_they_reappear_and_whether_that_is_enough(review):
    resampled = np.tile(review.spectrum.coefficients, (50, 1))
    resampled[:11, review.spectrum.supports.index((3, 4, 6))] = 0.0
    table = ranking(Shown(replace(review, resampled=resampled, _cache={}), "Moebius"))
    assert (table["resamples"], table["enough"]) == (50, 80)
    counts = {tuple(row["features"]): (row["reappears"], row["steady"]) for row in table["rows"]}
    assert counts[(3, 4, 6)] == (39, False)
    assert counts[(3, 4)] == (50, True)
    bare = ranking(Shown(review, "Moebius"))
    assert {(row["reappears"], row["steady"]) for row in bare["rows"]} == {(None, True)}
    assert bare["resamples"] == 0


def test_the_interval_holds_the_value(review):
    for row in ranking(Shown(review, "FBII"))["rows"]:
        assert row["low"] <= row["value"] <= row["high"]


def test_the_list_is_bounded_and_says_how_many_there_are(explained):
    ands = {(i, j): 1.0 + 0.01 * i + 0.001 * j for i in range(22) for j in range(i + 1, 22)}
    table = ranking(Shown(explained(" ".join("abcdefghijklmnopqrstuv"), ands), "Moebius"))
    assert sum(row["order"] > 1 for row in table["rows"]) == MOST_ROWS == 200
    assert table["groups"] == 231


def test_nothing_to_rank_for_a_constant(flat):
    assert ranking(Shown(flat, "FBII"))["rows"] == []


def test_what_hardly_reappears_is_counted_apart_and_has_no_number(review):
    resampled = np.tile(review.spectrum.coefficients, (50, 1))
    resampled[:26, review.spectrum.supports.index((3, 4, 6))] = 0.0
    shown = Shown(replace(review, resampled=resampled, _cache={}), "Moebius")
    table = ranking(shown)
    assert [(row["features"], row["number"]) for row in table["rows"] if row["weak"]] == [([3, 4, 6], 0)]
    assert table["rows"][-1]["weak"]
    assert (table["groups"], table["singles"], table["weak"]) == (1, 3, 1)
    assert [group.features for group in shown.groups] == [(3, 4)]

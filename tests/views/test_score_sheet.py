from spex_core.views.score_sheet import score_sheet
from spex_core.views.shown import Shown


def test_small_inputs_have_a_column_per_feature(review):
    assert score_sheet(Shown(review, "Moebius").rows, 7) == {"columns": list(range(7)), "numbers": [1, 2]}


def test_larger_inputs_show_only_what_takes_part_in_reading_order(long_text):
    sheet = score_sheet(Shown(long_text, "Moebius").rows, long_text.n_features)
    assert sheet["columns"] == [5, 7, 300, 301, 600, 610]


def test_rows_are_bounded(review):
    assert score_sheet(Shown(review, "Moebius").rows, 7, most=1)["numbers"] == [1]

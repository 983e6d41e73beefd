import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.explanation.result import Interaction
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.alignment import align, align_labels, mismatch
from spex_core.views.comparison import _REVERSED, SAME, STATUSES, _status, changes, counts, differences, off_scale
from spex_core.views.shown import Shown
from spex_core.views.side_by_side import side_by_side

LABELS = st.lists(st.sampled_from(["not", "bad", "at", "all", "the", "The", "film."]), min_size=1, max_size=12)


@st.composite
def _effects(draw, n):
    groups = draw(st.lists(st.frozensets(st.integers(0, n - 1), min_size=1, max_size=3), max_size=5))
    return {tuple(sorted(group)): draw(st.sampled_from([-2.0, -0.7, 0.4, 1.5])) for group in groups}


@st.composite
def _runs(draw, explained):
    texts = [" ".join(draw(LABELS)) for _ in range(2)]
    wobble = draw(st.sampled_from([0.0, 0.004, 0.1]))
    return [explained(text, draw(_effects(len(text.split()))), wobble=wobble) for text in texts]


@settings(deadline=None)
@given(LABELS)
def test_a_sequence_is_aligned_with_itself_position_by_position(labels):
    assert align_labels(labels, labels).pairs == tuple((at, at) for at in range(len(labels)))


@settings(deadline=None)
@given(LABELS, LABELS)
def test_alignment_is_rising_matches_equal_words_and_swaps(a, b):
    matching = align_labels(a, b)
    assert align_labels(b, a) == matching.swapped()
    assert all(a[i].casefold().rstrip(".") == b[j].casefold().rstrip(".") for i, j in matching.pairs)
    for (i, j), (k, m) in zip(matching.pairs, matching.pairs[1:], strict=False):
        assert i < k
        assert j < m
    assert len(matching.pairs) + len(matching.only_a) == len(a)
    assert len(matching.pairs) + len(matching.only_b) == len(b)


@settings(deadline=None)
@given(LABELS, st.data())
def test_an_inserted_word_shifts_positions_and_keeps_every_match(labels, data):
    at = data.draw(st.integers(0, len(labels)))
    matching = align_labels(labels, [*labels[:at], "extra", *labels[at:]])
    assert matching.pairs == tuple((i, i + (i >= at)) for i in range(len(labels)))
    assert matching.only_b == (at,)
    assert matching.only_a == ()


@settings(deadline=None)
@given(LABELS, LABELS)
def test_no_alignment_has_more_matches(a, b):
    keys = [[word.casefold().rstrip(".") for word in words] for words in (a, b)]
    longest = [0] * (len(b) + 1)
    for word in keys[0]:
        previous, longest = longest, [0] * (len(b) + 1)
        for at, other in enumerate(keys[1], start=1):
            longest[at] = previous[at - 1] + 1 if word == other else max(previous[at], longest[at - 1])
    assert len(align_labels(a, b).pairs) == longest[-1]


def test_of_two_equal_alignments_the_one_in_one_piece_is_taken():
    matching = align_labels(["x", "the", "cat", "y"], ["z", "the", "dog", "the", "cat", "w"])
    assert matching.pairs == ((1, 3), (2, 4))


def test_a_thousand_words_are_aligned_at_once():
    a = [f"w{at % 37}" for at in range(1024)]
    b = [f"w{at % 41}" for at in range(1024)]
    assert len(align_labels(a, b).pairs) > 100


def test_repeated_words_keep_their_places():
    a, b = ["very", "very", "good", "and", "very", "long"], ["very", "good", "and", "very", "very", "long"]
    for i, j in align_labels(a, b).pairs:
        assert a[i] == b[j]
    matching = align_labels(["very"] * 40, ["very"] * 40)
    assert matching.pairs == tuple((at, at) for at in range(40))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_run_compared_with_itself_has_no_changes(explained, data):
    run, _ = data.draw(_runs(explained))
    assert {row.status for row in changes(run, run)} <= {SAME}


@settings(max_examples=40, deadline=None)
@given(data=st.data(), index=st.sampled_from(["FBII", "Moebius", "BII", "Fourier"]))
def test_swapping_the_runs_swaps_what_appeared_and_what_vanished(explained, data, index):
    a, b = data.draw(_runs(explained))
    there, back = counts(changes(a, b, index)), counts(changes(b, a, index))
    assert there["appeared"] == back["vanished"]
    assert there["vanished"] == back["appeared"]
    assert there["stronger"] == back["weaker"]
    assert there["weaker"] == back["stronger"]
    assert there["changed sign"] == back["changed sign"]
    assert there[SAME] == back[SAME]


def test_each_kind_of_change_is_told(explained):
    words = "the food was not bad at all"
    a = explained(words, {(3, 4): 1.5, (0, 1): 0.8, (1, 2): -0.9, (5, 6): 0.5, (4,): -1.0})
    b = explained(f"Indeed {words}", {(4, 5): -1.5, (2, 3): -0.4, (6, 7): 1.2, (5,): -1.0, (1, 6): 0.7})
    found = {(row.features_a, row.features_b): row.status for row in changes(a, b, "FBII")}
    assert found == {
        ((3, 4), (4, 5)): "changed sign",
        ((0, 1), (1, 2)): "vanished",
        ((1, 2), (2, 3)): "weaker",
        ((5, 6), (6, 7)): "stronger",
        ((4,), (5,)): SAME,
        ((0, 5), (1, 6)): "appeared",
    }


@pytest.mark.parametrize(("size", "largest"), [(0.004, 1.0), (0.003, 0.2), (0.04, 12.0)])
def test_a_side_that_is_printed_as_0_has_no_sign_to_change(explained, size, largest):
    words = "the food was not bad at all"
    base = {(0,): largest, (2,): largest}
    a = explained(words, {**base, (3, 4): 0.3 * largest}, wobble=0.0)
    b = explained(words, {**base, (3, 4): -size}, wobble=0.0)
    assert {row.status for row in changes(a, b, "Moebius") if row.order == 2} == {"vanished"}
    assert {row.status for row in changes(b, a, "Moebius") if row.order == 2} == {"appeared"}
    (row,) = [row for row in side_by_side(a, b, "Moebius")["rows"] if row["order"] == 2]
    assert (row["a"]["listed"], row["b"]["listed"]) == (True, False)  # printed like what is not there at all


def test_values_are_those_that_the_result_page_lists_under_the_same_index(explained):
    words = "the food was not bad at all"
    runs = [explained(words, {(3, 4): 1.5, (0, 1): x, (5,): 0.6, (1, 2, 3): -0.7}) for x in (0.8, -0.5)]
    for index in ("BII", "FBII", "FSII", "SII", "STII", "Moebius", "Fourier"):
        compared = side_by_side(*runs, index)["rows"]
        for run, side in zip(runs, "ab", strict=True):
            listed = {tuple(row["features"]): row["value"] for row in Shown(run, index).rows}
            rows = {tuple(row[side]["features"]): row[side]["value"] for row in compared if row[side]["listed"]}
            assert listed
            assert {features: rows[features] for features in listed} == listed


def test_an_interaction_with_a_new_word_appears_and_names_its_old_members(explained):
    a = explained("it is good", {(2,): 1.0})
    b = explained("it is not good", {(3,): 1.0, (2, 3): -2.0})
    joint = next(row for row in changes(a, b, "FBII") if row.order == 2)
    assert (joint.status, joint.only, joint.features_a, joint.features_b) == ("appeared", "b", (2,), (2, 3))
    assert joint.value_a == 0.0
    assert joint.difference == pytest.approx(-2.0)


def test_a_value_within_the_other_runs_interval_is_no_change(explained):
    a = explained("a b c", {(0, 1): 1.0}, wobble=0.05)
    b = explained("a b c", {(0, 1): 1.03}, wobble=0.05)
    interaction = a.interactions("FBII")[0]
    assert interaction.low <= 1.03 <= interaction.high
    assert {row.status for row in changes(a, b, "FBII")} == {SAME}
    sharp = [explained("a b c", {(0, 1): value}, wobble=0.0) for value in (1.0, 1.03)]
    assert [row.status for row in changes(*sharp, "FBII")] == ["stronger"]


def test_what_a_run_cannot_tell_from_zero_did_not_appear(explained):
    a = explained("a b c", {(0, 1): 1.0})
    b = explained("a b c", {(0, 1): 1.0, (1, 2): 0.05}, wobble=0.2)
    assert not [row for row in changes(a, b, "FBII") if row.status == "appeared"]


def _half_listed(explanation, unlisted):
    """The same estimates, of which some terms are too weak to be listed."""
    kept = [at for at, support in enumerate(explanation.spectrum.supports) if support not in unlisted]
    terms = {support: value for support, value in explanation.spectrum.to_dict().items() if support not in unlisted}
    listed = Spectrum.from_dict(explanation.n_features, terms)
    return replace(
        explanation, spectrum=listed, draws=explanation.draws[:, kept], accurate=explanation.spectrum, _cache={}
    )


def test_what_one_run_had_too_few_passes_to_list_has_not_vanished(explained):
    words = "the film is not bad"
    whole = explained(words, {(3, 4): 1.0, (0, 1): 0.6}, wobble=0.02)
    fewer = _half_listed(explained(words, {(3, 4): 0.9, (0, 1): 0.6}, wobble=0.04), {(3, 4)})
    joint = {row.features_a: row for row in changes(whole, fewer) if row.order == 2}
    assert joint[3, 4].status == SAME
    assert joint[3, 4].value_b == pytest.approx(0.9)
    weak = _half_listed(explained(words, {(3, 4): 0.1, (0, 1): 0.6}, wobble=0.02), {(3, 4)})
    gone = next(row for row in changes(whole, weak) if row.features_a == (3, 4))
    assert (gone.status, gone.value_b) == ("vanished", pytest.approx(0.1))


def test_weak_terms_of_both_runs_are_not_compared(explained):
    words = "the film is not bad"
    runs = [_half_listed(explained(words, {(0, 1): 0.6, (3,): size}), {(3,)}) for size in (0.01, -0.01)]
    assert {row.features_a for row in changes(*runs)} == {(0,), (1,), (0, 1)}


def test_different_units_of_meaning_are_not_put_on_one_scale(explained):
    a, b = explained("a b", {(0,): 1.0}), explained("a b", {(0,): 2.0}, value_unit="probability")
    assert "log-odds and B in probability" in off_scale(a, b)
    assert "different things" in off_scale(a, explained("a b", {(0,): 1.0}, toward=("no", "yes")))
    assert off_scale(a, a) == ""
    data = side_by_side(a, b)
    assert not data["shared"]
    assert data["rows"] == []
    assert [side["heat"]["tints"][0] for side in data["sides"]] == [1.0, 1.0]  # each on its own scale


def test_one_scale_is_shared_where_the_units_agree(explained):
    data = side_by_side(explained("a b", {(0,): 1.0}), explained("a b", {(0,): 4.0}))
    assert data["shared"]
    assert [side["heat"]["tints"][0] for side in data["sides"]] == [0.5, 1.0]
    assert data["sides"][0]["heat"]["largest"] == data["sides"][1]["heat"]["largest"]


def test_words_and_sentences_are_not_matched(explained):
    a, b = explained("a b", {(0,): 1.0}), explained("a b", {(0,): 1.0}, unit="sentence")
    assert mismatch(a, b) == "A is cut into words and B into sentences, so no feature of one is a feature of the other."
    assert align(a, b).pairs == ()


def test_patches_are_matched_by_position_and_question_words_by_the_diff(pictured):
    a = pictured({(0, 1): 1.0, (2, 14): 0.7}, question="is there a ball?")
    b = pictured({(0, 1): -1.0, (2, 15): 0.7}, question="is there not a ball?")
    matching = align(a, b)
    assert matching.pairs[:12] == tuple((at, at) for at in range(12))
    assert matching.only_b == (14,)
    found = {row.features_a: row.status for row in changes(a, b, "FBII") if row.order == 2}
    assert found[0, 1] == "changed sign"
    assert found[2, 14] == SAME
    data = side_by_side(a, b)
    assert data["sides"][1]["picture"]["columns"] == 4
    assert data["rows"][0]["a"]["features"] == [0, 1]


def test_other_grids_and_texts_are_refused_with_the_reason(pictured, explained):
    a = pictured({(0,): 1.0}, words=False)
    assert "4 × 3 and 3 × 2" in mismatch(a, pictured({(0,): 1.0}, grid=(3, 2), words=False))
    assert "picture" in mismatch(a, explained("a b", {(0,): 1.0}))
    assert side_by_side(a, explained("a b", {(0,): 1.0}))["problems"]


def test_plain_data_is_json_and_numbers_groups_only(explained):
    a = explained("<b>a</b> b c d", {(0, 1): 1.0, (2,): 3.0})
    b = explained("<b>a</b> b x c d", {(0, 1): -1.0, (2, 3): 0.5, (4,): 2.0})
    data = side_by_side(a, b, "FBII")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [row["number"] for row in data["rows"] if row["order"] > 1] == [1, 2]
    assert all(row["number"] == 0 for row in data["rows"] if row["order"] == 1)
    assert data["sides"][1]["badges"][2] == [1]  # what touches the changed word comes first
    assert data["sides"][0]["badges"][0] == [2]
    assert data["sides"][1]["only"] == [2]
    assert sum(data["counts"].values()) == len(data["rows"])
    assert list(data["counts"]) == list(STATUSES)


def test_the_key_tells_new_data_from_a_mere_rerun(explained):
    a, b = explained("a b", {(0,): 1.0}), explained("a b", {(0, 1): 1.0})
    assert side_by_side(a, b)["key"] == side_by_side(a, b)["key"]
    assert side_by_side(a, b)["key"] != side_by_side(b, a)["key"]
    assert re.fullmatch(r"[0-9a-f]{16}", side_by_side(a, b)["key"])


def test_what_one_run_misses_does_not_move_the_rest_under_the_index_of_comparison(explained):
    words = "the film is not bad"
    whole = explained(words, {(3,): 0.5, (4,): -1.0, (3, 4): 1.6}, wobble=0.0)
    alone = {i.features: i.value for i in whole.interactions("BV")}
    first = explained(words, alone, wobble=0.0)
    assert [(row.status, row.features_a) for row in changes(whole, first) if row.status != SAME] == [
        ("vanished", (3, 4))
    ]


def test_differing_choices_are_listed(explained):
    a = explained("a b", {(0,): 1.0})
    b = explained("a b", {(0,): 1.0}, estimator="spex", evaluations=300)
    assert differences(a, b) == [("estimator", "proxyspex", "spex"), ("passes", "1,900", "300")]
    assert differences(a, a) == []


@pytest.mark.parametrize("solid", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("values", [(2.0, 0.01), (0.01, 2.0), (2.0, -2.0), (1.0, 2.0), (2.0, 0.0), (0.04, -0.04)])
def test_what_became_of_a_value_is_reversed_where_the_two_runs_are_exchanged(values, solid):
    first, second = (Interaction((0, 1), value) for value in values)
    there = _status(first, second, *solid, 0.05)
    assert _status(second, first, *solid[::-1], 0.05) == _REVERSED[there]

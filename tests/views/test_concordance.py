from spex_core.views.concordance import concordance


def test_members_stand_in_context_and_the_rest_is_folded(long_text):
    parts = concordance(long_text, (5, 600))
    assert [part["feature"] for part in parts if part["kind"] == "member"] == [5, 600]
    assert [part["count"] for part in parts if part["kind"] == "fold"] == [600 - 5 - 11]


def test_every_feature_between_the_first_and_the_last_is_shown_or_counted(long_text):
    for members in ((5, 600), (5, 7, 610), (300, 301), (10, 25)):
        parts = concordance(long_text, members)
        shown = "".join(part.get("text", "") for part in parts).replace("…", " ").split()
        folded = sum(part.get("count", 0) for part in parts)
        assert len(shown) + folded == min(members[-1] + 6, 668) - max(members[0] - 5, 0)


def test_a_gap_too_short_to_fold_is_shown(long_text):
    assert not [part for part in concordance(long_text, (10, 24)) if part["kind"] == "fold"]
    assert [part["count"] for part in concordance(long_text, (10, 25)) if part["kind"] == "fold"] == [4]


def test_a_short_text_is_shown_whole(review):
    assert "".join(part["text"] for part in concordance(review, (3, 4))) == "The food was not bad at all"

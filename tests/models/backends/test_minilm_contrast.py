import pytest

from spex_core.models.registry import load_backend


def test_the_nearer_description_wins_and_swapping_flips_the_sign():
    text = ["The vase came in eleven pieces, I want my money back."]
    ends = ["a customer complains about a damaged delivery", "a customer praises a fast delivery"]
    forward = load_backend("minilm-contrast", answer=ends[0], against=ends[1]).score(text)[0]
    backward = load_backend("minilm-contrast", answer=ends[1], against=ends[0]).score(text)[0]
    assert forward > 0
    assert backward == pytest.approx(-forward)


def test_each_description_is_nearest_to_itself():
    backend = load_backend("minilm-contrast", answer="warm summer rain", against="a broken printer")
    a, b = backend.score(["warm summer rain", "a broken printer"])
    assert a > 0 > b
    assert a == pytest.approx(-b, abs=1e-4)

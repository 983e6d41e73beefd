import pytest

from spex_core.models.registry import load_backend


def test_an_answer_is_more_relevant_than_something_else():
    backend = load_backend("minilm-relevance", query="How do bees tell each other where flowers are?")
    scores = backend.score(["A bee dances on the comb to show the others the way to flowers.", "The fee is 85 euros."])
    assert scores[0] > 50 > 20 > scores[1]
    assert backend.unit == "cosine × 100"


def test_the_query_itself_is_a_perfect_match():
    backend = load_backend("minilm-relevance", query="late fees")
    assert backend.score(["late fees"])[0] == pytest.approx(100, abs=1e-3)

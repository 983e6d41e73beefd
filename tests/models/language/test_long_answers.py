"""Probabilities of long answers, too small to be told apart, are refused with the scale that would do."""

import numpy as np
import pytest

import spex_core
from spex_core.errors import InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.answers import AnswerScale
from spex_core.models.folders import quiet
from spex_core.models.registry import load_backend
from tests.support.language_models import save

ANSWER = "the film is a delight from start to finish and her acting never fails to impress at all"
WORDS = ANSWER.split(" ")
TEXT = "the trolley would hit five people"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with quiet():
        return save(tmp_path_factory.mktemp("qwen2"), "qwen2")


@pytest.mark.parametrize("words", [17, 34, 80])
def test_a_long_answer_is_refused_and_the_scale_that_would_do_is_named(folder, words):
    answer = " ".join((WORDS * 5)[:words])
    backend = load_backend("hf-causal-lm", model=folder, answer=answer, scale="probability")
    masker = TextMasker(TEXT)
    masks = np.random.default_rng(0).random((8, masker.n_features)) < 0.5
    backend.value_function(masker)(masks[:1])  # one pass alone is a look, not a run
    if backend.score(masker.apply(masks)).max() >= 1e-100:
        assert spex_core.explain_text(TEXT, backend, budget=40).value_unit == "probability"
        return
    with pytest.raises(InputError, match=r"is below 1e-100 whatever is hidden.*use scale=log \(its log-prob") as caught:
        spex_core.explain_text(TEXT, backend, budget=40)
    assert len(str(caught.value)) < 250


def test_short_answers_and_the_log_scale_are_as_they_were(folder):
    long = " ".join(WORDS * 3)
    whole = load_backend("hf-causal-lm", model=folder, answer=long)
    assert spex_core.explain_text(TEXT, whole, budget=40).value_unit == "log-probability"
    short = load_backend("hf-causal-lm", model=folder, answer="True", scale="probability")
    assert spex_core.explain_text(TEXT, short, budget=40).value_unit == "probability"


def test_an_answer_far_less_likely_than_another_is_refused_too(folder):
    options = {"model": folder, "scale": "probability"}
    long = " ".join(WORDS * 4)
    for answer, against, said in (
        (long, "a", r"is below 1e-100 whatever is hidden.*use scale=log \(its log-odds"),
        ("a", long, r"rounds to 1 whatever is hidden.*use scale=log \(its log-odds"),
    ):
        with pytest.raises(InputError, match=said):
            spex_core.explain_text(
                TEXT, load_backend("hf-causal-lm", answer=answer, against=against, **options), budget=40
            )


def test_only_the_first_batch_decides():
    scale = AnswerScale("a", "", "probability")
    scale.check_range(np.array([0.0, 1e-99]))
    scale.check_range(np.array([1.0, 1 - 1e-15]))
    for values in ([0.0, 0.0], [1e-120, 1e-300], [1.0, 1.0]):
        with pytest.raises(InputError, match="use scale=log"):
            scale.check_range(np.array(values))
    AnswerScale("a").check_range(np.array([-1e3, -1e4]))

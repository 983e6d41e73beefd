"""Names of set functions: the same question has one name, every other question another."""

import numpy as np
import pytest

from spex_core.models.base import Backend, ModelSpec, Option
from spex_core.models.registry import load_backend
from spex_core.runs.store.keys import picture_key, sample_key, target_of

TEXT = ("text", ModelSpec("m", {"query": "q"}), "word", "unk", "weights")
PICTURE = ("d" * 64, ModelSpec("m", {"question": "q"}), (8, 6), "blur", False, "weights")
OTHERS = {
    sample_key: ("text2", ModelSpec("m", {"query": "p"}), "sentence", "removal", "others"),
    picture_key: ("e" * 64, ModelSpec("n", {"question": "q"}), (6, 8), "mean", True, "others"),
}


class Asked(Backend):
    """Takes every kind of option."""

    name, title, summary = "asked", "Asked", "Nothing."
    options = (
        Option("model", "Model", default="small", scored=False),
        Option("key", "Key", secret=True),
        Option("question", "Question"),
        Option("scale", "Scale", default="log"),
    )

    def __init__(self, **options):
        self.spec = ModelSpec("asked", options)

    def score(self, inputs):
        return np.zeros(len(inputs))


@pytest.mark.parametrize("name", [sample_key, picture_key])
def test_whatever_changes_the_function_changes_its_name(name):
    given = TEXT if name is sample_key else PICTURE
    names = {name(*given)}
    for position, other in enumerate(OTHERS[name]):
        names.add(name(*given[:position], other, *given[position + 1 :]))
    assert len(names) == len(given) + 1
    assert name(*given) in names
    assert all(len(found) == 32 for found in names)


def test_a_grid_from_a_file_is_the_same_grid():
    assert picture_key(*PICTURE) == picture_key(*PICTURE[:2], [8, 6], *PICTURE[3:])


def test_a_target_is_what_is_scored_with_defaults_filled_in_and_no_secret():
    target = target_of(Asked(key="sk-1", model="large", question="why?"))
    assert target == ModelSpec("asked", {"question": "why?", "scale": "log"})
    assert target_of(Asked(question="why?", scale=" ")) == target
    assert target_of(Asked(question="why?", scale="log", model="small")) == target
    assert target_of(Asked(question="who?")) != target


@pytest.mark.parametrize(
    ("name", "options"), [("minilm-sentiment", {}), ("minilm-relevance", {"query": "q"}), ("switchyard", {})]
)
def test_built_in_models_say_which_weights_they_have(name, options):
    backend = load_backend(name, **options)
    assert len(backend.fingerprint) > 60
    assert load_backend(name, **options).fingerprint == backend.fingerprint


def test_models_with_other_weights_have_other_fingerprints():
    names = ("minilm-sentiment", "switchyard", "switchyard-twin")
    found = {load_backend(name).fingerprint for name in names}
    found.add(load_backend("minilm-relevance", query="q").fingerprint)
    assert len(found) == 4
    assert load_backend("minilm-contrast", answer="a", against="b").fingerprint in found  # the same encoder


def test_an_endpoints_fingerprint_holds_no_key():
    one = load_backend("openai", url="http://localhost:1/v1", model="m", key="sk-secret")
    other = load_backend("openai", url="http://localhost:1/v1", model="n")
    assert one.fingerprint == "http://localhost:1/v1 m"
    assert other.fingerprint != one.fingerprint
    assert set(target_of(one).options) == {"instruction", "question", "answer", "against", "scale", "mode"}

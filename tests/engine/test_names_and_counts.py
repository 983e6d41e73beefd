"""The number of features, or their names, however a person has them at hand."""

import numpy as np
import pytest
import torch

import spex_core
from spex_core.errors import InputError


def explained(n_features, **arguments):
    return spex_core.explain(lambda masks: 1.0 * masks[:, 0], n_features, 20, **arguments)


class Labels:
    """One-dimensional, ordered, iterable and no `Sequence`: an index or a series of pandas, without pandas."""

    def __init__(self, *names):
        self.names = names
        self.shape = (len(names),)

    def __len__(self):
        return len(self.names)

    def __iter__(self):
        return iter(self.names)


@pytest.mark.parametrize("count", [12, np.int64(12), np.array(12), np.uint8(12), torch.tensor(12)])
def test_a_number_is_a_number_in_any_array_type(count):
    assert explained(count).features == tuple(map(str, range(12)))
    assert explained(3, seed=count).seed == 12


@pytest.mark.parametrize(
    "labels", [["a", "b", "a"], ("a", "b", "a"), np.array(["a", "b", "a"]), Labels("a", "b", "a"), {"a": 1}.keys()]
)
def test_labels_are_taken_from_anything_that_has_an_order(labels):
    assert explained(labels).features == tuple(labels)


def test_pandas_gives_labels():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [1], "income": [2]})
    assert explained(frame.columns).features == ("age", "income")
    assert explained(pandas.Series(["x", "y"], index=[5, 9])).features == ("x", "y")
    assert explained(pandas.RangeIndex(2)).features == ("0", "1")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.array(12.0), "not a whole number"),
        (12.0, "not a whole number"),
        (None, "not a whole number"),
        ({"b", "a"}, "is a set; pass a number, or a list with one label per feature, in order"),
        ({"a": 1}, "is a dict"),
        (b"abc", "is a bytes"),
        (iter("abc"), "or a list with one label per feature"),
        (np.array([["a", "b"]]), "has shape (1, 2)"),
        ([], "number of labels=0 is out of range"),
        ("abc", "a single string"),
    ],
)
def test_anything_else_is_one_sentence(given, words):
    with pytest.raises(InputError) as caught:
        explained(given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)

"""One checked call: typed errors carry the samples paid for."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.engine.checking import call
from spex_core.errors import InputError, ModelError, ModelOutputError

PAID = Samples(np.ones((1, 3), dtype=bool), np.array([1.0]))
MASKS = np.zeros((4, 3), dtype=bool)


def test_values_become_float64():
    values = call(lambda m: [1, 2, 3, 4], MASKS, lambda: PAID)
    assert values.dtype == np.float64
    assert values.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("k"), MemoryError()])
def test_what_a_model_raises_is_wrapped_with_its_cause(error):
    def fails(masks):
        raise error

    with pytest.raises(ModelError) as caught:
        call(fails, MASKS, lambda: PAID)
    assert caught.value.__cause__ is error
    assert caught.value.samples is PAID


def test_deliberate_errors_pass_through():
    def fails(masks):
        raise InputError("say this")

    with pytest.raises(InputError, match="say this"):
        call(fails, MASKS, lambda: PAID)


def test_many_bad_rows_are_counted_and_the_first_named():
    with pytest.raises(ModelOutputError, match=r"4 of 4 rows .*rows 0, 1, 2, 3\)") as caught:
        call(lambda m: np.full(4, np.nan), MASKS, lambda: PAID)
    assert caught.value.rows == (0, 1, 2, 3)


def test_an_error_whose_words_cannot_be_had_is_told_by_its_kind():
    class WordlessError(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    def fails(masks):
        raise WordlessError

    with pytest.raises(ModelError, match="WordlessError"):
        call(fails, MASKS, lambda: PAID)


def test_a_sentence_has_an_end_whatever_is_quoted_in_it():
    assert len(str(InputError("x" * 10**7))) < 1500

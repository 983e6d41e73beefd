"""Passes count once they are on disk, and are made once."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import ModelOutputError, StoreError
from spex_core.fourier.masks import all_masks
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.base import Backend
from spex_core.runs.paid import PassBoard, Recorded


class Sums(Backend):
    """Number of words left, and what it was asked."""

    name, title, summary = "sums", "Sums", "Counts words."
    wrong = None

    def __init__(self):
        self.asked = []

    def score(self, inputs):
        self.asked.append(len(inputs))
        values = np.array([float(len(text.split())) for text in inputs])
        if self.wrong is not None:
            values[-1] = self.wrong
        return values


@pytest.fixture
def model():
    return Sums()


MASKER = TextMasker("a b c", masking="removal")
MASKS = all_masks(3)


def test_what_is_handed_on_was_written_first(model):
    written = []
    value = Recorded(model, {}, written.append).value_function(MASKER)
    values = value(MASKS)
    assert values.tolist() == MASKS.sum(axis=1).tolist()
    assert np.array_equal(written[0].masks, MASKS)
    assert written[0].values.tolist() == values.tolist()


def test_what_cannot_be_written_does_not_count(model):
    def full(samples):
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="full"):
        Recorded(model, {}, full).value_function(MASKER)(MASKS)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_no_value_is_not_written(model, wrong):
    model.wrong = wrong
    written = []
    with pytest.raises(ModelOutputError, match="rows 7"):
        Recorded(model, {}, written.append).value_function(MASKER)(MASKS)
    assert written == []


def test_what_another_run_paid_for_is_not_asked_again(model):
    board = PassBoard()
    written = []
    with board.box("key") as mine, board.box("key") as other, board.box("another") as elsewhere:
        board.post("key", Samples(MASKS[2:5], np.array([7.0, 8.0, 9.0])), other)
        assert (len(mine), len(other), len(elsewhere)) == (3, 0, 0)
        values = Recorded(model, mine, written.append).value_function(MASKER)(MASKS)
        assert values[2:5].tolist() == [7.0, 8.0, 9.0]
        assert model.asked == [5]
        assert len(written[0]) == 5
        values = Recorded(model, mine, written.append).value_function(MASKER)(MASKS[2:4])
        assert values.tolist() == [7.0, 8.0]
        assert model.asked == [5]
    assert not board._boxes


def test_everything_else_is_the_backends_own(model):
    recorded = Recorded(model, {}, lambda samples: None)
    assert recorded.settle("a b c") is recorded
    assert recorded.maskings == model.maskings
    assert recorded.batch_size(MASKER) == 64
    assert recorded.fingerprint == "sums"

"""Values that come one by one: kept as they come, in any order, and the same explanation as all at once."""

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Piecewise, Samples
from spex_core.engine.checking import call
from spex_core.errors import InputError, ModelError, ModelOutputError, StoreError
from spex_core.fourier.masks import row_keys


def value(masks):
    return masks[:, 0] * 1.0 + 2.0 * (masks[:, 1] & masks[:, 2])


class Server:
    """Gives values in an order of its own, a few at a time, until it is stopped or fails."""

    def __init__(self, seed=0, most=3, fails_after=None, wrong_at=None):
        self.rng = np.random.default_rng(seed)
        self.most = most
        self.fails_after = fails_after
        self.wrong_at = wrong_at
        self.asked = []

    def function(self):
        return Piecewise(self.pieces)

    def pieces(self, masks, stopping):
        order = self.rng.permutation(len(masks))
        while len(order) and not stopping():
            size = int(self.rng.integers(1, self.most + 1))
            rows, order = order[:size], order[size:]
            if self.fails_after is not None and len(self.asked) + len(rows) > self.fails_after:
                raise OSError("the line was cut")
            found = value(masks[rows])
            if self.wrong_at is not None and len(self.asked) <= self.wrong_at < len(self.asked) + len(rows):
                found[self.wrong_at - len(self.asked)] = np.nan
            self.asked += row_keys(masks[rows])
            yield rows, found


def explained(function, **options):
    return spex_core.explain(function, 12, budget=150, batch_size=50, **options)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_values_come_changes_nothing(seed):
    made = explained(Server(seed).function())
    whole = explained(value)
    assert made.spectrum.coefficients.tobytes() == whole.spectrum.coefficients.tobytes()
    assert made.faithfulness == whole.faithfulness
    assert Server(seed).function()(np.eye(4, 3, dtype=bool)).tolist() == value(np.eye(4, 3, dtype=bool)).tolist()


def test_each_value_is_handed_on_before_the_next_is_asked_for():
    server, told = Server(most=1), []

    def keep(samples):
        told.extend(row_keys(samples.masks))
        assert told == server.asked

    explained(server.function(), on_samples=keep)
    assert len(told) == 150


def test_what_came_before_a_failure_is_kept_and_paid_for_once():
    server, told = Server(fails_after=70), []
    with pytest.raises(ModelError, match="the line was cut") as caught:
        explained(server.function(), on_samples=told.append)
    assert sum(map(len, told)) == len(caught.value.samples) == len(server.asked) > 50
    again = Server()
    whole = explained(again.function(), known=caught.value.samples)
    assert not set(again.asked) & set(server.asked)
    assert whole.spectrum.coefficients.tobytes() == explained(value).spectrum.coefficients.tobytes()


@pytest.mark.parametrize("wrong_at", [0, 1, 60, 149])
def test_a_bad_row_costs_that_row(wrong_at):
    server, told = Server(wrong_at=wrong_at), []
    with pytest.raises(ModelOutputError, match=r"NaN or infinity in 1 of 50 rows"):
        explained(server.function(), on_samples=told.append)
    kept = sum(map(len, told))
    assert kept == len(server.asked) - 1
    assert all(np.isfinite(samples.values).all() for samples in told)


def test_a_batch_at_once_with_a_bad_row_keeps_the_others():
    told = []

    def some_wrong(masks):
        values = value(masks)
        values[[3, 7]] = np.nan, 1e300
        return values

    with pytest.raises(ModelOutputError) as caught:
        explained(some_wrong, on_samples=told.append)
    assert caught.value.rows == (3,)
    assert [len(samples) for samples in told] == [48]


def test_what_cannot_be_kept_ends_the_calls_and_is_no_error_of_the_model():
    server = Server(most=1)

    def full(samples):
        if len(server.asked) == 5:
            raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="full"):
        explained(server.function(), on_samples=full)
    assert len(server.asked) == 5


def test_a_stop_takes_no_whole_batch_but_waits_for_all_kept_and_all_hidden():
    server = Server(most=1)
    found = explained(server.function(), should_stop=lambda: True)
    assert 2 <= found.evaluations == len(server.asked) < 50
    assert not found.complete
    both = {row_keys(np.ones((1, 12), dtype=bool))[0], row_keys(np.zeros((1, 12), dtype=bool))[0]}
    assert both <= set(server.asked)


def test_one_call_stopped_early_says_which_rows_were_left_out():
    server, masks = Server(most=1), np.eye(6, dtype=bool)
    values = call(server.function(), masks, lambda: Samples.empty(6), stopping=lambda: len(server.asked) == 2)
    assert np.isnan(values).sum() == 4


@pytest.mark.parametrize("error", [InputError("say this"), ModelError("and this")])
def test_typed_errors_pass_through(error):
    def pieces(masks, stopping):
        yield np.array([0]), np.array([1.0])
        raise error

    with pytest.raises(type(error), match=str(error)):
        explained(Piecewise(pieces))

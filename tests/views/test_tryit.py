import json
from dataclasses import replace

import numpy as np
import pytest

from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.tryit import expected_error, tryit


def _predict(data, hidden):
    """What the browser computes, step by step."""
    total, at = data["constant"], 0
    for coefficient, length in zip(data["coefficients"], data["lengths"], strict=True):
        kept = sum(member not in hidden for member in data["members"][at : at + length])
        at += length
        total += -coefficient if kept % 2 else coefficient
    return total


def test_the_flat_form_predicts_what_the_spectrum_predicts(review):
    data = tryit(review)
    rng = np.random.default_rng(3)
    for mask in rng.random((50, 7)) < 0.5:
        hidden = set(np.flatnonzero(~mask).tolist())
        assert _predict(data, hidden) == pytest.approx(review.predict(mask[None])[0])


def test_beyond_the_bound_the_weakest_terms_are_dropped_and_counted(review):
    data = tryit(review, most=3)
    assert len(data["coefficients"]) == 3
    assert data["dropped"] == len(review.spectrum) - 1 - 3
    third = sorted(np.abs(review.spectrum.coefficients[1:]))[-3]
    assert min(abs(c) for c in data["coefficients"]) == pytest.approx(third)


def test_what_is_not_listed_takes_part_in_the_prediction_and_in_its_error(review):
    accurate = Spectrum.from_dict(7, {**review.spectrum.to_dict(), (0, 5): 0.3, (2,): -0.2})
    more = replace(review, accurate=accurate, _cache={})
    data = tryit(more)
    mask = np.array([[True, False, True, True, False, True, True]])
    assert _predict(data, {1, 4}) == pytest.approx(accurate.predict(mask)[0])
    assert _predict(data, {1, 4}) != pytest.approx(review.spectrum.predict(mask)[0])
    assert expected_error(more) > expected_error(review)


def test_four_thousand_terms_of_a_thousand_words_stay_light(explained):
    rng = np.random.default_rng(0)
    terms = {
        tuple(sorted(rng.choice(1000, rng.integers(1, 4), replace=False).tolist())): rng.normal() for _ in range(4000)
    }
    words = explained(" ".join(f"w{k}" for k in range(1000)), {(0,): 1.0})
    data = tryit(replace(words, accurate=Spectrum.from_dict(1000, {(): 0.1, **terms}), _cache={}))
    assert data["dropped"] == 0
    assert len(json.dumps(data)) < 130_000


def test_the_expected_error_is_the_root_mean_square_error_of_a_projection(review):
    # The best third-order-free approximation of a function: R² and error are linked by the variance alone.
    masks = ((np.arange(128)[:, None] >> np.arange(7)) & 1).astype(bool)
    values, kept = review.predict(masks), review.spectrum.truncate(2)
    r2 = r_squared(values, kept.predict(masks))
    cut = replace(
        review,
        spectrum=kept,
        draws=np.zeros((0, len(kept))),
        faithfulness_report=replace(review.faithfulness_report, r2=r2),
    )
    assert expected_error(cut) == pytest.approx(np.sqrt(((values - kept.predict(masks)) ** 2).mean()))


def test_no_error_is_promised_where_nothing_is_explained(explained):
    assert expected_error(explained("a b", {(0,): 1.0}, r2=-0.2)) is None

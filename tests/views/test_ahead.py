from dataclasses import replace
from functools import partial

import pytest

from spex_core.fourier.indices import INDICES
from spex_core.views import ahead as module
from spex_core.views.ahead import ahead
from spex_core.views.explorer import payload


@pytest.mark.parametrize(("kind", "count"), [("index", len(INDICES) - 1), ("order", 4)])
def test_what_is_sent_ahead_is_what_would_be_asked_for(review, kind, count):
    base = payload(review, "FSII", 2)
    views = ahead(base, kind, partial(payload, review))
    assert len(views) == count
    for view in views:
        whole = {**base, **view}
        assert (whole["index"], whole["order"]) != (base["index"], base["order"])
        assert whole == payload(review, whole["index"], whole["order"] or None)
        assert "gaps" not in view
        assert "tryit" not in view


def test_too_much_is_not_sent(review, monkeypatch):
    base = payload(review)
    monkeypatch.setattr(module, "MOST_CHARACTERS", len(repr(ahead(base, "index", partial(payload, review))[:2])))
    assert 0 < len(ahead(base, "index", partial(payload, review))) < len(INDICES) - 1


def test_an_estimate_is_the_same_under_every_index_and_another_one_after_more_passes(review):
    estimates = {payload(review, index)["estimate"] for index in ("BII", "SV", "Fourier")}
    assert len(estimates) == 1
    assert payload(replace(review, evaluations=1950, _cache={}))["estimate"] not in estimates

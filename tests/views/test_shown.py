from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from spex_core.errors import ExpansionError, InputError
from spex_core.explanation.result import Explanation
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.explorer import payload
from spex_core.views.shown import Shown


def test_a_view_asks_for_each_list_once(review, monkeypatch):
    asked = []
    real = Explanation.interactions

    def interactions(self, index="FBII", order=None):
        asked.append((index, order))
        return real(self, index, order)

    monkeypatch.setattr(Explanation, "interactions", interactions)
    payload(review, "FSII", 2)
    assert sorted(asked, key=str) == [("FSII", 2), ("FSII", 2), ("Fourier", None)]


def test_it_is_frozen_and_its_index_has_one_spelling(review):
    shown = Shown(review, "faith-shapley")
    assert shown.index == "FSII"
    assert shown.under("FSII") is shown
    assert (shown.under("SV").index, shown.under("SV").order) == ("SV", None)
    assert shown.rows is shown.rows
    with pytest.raises(FrozenInstanceError):
        shown.index = "SV"
    with pytest.raises(InputError):
        Shown(review, "nonsense")


def test_groups_are_what_is_found_of_two_or_more(review):
    shown = Shown(review, "Moebius", 2)
    assert [group.features for group in shown.groups] == [(3, 4)]
    assert [found for found in shown.found if found.order > 1] == shown.groups
    assert shown.problem == ""


def test_what_would_grow_past_its_cap_says_so(explained):
    wide = Spectrum.from_dict(22, {(): 0.0, tuple(range(22)): 1.0, (0,): -0.5})
    explanation = explained(" ".join(f"w{k}" for k in range(22)), {(0,): 1.0})
    shown = Shown(replace(explanation, spectrum=wide, draws=np.zeros((0, 3)), _cache={}), "Moebius")
    assert "subsets" in shown.problem
    for name in ("found", "groups", "rows"):
        with pytest.raises(ExpansionError):
            getattr(shown, name)
    assert len(shown.singles) == 22
    assert {term.order for term in shown.terms} == {1, 22}

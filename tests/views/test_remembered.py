from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from spex_core import Explanation
from spex_core.views.remembered import remembered
from tests.support.places import ASSETS


@pytest.fixture
def explanation() -> Explanation:
    return Explanation.from_json((ASSETS / "saved" / "first.json").read_text(encoding="utf-8"))


def test_it_is_made_once_for_each_explanation_and_key(explanation):
    made = []

    def make(what):
        made.append(what)
        return what

    other = replace(explanation)
    for asked, key, what in ((explanation, "a", 1), (explanation, "b", 2), (other, "a", 3), (explanation, "a", 4)):
        found = remembered(asked, key, lambda what=what: make(what))
    assert made == [1, 2, 3]
    assert found == 1


def test_nothing_is_as_well_remembered_as_something(explanation):
    assert remembered(explanation, "none", lambda: None) is None
    assert remembered(explanation, "none", lambda: 1) is None


def test_what_failed_is_tried_again(explanation):
    with pytest.raises(ZeroDivisionError):
        remembered(explanation, "failed", lambda: 1 // 0)
    assert remembered(explanation, "failed", lambda: 1) == 1


def test_it_is_forgotten_with_the_explanation(explanation):
    class Made:
        pass

    short = replace(explanation)
    made = weakref.ref(remembered(short, "made", Made))
    gc.collect()
    assert made() is not None
    del short
    gc.collect()
    assert made() is None


def test_threads_that_make_it_at_once_get_the_same(explanation):
    both = Barrier(2, timeout=10)

    def make() -> object:
        both.wait()  # neither has been kept when the other begins
        return object()

    with ThreadPoolExecutor(2) as pool:
        one, two = [pool.submit(remembered, explanation, "both", make) for _ in range(2)]
        assert one.result() is two.result()


def test_the_latest_comparison_of_a_run_keeps_the_other_one_no_longer(explanation):
    from pages.components.compare.comparison import _data

    first, second = replace(explanation), replace(explanation)
    found = _data(explanation, first, "BII", None)
    assert _data(explanation, first, "BII", None) is found
    assert _data(explanation, first, "SII", None) is not found
    assert _data(explanation, second, "BII", None) is not found
    _data(second, explanation, "BII", None)
    gone = weakref.ref(second)
    del second
    gc.collect()
    assert gone() is None

"""Run files whose cost lies in what follows from them: refused in words, in less than a second, in little memory."""

import json
import time
import tracemalloc
from itertools import combinations, islice

import numpy as np
import pytest

import spex_core
from spex_core.explanation.codec import MAX_DERIVED
from spex_core.views.explorer import payload

pytestmark = pytest.mark.slow


def _file(n=1024, terms=(), **changes):
    document = json.loads(spex_core.explain(lambda m: m[:, 0] * 1.0, 3, budget=8).to_json())
    listed = [{"features": list(term), "coefficient": 1.0 + at} for at, term in enumerate(terms)]
    document |= {"features": [str(i) for i in range(n)], "spectrum": listed, "draws": []}
    return json.dumps(document | changes)


def _of_order(order, count, n=1024):
    """Terms that share as few subsets as can be."""
    rng = np.random.default_rng(0)
    return sorted({tuple(sorted(rng.choice(n, order, replace=False).tolist())) for _ in range(count)})


def _draws(rows, columns):
    return [[0.0] * columns] * rows


HOSTILE = {
    "a term of order 20": (lambda: _file(terms=[range(20)]), "at most 8"),
    "a term of order 9": (lambda: _file(terms=[range(9)]), "at most 8"),
    "a term of order 1,024": (lambda: _file(terms=[range(1024)]), "at most 8"),
    "an accurate term of order 9": (
        lambda: _file(accurate=[{"features": list(range(9)), "coefficient": 1.0}]),
        "at most 8",
    ),
    "5,000 terms of order 8": (lambda: _file(terms=_of_order(8, 5000)), "cannot be drawn"),
    "2,000 terms of order 8 of few features": (
        lambda: _file(60, list(islice(combinations(range(60), 8), 2000))),
        "cannot be drawn",
    ),
    "20,000 terms of order 5": (lambda: _file(terms=_of_order(5, 20_000)), "cannot be drawn"),
    "many draws": (lambda: _file(terms=_of_order(1, 5), draws=_draws(2000, len(_of_order(1, 5)))), "draws"),
    "many draws of nothing": (lambda: _file(draws=[[]] * 500_000), "draws"),
    "many draws of many subsets": (
        lambda: _file(18, list(combinations(range(18), 6)), draws=_draws(50, 18564)),
        "draws",
    ),
    "64 MB of [],": (lambda: "[" + "[]," * 21_000_000 + "[]]", "arrays"),
    "64 MB of {},": (lambda: "[" + "{}," * 21_000_000 + "{}]", "arrays"),
    "64 MB of 0,": (lambda: "[" + "0," * 31_000_000 + "0]", "elements"),
    '64 MB of "":0,': (lambda: "{" + '"":0,' * 12_000_000 + '"":0}', "fields"),
    "64 MB of [": (lambda: "[" * 63_000_000, "deep"),
    "millions of labels": (lambda: _file().replace('["0"', "[" + '"",' * 3_000_000 + '"0"', 1), "features"),
    "millions of notes": (lambda: _file(notes=[""] * 3_000_000), "texts"),
    "a number of 5,000 digits": (lambda: _file(seed=0).replace('"seed": 0', '"seed": ' + "7" * 5000), "digits"),
    "a fraction of 60 MB": (lambda: _file().replace('"r2": ', '"r2": 0.' + "3" * 60_000_000, 1), "digits"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_in_words_within_a_second_and_in_little_memory(name):
    text, words = HOSTILE[name][0](), HOSTILE[name][1]
    tracemalloc.start(1)
    with pytest.raises(spex_core.StoreError, match=words) as caught:
        spex_core.Explanation.from_json(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert peak < 8 * len(text) + 20_000_000
    began = time.process_time()
    with pytest.raises(spex_core.StoreError):
        spex_core.Explanation.from_json(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("n", "terms"),
    [
        (1024, _of_order(1, 3000) + _of_order(2, 3000) + _of_order(3, 2000) + _of_order(5, 1500)),
        (20, [term for order in range(6) for term in combinations(range(20), order)]),
    ],
)
def test_what_runs_can_list_opens(n, terms):
    again = spex_core.Explanation.from_json(_file(n, terms))
    assert len(again.spectrum) == len(terms)


def test_an_accurate_spectrum_of_many_thousand_terms_opens():
    accurate = [{"features": list(term), "coefficient": 1.0} for term in _of_order(8, 6000)]
    assert len(spex_core.Explanation.from_json(_file(accurate=accurate)).predicting) > 5900


@pytest.mark.slow
def test_the_largest_that_opens_is_drawn_in_seconds():
    terms = _of_order(8, MAX_DERIVED // 256)
    explanation = spex_core.Explanation.from_json(_file(terms=terms))
    began = time.process_time()
    assert payload(explanation)["table"]["rows"]
    assert time.process_time() - began < 15

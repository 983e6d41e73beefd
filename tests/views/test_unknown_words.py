"""Every view of a run file whose words nobody here knows draws them as words."""

import json

import pytest

import spex_core
from spex_core.explanation.snippet import python_snippet
from spex_core.explanation.sources import TextSource
from spex_core.runs.requests import request_of
from spex_core.runs.store.records import record_of
from spex_core.views.explorer import payload
from spex_core.views.report import report
from spex_core.views.side_by_side import side_by_side
from spex_core.views.summary import summary

WORD = "no-such-<thing>"
FIELDS = ("estimator", "requested_estimator", "unit", "masking", "model", "value_unit", "toward", "notes")


@pytest.fixture(scope="module")
def document():
    explanation = spex_core.explain(lambda m: m[:, 0] * 1.0 + m[:, 1] * m[:, 2], 8, budget=200)
    source = TextSource("a b c d e f g h", tuple((2 * i, 2 * i + 1) for i in range(8)), "word", "unk")
    text = spex_core.Explanation(**{**vars(explanation), "source": source, "_cache": {}}).to_json()
    return json.loads(text) | {"model": "minilm-sentiment"}


@pytest.mark.parametrize("field", FIELDS)
def test_every_view_draws_it(document, field):
    changed = json.loads(json.dumps(document))
    output = {"value_unit": ("unit", WORD), "toward": ("toward", [WORD, ""])}
    if field in output:
        changed["output"].update([output[field]])
    else:
        changed[field] = [WORD] if field == "notes" else WORD
    run, other = (spex_core.Explanation.from_json(json.dumps(each)) for each in (changed, document))
    json.dumps([payload(run), side_by_side(run, other), side_by_side(other, run)], allow_nan=False)
    assert report(run)
    assert list(summary(run))
    compile(python_snippet(run), "snippet", "exec")
    assert request_of(run).budget == run.budget
    assert record_of("one", run).n_features == 8

"""The report: one file, inert data, and every word of how it was made."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

import spex_core
from spex_core.fourier.indices import INDICES
from spex_core.models.base import ModelSpec
from spex_core.views import report as module
from spex_core.views.explorer import payload
from spex_core.views.report import how_made, report

MARKUP = "<script>alert(1)</script> </script><!-- ]]> <b>&amp;</b> \u2028\u2029 <![CDATA[ --> 'x' \"y\""
WRITTEN = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)


class _Reader(HTMLParser):
    """Elements and the text of scripts, as a browser's parser cuts the file."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self.data = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.data = ""

    def handle_data(self, data):
        self.data += data

    def handle_endtag(self, tag):
        if tag == "script":
            self.scripts.append(self.data)


def _read(html):
    reader = _Reader()
    reader.feed(html)
    data = next(json.loads(text) for text in reader.scripts if text.startswith("{"))
    return reader, data


def test_every_index_can_be_chosen_and_is_what_the_app_shows(review):
    _, data = _read(report(review, "FSII"))
    assert set(data["views"]) == {known.name for known in INDICES}
    for known in INDICES:
        assert data["base"] | data["views"][known.name] == json.loads(json.dumps(payload(review, known.name)))
    assert data["base"]["index"] == "FSII"
    assert data["views"]["FSII"] == {}


def test_the_order_on_screen_holds_for_every_index(review):
    _, data = _read(report(review, "SII", 2))
    orders = [row["order"] for view in data["views"].values() for row in (data["base"] | view)["table"]["rows"]]
    assert max(orders) == 2


def test_what_would_be_large_holds_the_index_on_screen_alone(review, monkeypatch):
    monkeypatch.setattr(module, "MOST_CHARACTERS", 20_000)
    _, data = _read(report(review, "SV"))
    assert data["views"] == {"SV": {}}
    assert data["base"]["index"] == "SV"


def test_markup_stays_data(explained):
    hostile = explained(MARKUP, {(0, 1): 1.0, (2,): -0.5}, model=ModelSpec(MARKUP, {"question": MARKUP}))
    hostile = replace(hostile, value_unit=MARKUP, toward=(MARKUP, MARKUP), notes=(MARKUP,), _cache={})
    html = report(hostile, written=WRITTEN)
    plain = report(explained("a b c", {(0, 1): 1.0}))
    reader, data = _read(html)
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in _read(plain)[0].tags]
    assert all(text.isascii() for text in reader.scripts if text.startswith("{"))
    assert html.count("<!--") == plain.count("<!--")
    assert not re.search("[\u2028\u2029]", html)
    assert ["Model", MARKUP] in data["made"]
    heat = data["base"]["heat"]
    assert "".join(gap + text for gap, text in zip(heat["gaps"], [*heat["texts"], ""], strict=True)) == MARKUP


def test_the_policy_allows_this_script_and_nothing_from_outside(review):
    reader, _ = _read(report(review))
    policy = next(a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy
    assert not [a for tag, a in reader.tags if a.get("src") or not a.get("href", "data:").startswith("data:")]
    code = [text for text in reader.scripts if not text.startswith("{")]
    assert len(code) == 1
    assert "</script" not in code[0]
    assert "<!--" not in code[0]  # it would hide the end of the script


def test_equal_runs_make_equal_reports(review):
    assert report(review) == report(review)


def test_how_it_was_made(review):
    made = dict(how_made(review, WRITTEN))
    assert made == {
        "Model": "toy-sentiment",
        "Explained": "log-odds: low is negative, high is positive",
        "Input": "a text, 7 words",
        "Unit": "word",
        "Masking": "unk: a hidden piece becomes the model's unknown token",
        "Estimator": "proxyspex (asked for: auto)",
        "Largest order searched": "4",
        "Budget": "2,000 passes",
        "Passes made": "1,900",
        "Seed": "0",
        "R²": made["R²"],
        "Time": "model 0.0 s, decoding 0.0 s",
        "Report written": "21 November 2026, 09:05 UTC",
        "Version": f"SPEX Explorer {spex_core.__version__}",
    }
    assert made["R²"].startswith("0.95, on ")


def test_a_picture_an_early_stop_and_a_bare_function_say_so(pictured, review):
    made = dict(how_made(pictured({(0, 1): 1.0})))
    assert made["Input"] == "a picture, 4 × 3 patches and 5 words of the question"
    assert (made["Question"], made["Model: answer"]) == ("is there a red ball?", "yes")
    assert "Report written" not in made
    assert dict(how_made(replace(review, complete=False)))["Passes made"] == "1,900 (stopped early)"
    bare = dict(how_made(replace(review, model=None, source=None)))
    assert (bare["Model"], bare["Input"]) == ("a function of masks", "7 features")


@pytest.mark.parametrize("words", [1, 50, 1000])
def test_every_size_fits_a_letter(explained, words):
    text = " ".join(f"word{at}" for at in range(words))
    rng = np.random.default_rng(words)
    ands = {tuple(sorted({int(f) for f in rng.integers(words, size=k % 3 + 1)})): 1.0 - k / 60 for k in range(40)}
    assert len(report(explained(text, ands))) < 2_000_000

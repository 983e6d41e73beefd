"""Characters that nobody sees and XML has not: a sign in whatever a run is written to."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from pages.components.result.downloads import changes_csv, interactions_csv
from spex_core.explanation.result import Explanation
from spex_core.explanation.snippet import python_snippet
from spex_core.views.labels import visible
from spex_core.views.report import report

ANY = st.text(st.characters(codec=None) | st.sampled_from("\x00\x1b\x07\x1f\x0b\ufffe\uffff\ud83d\udc00"))
TEXT = "esc\x1b[1m nul\0 not\ufffe bad\uffff \ud83d half\udc00"
SIGNS = ("esc␛[1m", "nul␀", "not\ufffd", "bad\ufffd", "\ufffd", "half\ufffd")


@settings(deadline=None)
@given(ANY)
def test_text_with_signs_is_as_long_and_fits_into_xml(text):
    shown = visible(text)
    assert len(shown) == len(text)
    assert visible(shown) == shown
    read = ElementTree.fromstring(f"<a>{shown.replace('&', '').replace('<', '').replace('>', '')}</a>".encode())
    assert read.tag == "a"


def test_what_can_be_seen_stays():
    for text in ("tab\t, lines\r\n", "naïve 文字 😀 \u202e \ufffd", "\x7f\x80\x9f", "\U0001fffe"):
        assert visible(text) == text


def test_both_tables_have_the_signs(explained):
    run = explained(TEXT, {(at,): 1.0 + at for at in range(6)})
    for written in (interactions_csv(run, "FBII", None), changes_csv(run, run, "FBII", None)):
        written.encode()
        words = {row["words"] for row in csv.DictReader(io.StringIO(written))}
        assert words == set(SIGNS)


def test_what_is_read_again_escapes_them_and_loses_none(explained):
    run = explained(TEXT.replace("\ud83d", "x").replace("\udc00", "y"), {(0, 1): 1.0})
    written = run.to_json()
    assert written.isascii()
    assert all(letter.isprintable() for letter in written.strip())
    assert json.loads(written)["features"][:2] == ["esc\x1b[1m", "nul\0"]
    assert Explanation.from_json(written).features == run.features
    assert all(letter.isprintable() or letter == "\n" for letter in python_snippet(run))
    html = report(run)
    assert visible(html) == html

"""The Learn pages: every section has an address, every word is found, every picture has its run."""

import re

import pytest

from pages.components.learn.sections import SECTIONS, matching, section
from pages.components.result import sources
from spex_core.fourier.indices import INDICES
from tests.support.places import ROOT


def test_addresses_tell_the_sections_apart_and_an_unknown_one_begins_at_the_start() -> None:
    assert len({one.id for one in SECTIONS}) == len(SECTIONS)
    assert all(section(one.id) is one for one in SECTIONS)
    assert section("no-such-section") is SECTIONS[0]


@pytest.mark.parametrize("one", SECTIONS, ids=lambda one: one.id)
def test_a_section_is_short_and_its_picture_is_there(one) -> None:
    assert len(one.text.split()) < 420
    if one.picture is not None:
        assert sources.load(one.picture.run) is not None


def test_every_index_is_named_and_words_are_found_in_any_case() -> None:
    indices = section("indices").text
    assert all(index.title.casefold() in indices for index in INDICES)
    assert section("trust") in matching("UNSEEN r²")
    assert section("fails") in matching("masking itself")
    assert matching("no such words at all zzz") == []
    assert matching("") == list(SECTIONS)


def test_every_question_mark_that_leads_here_leads_to_a_section() -> None:
    sources_of_pages = [path.read_text(encoding="utf-8") for path in (ROOT / "pages").rglob("*.py")]
    led_to = {found for text in sources_of_pages for found in re.findall(r"learn\?section=(\w+)", text)}
    assert len(led_to) >= 3
    assert led_to <= {one.id for one in SECTIONS}

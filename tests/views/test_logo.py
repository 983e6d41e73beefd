"""The logo's words fit whatever font they are drawn in."""

import xml.etree.ElementTree as ElementTree

import pytest

from tests.support.places import ASSETS


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_words_of_the_logo_are_as_wide_as_their_place(theme):
    picture = ElementTree.parse(ASSETS / "web" / f"logo-{theme}.svg").getroot()
    (words,) = picture.iter("{http://www.w3.org/2000/svg}text")
    assert words.get("lengthAdjust") == "spacingAndGlyphs"
    assert float(words.get("x")) + float(words.get("textLength")) <= float(picture.get("width"))

import re

from pages.components.result import explorer
from spex_core.views.orientation import Orientation
from spex_core.views.web import EXPLORER, STYLES, script, style_sheet

SCRIPT, STYLE = script(EXPLORER), style_sheet(*STYLES)


def test_there_is_one_entry_and_nothing_is_imported():
    assert SCRIPT.count("export default") == 1
    assert not re.search(r"^import ", SCRIPT, re.MULTILINE)


def test_text_reaches_the_page_as_text_nodes_only():
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in SCRIPT


def test_nothing_is_fetched():
    for forbidden in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "@import", "url("):
        assert forbidden not in (SCRIPT + STYLE).replace("url(#", "")  # a pattern of the same picture
    assert re.findall(r"https?://[^\"' ]+", SCRIPT + STYLE) == ["http://www.w3.org/2000/svg"]


def test_a_mask_and_its_hidden_positions_are_the_same_answer():
    own = Orientation()
    answered = {"mask": [True, False, True, False], "value": 2}
    assert explorer._hidden_of(answered, own) == {"hidden": [1, 3], "value": 2.0}
    assert explorer._hidden_of(answered, Orientation(-1)) == {"hidden": [1, 3], "value": -2.0}
    assert explorer._hidden_of({"mask": [True, False], "error": "busy"}, own) == {"hidden": [1], "error": "busy"}
    assert explorer._mask([1, 3], 4) == [True, False, True, False]

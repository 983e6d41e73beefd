"""What axe-core finds on the pages, in both themes: nothing."""

import sys
from pathlib import Path

import pytest

from tests.browser.visitor import Visitor

AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("Text", "Image", "Compare", "Faithfulness", "Runs", "Learn")
# Of Streamlit's own making, where no page can reach: the field for files is a section without a role, with a name.
STREAMLITS = {"presentation-role-conflict"}
_FOUND = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    ({id, help, nodes}) => [id, help, nodes.map((node) => node.html.slice(0, 200)).slice(0, 3)])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_violation(browser, app: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core could not be had from npm")
    person = Visitor(browser, app, color_scheme=scheme)
    page = person.open()
    found = {}
    for name in PAGES:
        page.get_by_test_id("stTopNavLink").filter(has_text=name).first.click()
        person.settle()
        if name in ("Text", "Image"):
            person.result("saved")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        violations = [entry for entry in page.evaluate(_FOUND) if entry[0] not in STREAMLITS]
        if violations:
            found[name] = violations
    person.close()
    assert not found

"""The Faithfulness page of runs whose values are very small or very large."""

from __future__ import annotations

import pytest

from pages.faithfulness import _TABS
from tests.support.faithfulness_page import explained, html, open_page, open_tab, value_of
from tests.support.managers import Manager


@pytest.mark.parametrize("unit", [1e-182, 1e-310, 2e99])
def test_every_tab_draws_it(manager: Manager, unit: float) -> None:
    manager.keep("one", *explained(value=lambda m: unit * value_of(m)))
    app = open_page(run="one")
    for title in _TABS:
        open_tab(app, title)
        assert "nan" not in html(app).lower().replace("financ", "")
        assert "unexpected" not in html(app), title

"""What an address asks for, and what becomes of one that asks for nonsense."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import spex_core
from pages.components.common import session
from pages.components.result import result
from pages.components.result.deep_link import Link, read
from pages.components.result.explorer import Explored
from spex_core.explanation.result import Explanation
from spex_core.fourier.spectrum import Spectrum
from spex_core.views.shown import INDEX
from tests.pages.test_page_states import APP

TEN = spex_core.explain(lambda masks: masks[:, 0] * masks[:, 9] * 1.0, 10, budget=1024)


def test_what_fits_the_run_is_followed() -> None:
    assert read({"index": "SII", "order": "2", "sel": "3,7"}, TEN) == Link("SII", 2, (3, 7))
    assert read({"index": "fsii", "sel": "9,0,9"}, TEN) == Link("FSII", None, (0, 9))
    assert read({"hidden": "7,0", "sel": "1"}, TEN) == Link(selection=(1,), hidden=(0, 7))
    assert read({"run": "x", "other": "1"}, TEN) == read({}, TEN) == Link()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"index": "XYZ"}, "index"),
        ({"index": ""}, "index"),
        ({"index": "S" * 10_000}, "index"),
        ({"order": "99"}, "order"),
        ({"order": "0"}, "order"),
        ({"order": "-1"}, "order"),
        ({"order": "2,3"}, "order"),
        ({"order": "2.0"}, "order"),
        ({"order": "٣"}, "order"),
        ({"sel": "3,10"}, "selects"),
        ({"hidden": "10"}, "hides"),
        ({"sel": "3;4"}, "selects"),
        ({"sel": "3,"}, "selects"),
        ({"sel": "<script>"}, "selects"),
        ({"sel": "1," * 5000}, "selects"),
        ({"sel": "9" * 10_000}, "selects"),
    ],
)
def test_what_does_not_is_left_out_and_said(parameters: dict[str, str], says: str) -> None:
    link = read({"index": "SII", **parameters}, TEN)
    assert says in link.problem
    assert len(link.problem) < 150
    assert (link.order, link.selection, link.hidden) == (None, (), ())
    assert link.index == (None if "index" in parameters else "SII")


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from(("index", "order", "sel", "hidden")), st.text(max_size=400)))
def test_any_text_gives_a_view_that_can_be_drawn(parameters: dict[str, str]) -> None:
    link = read(parameters, TEN)
    assert all(0 <= feature < 10 for feature in (*link.selection, *link.hidden))
    TEN.interactions(link.index or INDEX, link.order)


def test_orders_go_as_far_as_the_run_does() -> None:
    wide = Explanation(
        tuple("abc"),
        Spectrum.from_dict(3, {(): 0.0}),
        TEN.draws[:, :1],
        0,
        0,
        TEN.faithfulness_report,
        "",
        "",
        8,
        8,
        5,
        0,
    )
    assert read({"order": "3"}, wide).order == 3
    assert read({"order": "4"}, wide).problem


def _drawn(monkeypatch: pytest.MonkeyPatch, address: dict[str, str], clicks: tuple[Explored, ...] = ()) -> list[dict]:
    """What the explorer of the saved run is given, at first and after each click."""
    given_to: list[dict] = []
    left = list(clicks)

    def explorer(explanation: Explanation, **asked: object) -> Explored:
        given_to.append(asked)
        shown = left.pop(0) if left else None
        return shown or Explored(asked["index"] or INDEX, asked["order"], asked["selection"], (), None)

    monkeypatch.setattr(session, "saved_run", lambda page: TEN)
    monkeypatch.setattr(result, "explorer", explorer)
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    said = [["address was followed in part" in html for html in _html(app)]]
    for _ in clicks:
        app.run()
        assert not app.exception
        said.append(["address was followed in part" in html for html in _html(app)])
    for entry, lines in zip(given_to, said, strict=True):
        entry["said"] = any(lines)
    return given_to


def _html(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html")]


def test_the_page_opens_on_the_view_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    (seen,) = _drawn(monkeypatch, {"index": "SII", "order": "2", "sel": "0,9"})
    assert (seen["index"], seen["order"], seen["selection"], seen["said"]) == ("SII", 2, (0, 9), False)


def test_nonsense_is_said_until_something_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    same, other = Explored(INDEX, None, (), (), None), Explored("SII", None, (3,), (), None)
    seen = _drawn(monkeypatch, {"index": "no", "order": "99", "sel": "1000"}, (same, same, other))
    assert [entry["said"] for entry in seen] == [True, True, False, False]
    assert (seen[-1]["index"], seen[-1]["selection"]) == ("SII", (3,))


def test_the_view_of_another_run_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    (seen,) = _drawn(monkeypatch, {"run": "no-such-run", "index": "SII", "sel": "3"})
    assert (seen["index"], seen["selection"], seen["said"]) == (INDEX, (), False)

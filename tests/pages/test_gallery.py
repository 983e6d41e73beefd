"""The gallery of the opening page: six findings, each of them true of the run behind it."""

from typing import Any

import pytest

from pages.components.common import session
from pages.components.result import sources, welcome


def test_the_gallery_shows_six_kinds_of_findings_as_their_runs_are() -> None:
    found = welcome.findings()
    assert len(found) == 6
    assert len({one["kind"] for one in found}) == 6
    for one in found:
        assert one["says"].endswith(".")
        assert len(one["says"]) < 140
        assert [_signs(part) for part in welcome.drawn(one["runs"])] == [_signs(part) for part in one["thumbnail"]]
        assert all(run is not None and run.faithfulness > 0.85 for run in map(sources.load, one["runs"]))


def _signs(drawn: dict[str, Any]) -> list[int]:
    """The sign of each strength that is more than a shade."""
    strengths = [part[-1] for key in ("words", "bars", "patches") for part in drawn.get(key, ())]
    return [(strength > 0.4) - (strength < -0.4) for strength in strengths]


def _effects(name: str) -> dict[tuple[str, ...], float]:
    run = sources.load(name)
    assert run is not None
    found = {}
    for order in (1, 2):
        for item in run.interactions("BII", order):
            found[tuple(run.features[at] for at in item.features)] = item.value
    return found


def test_what_the_findings_say_is_what_their_runs_found() -> None:
    """Each sentence of the gallery, as a fact of the run behind it."""
    words = _effects("saved-negated-review")
    assert min(words["nobody", "fails"], words["not", "bad"]) > 0.5
    reading = {name: _effects(f"saved-puzzle-trolley-{name}") for name in ("variant", "variant-switchyard-twin")}
    assert max(abs(reading["variant"].get((word,), 0.0)) for word in ("away", "from")) < 0.1
    assert max(reading["variant-switchyard-twin"][word,] for word in ("away", "from")) < -1
    outputs = {name: sources.load(f"saved-puzzle-trolley-{name}").output_full for name in ("classic", *reading)}
    assert outputs["classic"] > 1
    assert outputs["variant"] > 1
    assert outputs["variant-switchyard-twin"] < -1
    hops = _effects("saved-two-hops")
    assert sources.load("saved-two-hops").output_full > 0.5
    assert hops["The bakery is in Lisbon.",] > 5 * abs(hops["Anna works in the bakery.",])
    balls = sources.load("saved-two-balls")
    strongest, other = sorted(balls.interactions("Moebius", 1), key=lambda item: -item.value)[:2]
    both = tuple(sorted((*strongest.features, *other.features)))
    joint = next(item.value for item in balls.interactions("Moebius", 2) if item.features == both)
    assert joint == pytest.approx(-min(strongest.value, other.value), rel=0.1)
    clauses = sources.load("saved-agreement")
    assert clauses.n_features == 43
    assert clauses.source.unit == "sentence"
    first, second = sorted(clauses.interactions("BV"), key=lambda item: -abs(item.value))[:2]
    assert "closing fee" in clauses.features[first.features[0]]
    assert first.value > 1.5 * abs(second.value)
    assert session.page_of(balls) == session.IMAGE

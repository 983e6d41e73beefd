"""An output that does not vary, or by less than can be told: R² is undefined, and every place says why."""

import numpy as np
import pytest

import spex_core
from spex_core.cli import main
from spex_core.fourier.faithfulness import Control, exact, is_level, measure, r_squared
from spex_core.views.explorer import payload
from spex_core.views.nothing import is_flat, no_effect
from spex_core.views.report import how_made
from spex_core.views.shown import Shown
from spex_core.views.trust import how_far, trust


def _joint(masks):
    return 2.0 * masks[:, 0] * masks[:, 1] - masks[:, 2]


def _rough(masks):
    """A little that can be explained, and a lot that cannot."""
    return masks[:, 0] + np.sin(12.9898 * (masks @ (1 + 7919 * np.arange(masks.shape[1]) ** 3) % 1000003))


def _said(explanation):
    """All that is said of how far to trust it."""
    return str(
        (trust(Shown(explanation)), how_far(Shown(explanation)), how_made(explanation), payload(explanation)["answer"])
    )


@pytest.mark.parametrize("n", [5, 20])
@pytest.mark.parametrize("level", [0.0, 3.5, -1e9])
def test_a_constant_output(n, level):
    flat = spex_core.explain(lambda masks: np.full(len(masks), level), n, budget=200)
    assert is_flat(flat)
    card = trust(Shown(flat))["cards"][0]
    assert (card["value"], card["label"]) == ("R² –", "undefined: the output does not vary")
    assert card["detail"] == "hiding features did not change the output"
    assert trust(Shown(flat))["tone"] == card["tone"] == "fair"
    assert "R² 1" not in _said(flat)
    assert "precision" not in _said(flat)
    assert ("R²", "–, hiding features did not change the output") in how_made(flat)


@pytest.mark.parametrize("n", [5, 14, 40])
@pytest.mark.parametrize("offset", [1e13, -1e15, 1e16])
def test_differences_below_the_precision_of_the_values(n, offset):
    flat = spex_core.explain(lambda masks: offset + _joint(masks), n, budget=300)
    assert is_flat(flat)
    assert flat.interactions("FBII") == []
    assert any("differences of at most" in note and "below the precision of the values" in note for note in flat.notes)
    assert trust(Shown(flat))["cards"][0]["detail"] == "the differences are below the precision of the values"
    assert no_effect(flat) == "No effect found: the differences are below the precision of the values."
    sentence = "The differences are below the precision of the values, so there is nothing to explain."
    assert how_far(Shown(flat))[1] == (sentence,)
    assert "R² 1" not in _said(flat)
    assert is_flat(spex_core.Explanation.from_json(flat.to_json()))


@pytest.mark.parametrize("offset", [1e5, 1e7, -1e9])
@pytest.mark.parametrize("n", [5, 14])
def test_what_all_values_share_does_not_make_r2_perfect(n, offset):
    plain, moved = (
        spex_core.explain(
            lambda masks, more=more: more + _rough(masks), n, budget=300, max_order=1, estimator="banzhaf"
        )
        for more in (0.0, offset)
    )
    assert plain.faithfulness < 0.8
    assert moved.faithfulness == pytest.approx(plain.faithfulness, abs=1e-3)
    assert moved.notes == plain.notes
    assert not is_flat(moved)


def test_every_way_to_measure_r2_sees_the_differences():
    rng = np.random.default_rng(0)
    values, predictions = rng.normal(size=(2, 60))
    control = Control(
        (values - predictions)[:40] ** 2, (values - predictions)[40:] ** 2, (values[40:] - values.mean()) ** 2
    )
    for offset in (1e7, 1e10):
        assert not is_level(offset + values)
        for judge in (r_squared, lambda *both: exact(*both).r2):
            assert judge(offset + values, offset + predictions) == pytest.approx(judge(values, predictions), abs=1e-3)
        for more in (None, control):
            here = measure(values[:40], predictions[:40], np.random.default_rng(1), more)
            there = measure(offset + values[:40], offset + predictions[:40], np.random.default_rng(1), more)
            assert (there.r2, there.low, there.high) == pytest.approx((here.r2, here.low, here.high), abs=1e-3)


def test_a_text_of_which_a_model_knows_no_word(capsys):
    text = "ｔｈｅ ｆｏｏｄ ｗａｓ ｎｏｔ ｂａｄ"
    assert main(["explain", "--text", text, "--model", "minilm-sentiment", "--unit", "word", "--budget", "100"]) == 0
    out = capsys.readouterr().out
    assert "R² undefined: hiding words did not change the output; " in out
    assert "R² 1" not in out
    assert "no effect found" in out


def test_an_output_that_varies_has_its_r2():
    for n in (5, 20):
        clear = spex_core.explain(_joint, n, budget=300)
        assert trust(Shown(clear))["cards"][0]["value"] == "R² 1.00"
        assert not is_flat(clear)
        tiny = spex_core.explain(lambda masks: 1e-9 * _joint(masks), n, budget=300)
        assert not is_flat(tiny)

"""The listed output and the one that predicts; what is said where nothing is listed; a thousand words."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.models.base import ModelSpec
from spex_core.views.outputs import probability, share
from tests.browser.visitor import Visitor

WEAK = 4000  # about what an accurate output holds at most


def _explanation(words: int, listed: dict[tuple[int, ...], float]) -> Explanation:
    text = " ".join(f"word{at}" for at in range(words))
    rng = np.random.default_rng(0)
    weak = {
        tuple(sorted(rng.choice(words, int(rng.integers(1, 4)), replace=False).tolist())): 0.03 * float(rng.normal())
        for _ in range(WEAK)
    }
    spectrum = Spectrum.from_dict(words, {(): 0.2, **listed})
    return Explanation(
        features=tuple(text.split()),
        spectrum=spectrum,
        draws=spectrum.coefficients + 0.01 * rng.standard_normal((40, len(spectrum))),
        output_full=1.0,
        output_empty=-1.0,
        faithfulness_report=Faithfulness(0.83, 0.8, 0.86, 98, 1900),
        estimator="hybrid",
        requested_estimator="auto",
        budget=2000,
        evaluations=2000,
        max_order=4,
        seed=0,
        model=ModelSpec("minilm-sentiment", {}),
        value_unit="log-odds",
        toward=("negative", "positive"),
        source=TextSource(text, tuple(match.span() for match in re.finditer(r"\S+", text)), "word", "unk"),
        accurate=Spectrum.from_dict(words, {(): 0.2, **weak, **listed}),
        listed_report=Faithfulness(0.71, 0.67, 0.75, 98, 1900),
    )


def _open(visitor: Visitor, folder: Path, explanation: Explanation) -> Page:
    file = folder / "run.json"
    file.write_text(explanation.to_json(), encoding="utf-8")
    page = visitor.open()
    page.get_by_text("Open a saved run").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Opened file", exact=True).wait_for()
    visitor.result("opened")
    return page


def test_both_outputs_have_their_r2_and_try_it_asks_the_one_that_predicts(visitor: Visitor, tmp_path: Path) -> None:
    explanation = _explanation(40, {(1,): 0.5, (2, 5): -0.4, (3, 7): 0.3})
    page = _open(visitor, tmp_path, explanation)
    expect(page.get_by_test_id("trust-agreement")).to_contain_text("R² 0.83")
    expect(page.get_by_test_id("trust-agreement")).to_contain_text("98 maskings that it had not seen and on 1,900 more")
    expect(page.get_by_test_id("trust-listed")).to_contain_text("R² 0.71")
    expect(page.get_by_test_id("trust-found")).to_contain_text("false-discovery rate of 5 %")
    page.get_by_test_id("word-1").click(modifiers=["Shift"])
    mask = np.ones((1, 40), dtype=bool)
    mask[0, 1] = False
    full, listed = explanation.predict(mask)[0], explanation.spectrum.predict(mask)[0]
    assert abs(full - listed) > 0.01
    expect(page.get_by_test_id("predicted")).to_have_text(re.compile(rf"^{share(probability(full, 'log-odds'))} "))
    page.get_by_test_id("outputs-log").click()  # one switch for the sentence, the bar and Try it
    expect(page.get_by_test_id("predicted")).to_have_text(re.compile(f"^[+−]{abs(full):.2f} "))
    expect(page.get_by_test_id("output").first).to_have_text("+1.00 log-odds")
    expect(page.get_by_test_id("outcome-bar")).to_have_attribute(
        "aria-label", re.compile("Every word hidden: −1.00. As asked: [+]1.00.")
    )
    page.get_by_test_id("outputs-probability").click()
    expect(page.get_by_test_id("output").first).to_have_text("73 %")
    page.get_by_test_id("trust").locator("summary").press("Enter")
    expect(page.get_by_test_id("trust-cost")).to_be_visible()


def test_where_nothing_is_listed_every_picture_says_so(visitor: Visitor, tmp_path: Path) -> None:
    page = _open(visitor, tmp_path, _explanation(60, {}))
    says = "Nothing stands out from noise yet: no word or group is significant at a false-discovery rate of 5 %."
    expect(page.get_by_test_id("answer")).to_contain_text(says)
    expect(page.get_by_test_id("legend")).to_contain_text("no colour")
    expect(page.get_by_test_id("empty")).to_contain_text(says)
    for name in ("score", "graph", "matrix", "energy", "data"):
        page.get_by_test_id(f"tab-{name}").click()
        expect(page.get_by_test_id(f"panel-{name}")).to_contain_text(says)
        assert page.get_by_test_id(f"panel-{name}").locator("svg").count() == 0
    page.get_by_text("No table. Nothing stands out from noise yet").wait_for()
    visitor.shot("nothing-listed")


@pytest.mark.parametrize("nothing", [False, True], ids=["listed", "nothing"])
def test_a_click_among_a_thousand_words_answers_within_a_quarter_of_a_second(
    visitor: Visitor, tmp_path: Path, nothing: bool
) -> None:
    """Measured in the page, from the click to the frame after the change, best of five: machines are busy."""
    listed = {} if nothing else {(at, at + 300): 0.2 + 0.01 * at for at in range(60)}
    explanation = _explanation(1000, listed)
    assert len(json.dumps(explanation.to_json())) < 1_000_000
    page = _open(visitor, tmp_path, explanation)
    page.get_by_test_id("open-all").click()
    before = page.get_by_test_id("predicted").inner_text()
    times = [
        page.get_by_test_id(f"word-{at}").evaluate(
            """word => new Promise(done => {
                 const began = performance.now();
                 word.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, shiftKey: true }));
                 requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
               })"""
        )
        for at in range(5)
    ]
    expect(page.get_by_test_id("predicted")).not_to_have_text(before)
    assert min(times) < 250
    print("click at 1,000 words, ms:", [round(time) for time in times])
    visitor.shot(f"thousand-words-{'nothing' if nothing else 'listed'}")

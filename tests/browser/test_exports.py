"""What leaves the app: a report that opens from disk with no network, pictures, a bundle, Python."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import spex_core
from spex_core.explanation.result import Explanation
from spex_core.models.base import ModelSpec
from spex_core.runs.store.bundle import read_bundle
from spex_core.views.explorer import payload
from spex_core.views.labels import signed
from spex_core.views.report import report
from tests.browser.visitor import PATIENCE, SHOTS, Visitor
from tests.support.places import ASSETS
from tests.views.conftest import _explained, _pictured

SAVED = ASSETS / "saved"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "title", "rect", "line", "circle", "path", "text", "image", "pattern", "linearGradient", "stop"}
MARKUP = "<script>alert(1)</script> </script><img src=x onerror=alert(1)> <!-- \u2028 <b>bold</b> &amp; &lt; ]]>"


@contextmanager
def _opened(
    browser: Browser, tmp_path: Path, html: str, wrong: list[str] | None = None, **options: object
) -> Iterator[Page]:
    """The report from disk, in front of somebody who watches every request; complains about all but the file, and
    about what went `wrong`."""
    file = tmp_path / "report.html"
    file.write_text(html, encoding="utf-8")
    context = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    requests: list[str] = []
    wrong = [] if wrong is None else wrong
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
    page.goto(file.as_uri())
    page.get_by_test_id("answer").wait_for()
    yield page
    context.close()
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    assert not wrong


def _shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)


def _saved(name: str) -> Explanation:
    return Explanation.from_json((SAVED / name).read_text(encoding="utf-8"))


def _words(count: int) -> Explanation:
    names = [f"word{at}" for at in range(count)]
    text = "\n\n".join(" ".join(names[at : at + 100]) for at in range(0, count, 100))
    ands = {(at, (7 * at + 3) % count): 1.0 - at / 40 for at in range(30) if at < (7 * at + 3) % count}
    return _explained(text, ands or {(0,): 1.0})


def _file(page: Page, testid: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_test_id(testid).click()
    return Path(waiting.value.path()).read_bytes()


def _svg(data: bytes) -> tuple[ElementTree.Element, str]:
    """The picture and all its text, after checking that nothing in it needs anything else."""
    root = ElementTree.fromstring(data)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= SHAPES
    for node in root.iter():
        for name, value in node.attrib.items():
            assert not name.startswith("on")
            assert "http" not in value
            assert not name.endswith("href") or value.startswith("data:image/png;base64,")
    return root, " ".join(node.text or "" for node in root.iter(f"{SVG}text"))


def test_a_report_is_linked_as_in_the_app_and_asks_no_model(browser: Browser, tmp_path: Path) -> None:
    run = _saved("first.json")
    with _opened(browser, tmp_path, report(run)) as page:
        row = page.get_by_test_id("row-1")
        row.click()
        expect(row).to_have_attribute("aria-selected", "true")
        assert page.locator(".w[aria-pressed=true]").count() >= 2
        expect(page.get_by_test_id("check")).to_be_hidden()
        before = page.get_by_test_id("predicted").inner_text()
        page.get_by_test_id("word-0").click(modifiers=["Shift"])
        expect(page.get_by_test_id("predicted")).not_to_have_text(before)
        expect(page.get_by_test_id("actual")).to_be_hidden()
        names = page.get_by_test_id("index").locator("option").evaluate_all("all => all.map((one) => one.value)")
        assert len(names) == 9
        for name in names:
            page.get_by_test_id("index").select_option(name)
            data = payload(run, name)
            page.get_by_test_id("filter-order-all").click()
            shown = page.locator("[data-testid^=row-] .value").first
            expect(shown).to_contain_text(signed(data["table"]["rows"][0]["value"], data["scale"]))
        made = page.get_by_test_id("made").inner_text()
        for said in ("switchyard", f"{run.budget:,} passes", "90 % interval", spex_core.__version__):
            assert said in made


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_follows_the_readers_system(browser: Browser, tmp_path: Path, scheme: str) -> None:
    run = _saved("scene.json") if scheme == "dark" else _saved("first.json")
    with _opened(browser, tmp_path, report(run), color_scheme=scheme) as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 29)"}[scheme]
        card = page.locator(".card").first.evaluate("node => getComputedStyle(node).backgroundColor")
        assert card == ground
        _shot(page, f"report-{scheme}")


def test_markup_in_a_report_is_text(browser: Browser, tmp_path: Path) -> None:
    hostile = _explained(MARKUP, {(0, 1): 1.0, (2,): -0.5}, model=ModelSpec(MARKUP, {"question": MARKUP}))
    wrong: list[str] = []
    with _opened(browser, tmp_path, report(hostile), wrong) as page:
        shown = " ".join(page.get_by_test_id("heatmap").inner_text().split())
        assert shown.startswith("<script>alert(1)</script> </script><img src=x onerror=alert(1)> <!-- ")
        assert page.locator("b", has_text="bold").count() == 0
        assert MARKUP.split(" ")[0] in page.title()
        assert MARKUP.split(" ")[0] in page.get_by_test_id("made").inner_text()
        assert page.locator("script").count() == 2
        _, text = _svg(_file(page, "save-heatmap-svg"))
        assert "<script>alert(1)</script>" in text
        # The policy holds where escaping did not: a script that comes in all the same does not run.
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
        assert page.evaluate("window.ran") is None
        page.evaluate("fetch('https://example.org/').catch(() => { window.refused = 1 })")
        page.wait_for_timeout(500)
        assert page.evaluate("window.refused") == 1
        assert [bool(re.search("Content Security Policy", said)) for said in wrong[:2]] == [True, True]
        wrong.clear()


def test_characters_that_nobody_sees_are_signs(browser: Browser, tmp_path: Path) -> None:
    text = "esc\x1b[1m nul\0 not\ufffe bad\uffff \x07 \ud83d half\udc00 \x0c form"
    run = _explained(text, {(0, 1): 1.0, (2, 3): -0.5}, model=ModelSpec("a\x1bb", {"question": "c\x08d"}))
    with _opened(browser, tmp_path, report(run)) as page:
        signs = "esc␛[1m nul␀ not\ufffd bad\ufffd ␇ \ufffd half\ufffd ␌ form"
        assert " ".join(page.get_by_test_id("heatmap").inner_text().split()).startswith("esc␛[1m")
        assert page.title().startswith("SPEX report · esc␛[1m nul␀")
        made = page.get_by_test_id("made").inner_text()
        assert "a␛b" in made
        assert "c␈d" in made
        for name in ("heatmap", "score", "graph"):
            if name == "graph":  # the others are on screen
                page.get_by_test_id("tab-graph").click()
            root, drawn = _svg(_file(page, f"save-{name}-svg"))
            assert "esc␛[1m" in drawn
            assert name != "heatmap" or set(signs.split()) <= set(drawn.split())
            assert "esc␛[1m nul␀" in (root.findtext(f"{SVG}title") or "")
            assert Image.open(BytesIO(_file(page, f"save-{name}-png"))).size[0] == 2 * int(root.attrib["width"])


@pytest.mark.parametrize("words", [1, 50, 1000])
def test_a_printed_report_shows_everything_within_the_sheet(browser: Browser, tmp_path: Path, words: int) -> None:
    run = _words(words)
    with _opened(browser, tmp_path, report(run), color_scheme="dark") as page:
        _shot(page, f"report-{words}")
        printed = page.pdf(prefer_css_page_size=True)
        assert printed.startswith(b"%PDF")
        (SHOTS / f"report-{words}.pdf").write_bytes(printed)
        # As Chromium lays it out for paper.
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("window.onbeforeprint()")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        for name in ("score", "graph", "matrix", "energy", "data"):
            inline = name == "score" and page.get_by_test_id("panel-score").count() > 0
            assert inline or page.get_by_test_id(f"printed-{name}").is_visible(), name
        assert page.locator("[data-testid^=word-]").count() == words
        wide = page.evaluate(
            "[...document.querySelectorAll('.rp-explorer *, .rp-sheets *')]"
            ".filter((node) => node.getBoundingClientRect().right > 702 && getComputedStyle(node).display !== 'none')"
            ".map((node) => node.outerHTML.slice(0, 200))"
        )
        assert wide == []
        cut = page.evaluate(
            "[...document.querySelectorAll('.sx *')].filter((node) => getComputedStyle(node).overflowY !== 'visible'"
            " && node.clientHeight && !node.matches('svg, .bar, .unseen')"
            " && (node.scrollHeight > node.clientHeight + 2 || node.scrollWidth > node.clientWidth + 2))"
            ".map((node) => node.outerHTML.slice(0, 200))"
        )
        assert cut == []
        page.evaluate("window.onafterprint()")
        page.emulate_media(media="screen")
        assert page.locator("[data-testid^=printed-]").count() == 0
        expect(page.get_by_test_id("tab-energy")).to_be_visible()


def test_pictures_are_saved_with_how_far_to_trust_them(browser: Browser, tmp_path: Path) -> None:
    run = _saved("first.json")
    with _opened(browser, tmp_path, report(run)) as page:
        root, text = _svg(_file(page, "save-heatmap-svg"))
        for feature in run.features:
            assert feature in text.split(" ")
        for name in ("score", "graph", "matrix", "energy"):
            page.get_by_test_id(f"tab-{name}").click()
            root, text = _svg(_file(page, f"save-{name}-svg"))
            assert f"R² {run.faithfulness:.2f}" in text
            assert "Trust: High: predicts the model on unseen maskings" in text
            assert "switchyard says “" in text
            drawn = {node.tag.removeprefix(SVG) for node in root.iter()}
            assert drawn >= {"rect", "text", "line"}
            png = Image.open(BytesIO(_file(page, f"save-{name}-png")))
            assert png.size == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))
            assert len(png.convert("RGB").getcolors(1 << 24) or ()) > 20
            png.save(SHOTS / f"saved-{name}.png")


def test_an_svg_looks_like_the_picture_on_the_page(browser: Browser, tmp_path: Path) -> None:
    with _opened(browser, tmp_path, report(_pictured({(0, 1): 1.0, (2,): -0.6, (5, 13): 0.4}))) as page:
        root, text = _svg(_file(page, "save-picture-svg"))
        assert len(list(root.iter(f"{SVG}image"))) == 1
        assert "R² 0.95" in text
        on_page = page.get_by_test_id("patch-0").bounding_box()
        assert on_page is not None
        tinted = [n for n in root.iter(f"{SVG}rect") if abs(float(n.get("width", 0)) - on_page["width"]) < 0.1]
        assert len(tinted) >= 2
        png = Image.open(BytesIO(_file(page, "save-picture-png"))).convert("RGB")
        SHOTS.mkdir(exist_ok=True)
        png.save(SHOTS / "saved-picture.png")
        seen = Image.open(BytesIO(page.get_by_test_id("patch-6").screenshot())).convert("RGB")
        frame = next(n for n in root.iter(f"{SVG}image"))
        patch = page.get_by_test_id("patch-6").bounding_box()
        stage = page.locator(".stage").bounding_box()
        assert patch is not None
        assert stage is not None
        x = 20 + float(frame.attrib["x"]) + patch["x"] - stage["x"] + patch["width"] / 2
        y = 20 + float(frame.attrib["y"]) + patch["y"] - stage["y"] + patch["height"] / 2
        there = png.getpixel((round(2 * x), round(2 * y)))
        here = seen.getpixel((seen.width // 2, seen.height // 2))
        assert max(abs(a - b) for a, b in zip(there, here, strict=True)) <= 6


def test_the_download_row_gives_report_bundle_and_python(visitor: Visitor, browser: Browser, tmp_path: Path) -> None:
    page = visitor.open()
    visitor.write("The film was not bad at all.")
    visitor.budget("Home")
    visitor.explain()
    visitor.result()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report").click()
    html = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert waiting.value.suggested_filename.endswith(".html")
    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Bundle").click()
    bundle = read_bundle(Path(waiting.value.path()).read_bytes())
    assert bundle.explanation.source is not None
    assert bundle.explanation.source.text == "The film was not bad at all."
    assert len(bundle.samples) == bundle.explanation.evaluations
    assert "spex_core.explain_text(" in page.get_by_test_id("stCode").inner_text()
    visitor.shot("download-more")
    page.keyboard.press("Escape")
    _, text = _svg(_file(page, "save-heatmap-svg"))
    assert "film" in text
    with _opened(browser, tmp_path, html) as there:
        expect(there.get_by_test_id("heatmap")).to_contain_text("The film was not bad at all.")
        assert "Report written" in there.get_by_test_id("made").inner_text()


def test_the_sign_of_a_sentence_is_in_the_line_under_it(browser: Browser, tmp_path: Path) -> None:
    text = "It was far too long. The music was a joy."
    run = _explained(text, {(0,): -1.0, (1,): 1.4}, spans=((0, 20), (21, 41)), unit="sentence")
    with _opened(browser, tmp_path, report(run)) as page:
        root, _ = _svg(_file(page, "save-heatmap-svg"))
    dashed = [node.get("stroke-dasharray") is not None for node in root.iter(f"{SVG}line")][
        :-1
    ]  # the last is the foot's
    assert dashed == [True] * 5 + [False] * 5

"""The Image page: examples, uploads good and bad, a run from Explain to Try it, photographs end to end."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import spex_core
from pages.components.form.picture_examples import examples
from spex_core.explanation.sources import PictureSource
from tests.browser.visitor import Visitor
from tests.support.places import ROOT, SHARED

DOG = SHARED / "data" / "images" / "dog.png"


def _file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=kind, **options)
    return out.getvalue()


def _noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A coarse pattern that no codec flattens, cheap at any size."""
    rng = np.random.default_rng(width + height)
    channels = {"RGB": 3, "RGBA": 4}[mode]
    small = rng.integers(0, 255, (12, 16, channels), dtype=np.uint8)
    return Image.fromarray(small, mode).resize((width, height), Image.Resampling.NEAREST)


def _bomb() -> bytes:
    """The header of a PNG of 3.6 gigapixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(20_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _alert(page: Page, words: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("alert").filter(has_text=re.compile(words)).first.wait_for()


def _box(page: Page) -> tuple[float, float]:
    """Width and height of the picture on the page, from its first patch to its last."""
    # Both ends in one look: between two looks the page may move.
    width, height = page.get_by_test_id("picture").evaluate(
        """picture => {
             const patches = picture.querySelectorAll("[data-testid^=patch-]");
             const ends = [patches[0], patches[patches.length - 1]];
             const [first, last] = ends.map((patch) => patch.getBoundingClientRect());
             return [last.right - first.left, last.bottom - first.top];
           }"""
    )
    return width, height


def test_the_saved_run_is_there_before_anything_is_asked_and_the_keyboard_moves_in_it(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    visitor.result("saved")
    expect(page.get_by_test_id("picture")).to_be_visible()
    page.get_by_test_id("row-1").click()
    chosen = page.locator("[data-testid^=patch-].on, [data-testid^=patch-][aria-pressed=true]")
    assert chosen.count() >= 2
    name = page.get_by_test_id("patch-0").get_attribute("aria-label")
    assert name is not None
    assert "A1" in name
    visitor.shot("image-saved")
    page.keyboard.press("Escape")
    _move_by_keyboard(page)


def _move_by_keyboard(page: Page) -> None:
    explanation = spex_core.Explanation.from_json((ROOT / "assets/saved/photo.json").read_text(encoding="utf-8"))
    assert isinstance(explanation.source, PictureSource)
    columns = explanation.source.grid[0]
    page.get_by_test_id("patch-0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate(
        "() => { let at = document.activeElement; while (at.shadowRoot) at = at.shadowRoot.activeElement;"
        " return at.dataset.testid }"
    )
    assert focused == f"patch-{columns + 1}"
    page.keyboard.press("Enter")
    expect(page.get_by_test_id(f"patch-{columns + 1}")).to_have_attribute("aria-pressed", "true")


def test_what_was_chosen_just_before_a_link_is_kept_and_the_other_page_is_whole(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    visitor.result("saved")
    for row, moments in (("row-2", 350), ("row-3", 0)):
        link = page.get_by_role("link", name="Text", exact=True).element_handle()
        page.get_by_test_id(row).evaluate(
            "(row, [link, moments]) => { row.click(); setTimeout(() => link.click(), moments); }", [link, moments]
        )
        page.get_by_label("Text to explain").wait_for()
        visitor.settle()
        expect(page.get_by_label("Text to explain")).to_be_visible()
        page.get_by_role("link", name="Image", exact=True).click()
        expect(page.get_by_test_id(row)).to_have_attribute("aria-selected", "true")
        visitor.settle()


def test_segments_from_the_form_to_try_it_and_out(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open_pictures()
    visitor.example("Two balls")
    page.get_by_role("radio", name="segments", exact=True).click()
    visitor.settle()
    page.get_by_label("Number of segments", exact=True).fill("9")
    page.keyboard.press("Enter")
    page.get_by_text("9 segments → 9 features").wait_for()
    visitor.budget("Home", steps=9)
    visitor.explain()
    visitor.result()
    expect(page.get_by_test_id("patch-8")).to_have_attribute("aria-label", re.compile("segment S9"))

    page.get_by_test_id("hide-mode").click()
    before = page.get_by_test_id("predicted").inner_text()
    page.get_by_test_id("patch-4").click()
    expect(page.get_by_test_id("hidden")).to_contain_text("S5")
    expect(page.get_by_test_id("predicted")).not_to_have_text(before)
    page.get_by_test_id("check").click()
    page.get_by_text(re.compile("off by")).wait_for()
    visitor.shot("image-segments")

    with page.expect_download() as waiting:
        page.get_by_test_id("save-picture-svg").click()
    drawing = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert drawing.count("<path") >= 2 * 9  # every outline is in the file
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    saved = tmp_path / "run.json"
    waiting.value.save_as(saved)
    explanation = spex_core.Explanation.from_json(saved.read_text(encoding="utf-8"))
    assert isinstance(explanation.source, PictureSource)
    assert explanation.source.segments is not None
    assert explanation.source.segments.count == 9


def test_an_example_from_question_to_try_it(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open_pictures()
    visitor.example("Two balls")
    expect(page.get_by_role("textbox", name="Question", exact=True)).to_have_value("Is there a ball?")
    page.locator("#model-reply").filter(has_text="yes").wait_for()
    visitor.budget("Home", steps=9)
    visitor.explain()
    visitor.result()
    answer = page.get_by_test_id("answer").inner_text()
    assert "Is there a ball?" in answer
    assert "yes" in answer

    page.get_by_test_id("hide-mode").click()
    before = page.get_by_test_id("predicted").inner_text()
    page.get_by_test_id("patch-7").click()
    expect(page.get_by_test_id("predicted")).not_to_have_text(before)
    page.get_by_test_id("check").click()
    page.get_by_text(re.compile("off by")).wait_for()

    page.get_by_test_id("cutout-1").first.click()
    expect(page.get_by_test_id("row-1")).to_have_attribute("aria-selected", "true")

    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    saved = tmp_path / "run.json"
    waiting.value.save_as(saved)
    explanation = spex_core.Explanation.from_json(saved.read_text(encoding="utf-8"))
    assert isinstance(explanation.source, PictureSource)
    assert explanation.source.picture == examples()["two-balls"].picture
    assert explanation.source.grid == examples()["two-balls"].grid
    document = json.loads(saved.read_text(encoding="utf-8"))
    assert document["model"] == "scenes"

    page.get_by_role("link", name="Text", exact=True).click()
    page.get_by_label("Text to explain").wait_for()
    page.get_by_text("Open a saved run").click()  # a picture's run leads to the page of pictures
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(saved)
    page.get_by_text("Opened file", exact=True).wait_for()
    visitor.result("opened")
    expect(page.get_by_test_id("picture")).to_be_visible()


def test_question_words_can_be_features(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    visitor.example("Which colour?")
    page.get_by_test_id("stSidebar").get_by_text("Question words are features too").click()
    visitor.settle()
    page.get_by_text("24 patches + 5 words → 29 features").wait_for()
    visitor.budget("Home", steps=10)
    visitor.explain()
    visitor.result()
    page.get_by_test_id("filter-kind-patch-word").click()
    rows = page.locator("[data-testid^=row-]").all_inner_texts()
    assert rows
    for row in rows:
        assert "“" in row
    visitor.shot("image-words")


def test_bad_pictures_and_no_question_are_refused_in_words(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    files = {
        "damaged": ("corrupt.png", _file(_noise(300, 200))[:400]),
        "25 megapixels": ("bomb.png", _bomb()),
        "PNG, JPEG or WebP": ("text.png", b"not a picture at all"),
        "GIF": ("gif.png", _file(_noise(30, 20), "GIF")),
        "empty": ("empty.png", b""),
    }
    for says, (name, data) in files.items():
        visitor.upload(name, data)
        _alert(page, says)
        assert "Traceback" not in page.inner_text("body")
    visitor.upload("good.png", _file(_noise(200, 150)))  # and the page goes on
    expect(page.get_by_test_id("stSidebar").get_by_role("alert")).to_have_count(0)

    # Without a question nothing starts.
    visitor.example("Two balls")
    page.get_by_role("textbox", name="Question", exact=True).fill("")
    page.get_by_role("textbox", name="Question", exact=True).blur()
    visitor.settle()
    visitor.explain()
    _alert(page, "question")
    assert page.url.endswith("?run=saved-two-balls")  # the example's own result is still there


def test_a_rotated_photo_stands_upright(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: 400 x 200 stored, 200 x 400 seen
    visitor.upload("rotated.jpg", _file(_noise(400, 200), "JPEG", exif=exif), "image/jpeg")
    visitor.budget("Home")
    visitor.explain()
    visitor.result()
    width, height = _box(page)
    assert height / width == pytest.approx(2, rel=0.05)


def test_unusual_pictures_keep_their_shape(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    page.get_by_role("radio", name="4×3").click()
    visitor.settle()
    shown = ""
    for name, size, mode in (
        ("transparent", (240, 180), "RGBA"),
        ("wide", (2400, 120), "RGB"),
        ("tall", (90, 1800), "RGB"),
    ):
        visitor.upload(f"{name}.png", _file(_noise(*size, mode)))
        visitor.budget("Home")
        visitor.explain()
        page.wait_for_function("shown => /run=/.test(location.href) && location.href !== shown", arg=shown)
        shown = page.evaluate("location.href")
        visitor.result(parse_qs(urlsplit(shown).query)["run"][0])
        width, height = _box(page)
        assert width / height == pytest.approx(size[0] / size[1], rel=0.05)
        visitor.shot(f"image-{name}")


def test_a_photo_of_twenty_megapixels_is_reduced_and_says_so(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    visitor.upload("large.jpg", _file(_noise(5472, 3648), "JPEG", quality=70), "image/jpeg")
    page.get_by_text(re.compile("reduced from 5472 x 3648 to 2048 x 1365")).wait_for()
    visitor.budget("Home")
    visitor.explain()
    visitor.result()
    width, height = _box(page)
    assert width / height == pytest.approx(1.5, rel=0.05)


@pytest.mark.skipif(not DOG.exists(), reason="the shared photograph is not here")
def test_an_own_photograph_from_upload_to_try_it(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    visitor.upload("dog.png", DOG.read_bytes())
    page.locator("#seen").filter(has_text="Ibizan hound").wait_for()
    page.get_by_role("combobox", name="Class or group to explain").click()
    page.keyboard.type("dog, any")
    page.get_by_role("option", name="dog, any breed (a group)").click()
    visitor.settle()
    page.get_by_text("24 patches → 24 features").wait_for()
    visitor.budget("Home", steps=3)
    visitor.explain()
    visitor.result()
    assert "photo says dog: 84 %" in page.get_by_test_id("answer").inner_text()
    width, height = _box(page)
    with Image.open(DOG) as picture:
        assert width / height == pytest.approx(picture.width / picture.height, rel=0.05)
    page.get_by_test_id("hide-mode").click()
    page.get_by_test_id("patch-15").click()  # C4, on the dog
    page.get_by_test_id("check").click()
    page.get_by_text(re.compile("off by")).wait_for()
    visitor.shot("image-dog")


def test_what_the_model_sees_on_a_small_dark_phone(browser: object, app: str) -> None:
    person = Visitor(browser, app, viewport={"width": 390, "height": 844}, color_scheme="dark")  # type: ignore[arg-type]
    person.page.goto(f"{app}/image")
    person.page.get_by_test_id("stExpandSidebarButton").click()
    person.example("Cat")
    seen = person.page.locator("#seen")
    seen.filter(has_text="Egyptian cat").wait_for()
    seen.scroll_into_view_if_needed()
    box = seen.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert person.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    person.shot("image-seen-phone-dark")
    person.close()


def test_a_model_that_does_not_fit_says_what_it_takes(visitor: Visitor) -> None:
    page = visitor.open_pictures()
    page.get_by_test_id("stSidebar").get_by_role("combobox", name="Model").fill(
        "LLaVA"
    )  # the list shows a few at a time
    page.get_by_role("option").filter(has_text="LLaVA-NeXT").click()
    visitor.settle()
    page.get_by_role("textbox", name="Question", exact=True).fill("What is in the cup?")
    page.get_by_role("textbox", name="Question", exact=True).blur()
    visitor.settle()
    page.get_by_text(re.compile(r"Needs a download of [\d.]+ GB")).wait_for()
    page.get_by_text(re.compile(r"Memory: [\d.]+ GB")).wait_for()
    page.get_by_role("button", name="Ask the model").wait_for()
    visitor.shot("image-llava")


def test_a_phone_shows_the_whole_picture(browser: object, app: str) -> None:
    person = Visitor(browser, app, viewport={"width": 420, "height": 900}, color_scheme="dark")  # type: ignore[arg-type]
    person.page.goto(f"{app}/image")
    person.page.get_by_test_id("picture").wait_for()
    person.page.wait_for_timeout(500)
    width, height = _box(person.page)
    assert 250 < width <= 420
    assert width / height == pytest.approx(3 / 2, rel=0.05)
    assert person.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    person.shot("image-phone-dark")
    person.close()

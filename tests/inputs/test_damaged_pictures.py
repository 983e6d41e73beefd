"""Damaged pixels: refused, or exactly the pixels of the whole file, whatever is damaged and whatever is read first."""

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from spex_core.errors import PictureError
from spex_core.inputs.pictures import as_picture, read_picture


def _noise(size=(53, 37)):
    values = np.random.default_rng(0).integers(0, 256, (size[1] // 2, size[0] // 2, 3), dtype=np.uint8)
    return Image.fromarray(values).resize(size)


def _file(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


_PNGS = {
    "plain": _file(_noise()),
    "turned": _file(_noise(), exif=_turned()),
    "see-through": _file(_noise().convert("RGBA")),
    "palette": _file(_noise().quantize(16), transparency=1),
    "flat": _file(Image.new("RGB", (500, 300), "navy")),
    "sixteen bits": _file(Image.fromarray(np.arange(2000, dtype=np.uint16).reshape(40, 50) * 32)),
}
_OTHERS = {
    "JPEG": _file(_noise(), "JPEG"),
    "turned JPEG": _file(_noise(), "JPEG", exif=_turned()),
    "progressive": _file(_noise(), "JPEG", progressive=True),
    "restarts": _file(_noise(), "JPEG", restart_marker_rows=1),
    "WebP": _file(_noise(), "WEBP"),
    "turned WebP": _file(_noise(), "WEBP", exif=_turned()),
    "lossless WebP": _file(_noise(), "WEBP", lossless=True),
    "see-through WebP": _file(_noise().convert("RGBA"), "WEBP"),
    "animation": _file(_noise(), "WEBP", save_all=True, append_images=[_noise().rotate(90)]),
}
_FILES = {**_PNGS, **_OTHERS}
_WHOLE = {name: np.asarray(read_picture(data)) for name, data in _FILES.items()}


def _still_to_be_read(data):
    """The picture as a PIL image that Pillow opened and has not decoded."""
    try:
        image = Image.open(io.BytesIO(data))
    except Exception as error:  # nobody can pass what cannot be opened
        raise PictureError("not opened") from error
    return as_picture(image)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("read", [read_picture, _still_to_be_read])
@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(_PNGS)), st.floats(0, 1), st.integers(1, 255))
@example("flat", 0.9, 1)
def test_a_changed_byte_of_a_png_is_seen(read, name, share, change):
    data = bytearray(_PNGS[name])
    data[round(share * (len(data) - 1))] ^= change
    with suppress(PictureError):
        assert np.array_equal(np.asarray(read(bytes(data))), _WHOLE[name])


@pytest.mark.parametrize("read", [read_picture, _still_to_be_read])
def test_every_byte_of_the_pixels_and_their_checksum_counts(read):
    whole = _PNGS["plain"]
    start, end = whole.index(b"IDAT"), whole.index(b"IEND") - 4
    for at in {*range(start, end, 37), *range(end - 60, end)}:
        data = bytearray(whole)
        data[at] ^= 0x10
        with pytest.raises(PictureError, match=r"^the picture is damaged|not opened") as caught:
            read(bytes(data))
        assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("read", [read_picture, _still_to_be_read])
@pytest.mark.parametrize("name", sorted(_FILES))
def test_a_file_that_ends_early_is_refused(read, name):
    whole = _FILES[name]
    lengths = {*range(40, len(whole), max(1, len(whole) // 60)), *range(len(whole) - 16, len(whole))}
    for length in sorted(lengths):
        with suppress(PictureError):
            assert np.array_equal(np.asarray(read(whole[:length])), _WHOLE[name]), length


@pytest.mark.parametrize("name", sorted(_OTHERS))
def test_a_file_without_its_second_half_is_said_to_be_damaged(name):
    with pytest.raises(PictureError, match="the picture is damaged"):
        read_picture(_FILES[name][: len(_FILES[name]) // 2])


def test_a_damaged_image_stays_damaged_when_it_is_asked_again():
    jpeg = bytearray(_OTHERS["JPEG"])
    table = jpeg.index(b"\xff\xc4")
    jpeg[table + 5] = 0xFF
    for data in (bytes(jpeg), _OTHERS["progressive"][:-300]):
        image = Image.open(io.BytesIO(data))
        for _ in range(3):
            with pytest.raises(PictureError, match="the picture is damaged"):
                as_picture(image)


def test_what_follows_the_end_of_a_png_does_not_count():
    assert np.array_equal(np.asarray(read_picture(_PNGS["turned"] + b"more")), _WHOLE["turned"])


def test_an_image_at_a_later_frame_is_read_where_it_stands():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    image = Image.open(io.BytesIO(_file(frames[0], save_all=True, append_images=frames[1:])))
    image.seek(1)
    assert as_picture(image).getpixel((0, 0)) == (0, 255, 0)

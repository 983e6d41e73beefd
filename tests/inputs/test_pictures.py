"""Pictures: every accepted kind becomes the same plain form, and everything else one named error."""

import io
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from spex_core.errors import InputError, PictureError
from spex_core.inputs import pictures
from spex_core.inputs.pictures import as_picture, open_picture, png_bytes, read_picture
from tests.support.places import ROOT


def _file(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def _quarters(size=(40, 24)):
    """Red, green, blue and white quarters."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    middle = size[0] // 2, size[1] // 2
    draw.rectangle((0, 0, middle[0] - 1, middle[1] - 1), fill="red")
    draw.rectangle((middle[0], 0, size[0], middle[1] - 1), fill="lime")
    draw.rectangle((0, middle[1], middle[0] - 1, size[1]), fill="blue")
    return image


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width, height, *extra, body=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(extra) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    )


def _is_plain(image):
    return image.mode == "RGB" and not image.info and type(image) is Image.Image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_rotated_cameras_give_upright_pictures(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = _turned(_quarters(), orientation)
    options = {"PNG": {}, "JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}[kind]
    upright = read_picture(_file(turned, kind, exif=exif, **options))
    assert _is_plain(upright)
    assert upright.size == (40, 24)
    difference = np.abs(np.asarray(upright, dtype=int) - np.asarray(_quarters(), dtype=int))
    assert np.median(difference) <= 2
    assert difference.mean() < 4


def _turned(upright, orientation):
    """What a camera held that way stores: EXIF's definition, row by row and column by column."""
    pixels = np.asarray(upright)
    stored = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, 1),
        7: pixels.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(pixels, -1),
    }[orientation]
    return Image.fromarray(np.ascontiguousarray(stored))


def test_transparency_is_laid_on_white():
    image = Image.new("RGBA", (4, 1), (255, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 255))
    image.putpixel((2, 0), (0, 0, 0, 128))
    for kind in ("PNG", "WEBP"):
        plain = read_picture(_file(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
        assert _is_plain(plain)
        assert [plain.getpixel((x, 0)) for x in range(4)] == [(255,) * 3, (255, 0, 0), (127,) * 3, (255,) * 3]


def test_palettes_with_and_without_transparency():
    image = _quarters().quantize(4)
    assert np.array_equal(np.asarray(read_picture(_file(image))), np.asarray(_quarters()))
    see_through = image.getpixel((0, 0))
    plain = read_picture(_file(image, transparency=see_through))
    assert plain.getpixel((0, 0)) == (255, 255, 255)
    assert plain.getpixel((39, 0)) == (0, 255, 0)


def test_sixteen_bit_grey_is_scaled_not_clipped():
    values = np.array([[0, 257 * 64, 257 * 128, 65535]], dtype=np.uint16)
    plain = read_picture(_file(Image.fromarray(values)))
    assert [plain.getpixel((x, 0))[0] for x in range(4)] == [0, 64, 128, 255]


def test_sixteen_bit_colour_keeps_the_high_byte():
    row = b"\0" + struct.pack(">6H", 65535, 257 * 7, 0, 257 * 200, 0, 65535)
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
    plain = read_picture(b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(row)) + _chunk(b"IEND", b""))
    assert [plain.getpixel((x, 0)) for x in range(2)] == [(255, 7, 0), (200, 0, 255)]


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "I;16", "PA"]
)
def test_every_mode_of_an_image_in_memory(mode):
    if mode in ("I", "F", "I;16"):
        image = Image.fromarray(np.full((3, 5), 100, {"I": np.int32, "F": np.float32, "I;16": np.uint16}[mode]))
    else:
        image = Image.new(mode, (5, 3))
    assert image.mode == mode
    plain = as_picture(image)
    assert _is_plain(plain)
    assert plain.size == (5, 3)


def test_cmyk_jpeg_keeps_its_colours():
    plain = read_picture(_file(_quarters((64, 64)).convert("CMYK"), "JPEG", quality=100, subsampling=0))
    for x, y, colour in [(8, 8, (255, 0, 0)), (56, 8, (0, 255, 0)), (8, 56, (0, 0, 255)), (56, 56, (255, 255, 255))]:
        assert np.abs(np.subtract(plain.getpixel((x, y)), colour)).max() <= 3


def test_grey_and_a_single_pixel():
    assert read_picture(_file(Image.new("L", (3, 2), 77), "JPEG")).getpixel((1, 1)) == (77, 77, 77)
    assert read_picture(_file(Image.new("RGB", (1, 1), (1, 2, 3)))).getpixel((0, 0)) == (1, 2, 3)


@pytest.mark.parametrize(("size", "now"), [((4000, 3), (2048, 2)), ((3, 4000), (2, 2048)), ((20000, 1), (2048, 1))])
def test_very_wide_and_very_tall_pictures_are_reduced(size, now):
    found = open_picture(_file(Image.new("RGB", size, "navy")))
    assert found.image.size == now
    assert found.image.getpixel((0, 0)) == (0, 0, 128)
    assert found.note == f"reduced from {size[0]} x {size[1]} to {now[0]} x {now[1]}"


@pytest.fixture(scope="module")
def large():
    """A photo of 20 megapixels, and what it should be turned and reduced to."""
    photo = _quarters((5472, 3648))
    reduced = photo.transpose(Image.Transpose.ROTATE_270).resize((1365, 2048), Image.Resampling.LANCZOS)
    return photo, np.asarray(reduced, dtype=np.int16)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_20_megapixels_is_reduced(large, kind):
    photo, reduced = large
    exif = Image.Exif()
    exif[0x0112] = 6
    found = open_picture(_file(photo, kind, exif=exif, **({"method": 0} if kind == "WEBP" else {})))
    assert found.image.size == (1365, 2048)
    assert found.note == "reduced from 3648 x 5472 to 1365 x 2048"
    difference = np.abs(np.asarray(found.image, dtype=np.int16) - reduced)
    assert difference.mean() < 2
    assert open_picture(png_bytes(found.image)).note == ""


def test_what_fits_is_not_changed():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8))
    for given_ in (image, _file(image), bytearray(_file(image)), _file(image, "WEBP", lossless=True)):
        found = open_picture(given_)
        assert found.note == ""
        assert np.array_equal(np.asarray(found.image), np.asarray(image))
    assert read_picture(png_bytes(image)).tobytes() == image.tobytes()
    assert pictures.digest(read_picture(png_bytes(image))) == pictures.digest(image)
    assert pictures.digest(image) != pictures.digest(image.transpose(Image.Transpose.ROTATE_180))


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    for kind in ("WEBP", "PNG"):
        moving = _file(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert read_picture(moving).getpixel((0, 0)) == (255, 0, 0)


def test_paths_are_read(tmp_path):
    (tmp_path / "scene.jpeg").write_bytes(_file(_quarters()))
    assert as_picture(tmp_path / "scene.jpeg").size == as_picture(str(tmp_path / "scene.jpeg")).size == (40, 24)
    with pytest.raises(PictureError, match=r"cannot read .*No such file"):
        as_picture(tmp_path / "nothing.png")
    with pytest.raises(PictureError, match="cannot read"):
        as_picture(tmp_path)
    with pytest.raises(PictureError, match="cannot read"):
        as_picture("a\0b")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"just some text, long enough to look at", "no picture of a known kind; use PNG, JPEG or WebP"),
        (_file(_quarters(), "GIF"), "a GIF; use PNG"),
        (_file(_quarters(), "BMP"), "a BMP; use PNG"),
        (_file(_quarters(), "TIFF"), "a TIFF; use PNG"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (_file(_quarters())[:60], "damaged"),
        (_file(_quarters(), "JPEG")[:300], "damaged"),
        (_file(_quarters(), "WEBP")[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"RIFF\0\0\0\0WEBP", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(pictures.MAX_BYTES), "larger than 10 MB"),
        (_png(0, 5), "0 x 5"),
        (_png(60000, 60000), "60000 x 60000 pixels, 3,600.0 megapixels; the limit is 25 megapixels"),
        (_png(5001, 5000), "25 megapixels"),
        (_file(Image.new("RGB", (8, 8)), "JPEG").replace(b"\xff\xda", b"\xff\xda\xff\xda" * 101), "scans"),
    ],
)
def test_what_is_refused_says_why(data, words):
    with pytest.raises(PictureError, match=words) as caught:
        read_picture(data)
    assert "\n" not in str(caught.value)


def test_what_is_no_picture_at_all():
    for thing in (None, 3, [1, 2], np.zeros((3, 3, 3))):
        with pytest.raises(PictureError, match="is not a picture"):
            as_picture(thing)
    with pytest.raises(PictureError, match="25 megapixels"):
        as_picture(Image.new("1", (5001, 5000)))


def _big_headers():
    jpeg = bytearray(_file(Image.new("RGB", (8, 8)), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    webp = bytearray(_file(Image.new("RGB", (8, 8)), "WEBP"))
    webp[26:30] = struct.pack("<HH", 16383, 16383)
    lossless = bytearray(_file(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    lossless[21:25] = struct.pack("<I", 16382 | 16382 << 14)
    extended = bytearray(
        _file(Image.new("RGBA", (8, 8), (1, 2, 3, 4)), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    )
    assert extended[12:16] == b"VP8X"
    extended[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    return {"JPEG": jpeg, "WebP": webp, "WebP lossless": lossless, "WebP extended": extended}


@pytest.mark.parametrize(("kind", "data"), [(k, bytes(d)) for k, d in _big_headers().items()])
def test_large_headers_of_every_kind_are_refused_before_decoding(kind, data):
    with pytest.raises(PictureError, match="megapixels"):
        read_picture(data)


_BOMBS = """
import resource, struct, sys, zlib
from PIL import Image
from spex_core.errors import PictureError
from spex_core.inputs.pictures import read_picture
sys.path.insert(0, ".")
from tests.inputs.test_pictures import _chunk, _png
zeros = zlib.compress(bytes(300_000_000), 9)
text = _chunk(b"zTXt", b"note\\0\\0" + zeros)
profile = _chunk(b"iCCP", b"icc\\0\\0" + zeros)
pixels = zlib.compress(b"".join(b"\\0" + bytes(30) for _ in range(10)))
read_picture(_png(10, 10, body=pixels))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in (_png(60000, 60000, body=zeros), _png(10, 10, text, profile, body=pixels), _png(10, 10, body=zeros)):
    try:
        print(read_picture(data).size)
    except PictureError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, "MB")
"""


def test_bombs_cost_next_to_no_memory():
    done = subprocess.run([sys.executable, "-c", _BOMBS], capture_output=True, text=True, cwd=ROOT, check=True)
    pixels, words, _, megabytes = done.stdout.splitlines()
    assert "3,600.0 megapixels" in pixels
    assert words == "(10, 10)"
    # The bombs themselves are made before the measurement starts, so its peak is theirs or ours, whichever is more.
    assert int(megabytes.split()[0]) < 100


_KINDS = {
    "PNG": _file(_quarters((12, 9)).convert("RGBA")),
    "palette": _file(_quarters((12, 9)).quantize(4), transparency=1),
    "JPEG": _file(
        _quarters((12, 9)), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    ),
    "progressive": _file(_quarters((12, 9)), "JPEG", progressive=True),
    "WebP": _file(_quarters((12, 9)), "WEBP"),
    "animation": _file(_quarters((12, 9)), "WEBP", save_all=True, append_images=[_quarters((12, 9)).rotate(90)]),
}


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=400)
@given(
    kind=st.sampled_from(sorted(_KINDS)),
    cut=st.none() | st.integers(0, 400),
    changes=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), max_size=6),
    inserted=st.none() | st.tuples(st.integers(0, 1000), st.binary(max_size=12)),
)
def test_mutated_files_are_a_picture_or_a_picture_error(kind, cut, changes, inserted):
    data = bytearray(_KINDS[kind])
    for at, value in changes:
        data[at % len(data)] = value
    if inserted is not None:
        at = inserted[0] % len(data)
        data[at:at] = inserted[1]
    with suppress(PictureError):
        image = read_picture(bytes(data[:cut]))
        assert _is_plain(image)
        assert image.width * image.height <= pictures.MAX_PIXELS


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF1234WEBPVP8 "]))
def test_noise_is_a_picture_error(noise, start):
    with pytest.raises(PictureError):
        read_picture(start + noise)


def test_a_damaged_exif_block_does_not_hide_the_picture():
    data = _file(_quarters(), "PNG", exif=b"MM\0*\0\0\0\x08\xff\xff" + bytes(range(40)))
    assert read_picture(data).size == (40, 24)


def test_check_png_reads_the_header_only():
    assert pictures.check_png(_png(700, 500)) == (700, 500)
    for data in (b"", b"GIF89a", _file(_quarters(), "JPEG"), _png(6000, 6000), b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(PictureError):
            pictures.check_png(data)


def test_names_of_patches():
    names = [pictures.patch_name(*cell) for cell in [(0, 0), (1, 2), (25, 0), (26, 9), (51, 0), (52, 0), (63, 63)]]
    assert names == ["A1", "B3", "Z1", "AA10", "AZ1", "BA1", "BL64"]


@pytest.mark.parametrize("grid", [(0, 1), (65, 1), (1, 1.5), "86", (1,), None, (True, 2), (9, 4), (4, 9)])
def test_grids_out_of_range(grid):
    with pytest.raises(InputError, match="grid"):
        pictures.check_grid(grid, (8, 8))

"""Pictures: PNG, JPEG and WebP of every sort, opened as the Image page and the command line do, and masked."""

import io
import struct
import zlib
from functools import cache

import numpy as np
from hypothesis import strategies as st

from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.picture_bytes import PNG_MAGIC
from spex_core.inputs.pictures import MAX_SIDE, digest, open_picture
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_bytes


@cache
def files():
    from PIL import Image, ImageCms

    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 4), dtype=np.uint8)
    rgba = Image.fromarray(noise)
    rgb = rgba.convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = []

    def save(image, kind, **options):
        file = io.BytesIO()
        image.save(file, kind, **options)
        found.append(file.getvalue())

    for mode in ("RGB", "RGBA", "L", "LA", "P", "1"):
        save(rgba.convert(mode), "PNG")
    save(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), "PNG")
    save(rgba.convert("P"), "PNG", transparency=3)
    save(rgb, "PNG", exif=exif, icc_profile=profile)
    save(rgb, "PNG", save_all=True, append_images=[rgb.rotate(90)])
    for options in ({}, {"progressive": True}, {"exif": exif, "icc_profile": profile}, {"subsampling": 0}):
        save(rgb, "JPEG", **options)
    save(rgb.convert("L"), "JPEG")
    save(rgb.convert("CMYK"), "JPEG")
    for options in ({}, {"lossless": True}, {"exif": exif}):
        save(rgba, "WEBP", **options)
    save(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(90)])
    save(rgb, "GIF")
    save(rgb, "TIFF")
    save(rgb, "BMP")
    return found


@st.composite
def _broken_chunks(draw):
    """A PNG with the content of its chunks broken, and their checksums right, so that it is read."""
    data = draw(st.sampled_from([data for data in files() if data.startswith(PNG_MAGIC)]))
    chunks, at = [], len(PNG_MAGIC)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(chunks) - 1))
        name, content = chunks[row]
        how = draw(st.sampled_from(("content", "content", "size", "double", "lose", "name", "unpacked")))
        if how == "content":
            chunks[row] = name, draw(broken_bytes([content], 2))
        elif how == "size" and name == b"IHDR":
            sides = st.sampled_from((0, 1, 13, 2048, 5000, 25_000_000, 2**31 - 1, 2**32 - 1))
            chunks[row] = name, struct.pack(">II", draw(sides), draw(sides)) + content[8:]
        elif how == "double":
            chunks.insert(draw(st.integers(0, len(chunks))), chunks[row])
        elif how == "lose" and len(chunks) > 1:
            del chunks[row]
        elif how == "name":
            chunks[row] = (
                draw(st.sampled_from((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf", b"acTL"))),
                content,
            )
        elif how == "unpacked" and name == b"IDAT":
            chunks[row] = name, zlib.compress(draw(st.binary(max_size=900)))
    packed = (
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
    return PNG_MAGIC + b"".join(packed)


def inputs():
    return st.one_of(broken_bytes(files()), broken_bytes(files()), _broken_chunks())


def attempt(data):
    """Open it, and hide the half of it."""
    picture = open_picture(data)
    assert picture.image.mode == "RGB"
    assert max(picture.image.size) <= MAX_SIDE
    assert digest(picture.image)
    masker = ImageMasker(picture.image, (1, 1), "blur")
    assert len(masker.apply(np.array([[True], [False]]))) == 2


KIND = Kind("pictures", inputs, attempt, "bin", in_tests=400)

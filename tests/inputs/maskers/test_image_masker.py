"""Grid cells: they tile the picture, hide exactly what the mask says, and keep every other pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from spex_core.errors import InputError, PictureError, TextError
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import MASKINGS, PictureQuestion


def noise(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


grids = st.tuples(st.integers(1, 12), st.integers(1, 12))


@settings(deadline=None, max_examples=150)
@given(grid=grids, extra=st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_cells_tile_the_picture_row_by_row(grid, extra):
    width, height = grid[0] + extra[0], grid[1] + extra[1]
    masker = ImageMasker(noise(width, height), grid)
    owners = np.zeros((height, width), dtype=int)
    sizes = []
    for patch in range(masker.patches):
        left, top, right, bottom = masker.cell_box(patch)
        sizes.append((right - left, bottom - top))
        owners[top:bottom, left:right] += 1
    assert (owners == 1).all()
    assert min(min(size) for size in sizes) >= 1
    assert np.ptp(sizes, axis=0).max() <= 1
    assert masker.patches == masker.n_features == len(masker.labels) == grid[0] * grid[1]
    boxes = [masker.cell_box(patch) for patch in range(masker.patches)]
    assert boxes == sorted(boxes, key=lambda box: (box[1], box[0]))


@settings(deadline=None, max_examples=150)
@given(
    grid=grids,
    extra=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    masking=st.sampled_from(MASKINGS),
    seed=st.integers(0, 999),
    share=st.sampled_from([0.1, 0.5, 0.9]),
)
def test_hidden_cells_are_replaced_and_kept_cells_are_the_original(grid, extra, masking, seed, share):
    image = noise(grid[0] + extra[0], grid[1] + extra[1], seed)
    masker = ImageMasker(image, grid, masking)
    masks = np.random.default_rng(seed).random((4, masker.patches)) < share
    masks[0], masks[1] = True, False
    drawn = [np.asarray(picture) for picture in masker.apply(masks)]
    original = np.asarray(image)
    assert np.array_equal(drawn[0], original)
    hidden = drawn[1]
    if masking == "grey":
        assert (hidden == 128).all()
    elif masking == "mean":
        assert np.abs(hidden - original.mean(axis=(0, 1))).max() <= 0.5
    for mask, pixels in zip(masks, drawn, strict=True):
        owner = np.zeros(original.shape[:2], dtype=bool)
        for patch in np.flatnonzero(mask):
            left, top, right, bottom = masker.cell_box(patch)
            owner[top:bottom, left:right] = True
        assert np.array_equal(pixels, np.where(owner[:, :, None], original, hidden))


@pytest.mark.parametrize("grid", [(8, 6), (4, 3), (2, 2), (16, 12), (10, 2)])
def test_blur_leaves_nothing_of_an_object_of_one_cell(grid):
    """A black disc on white, the size of a cell: what the blur leaves of it is faint and without an edge."""
    image = Image.new("RGB", (320, 240), "white")
    masker = ImageMasker(image, grid, "blur")
    left, top, right, bottom = masker.cell_box(masker.patches // 2 + grid[0] // 2)
    ImageDraw.Draw(image).ellipse((left, top, right - 1, bottom - 1), fill="black")
    hidden = np.asarray(masker.apply(np.zeros((1, masker.patches), dtype=bool))[0]).astype(int)
    assert 0 < np.ptp(hidden) < 128
    assert max(np.abs(np.diff(hidden, axis=axis)).max() for axis in (0, 1)) <= 5


def test_what_is_returned_may_be_changed():
    masker = ImageMasker(noise(30, 20), (3, 2))
    masks = np.array([[True] * 6, [False] * 6])
    for picture in masker.apply(masks):
        picture.paste((0, 0, 0), (0, 0, 30, 20))
    assert np.array_equal(np.asarray(masker.apply(masks)[0]), np.asarray(noise(30, 20)))


def test_labels_name_cells_then_words():
    masker = ImageMasker(noise(30, 20), (3, 2), "grey", question="Is there  a dog? ", mask_token="<m>")
    assert masker.labels == ["A1", "A2", "A3", "B1", "B2", "B3", "Is", "there", "a", "dog?"]
    assert [masker.question[a:b] for a, b in masker.spans] == masker.labels[6:]
    masks = np.ones((3, 10), dtype=bool)
    masks[1, [6, 9]] = False
    masks[2] = False
    asked = masker.apply(masks)
    assert all(isinstance(one, PictureQuestion) for one in asked)
    assert [one.question for one in asked] == ["Is there  a dog? ", "<m> there  a <m> ", "<m> <m>  <m> <m> "]
    assert np.array_equal(np.asarray(asked[1].image), np.asarray(noise(30, 20)))
    assert (np.asarray(asked[2].image) == 128).all()


def test_wrong_arguments_are_named():
    image = noise(70, 70)
    for arguments, words in [
        ({"masking": "blurr"}, "did you mean 'blur'"),
        ({"grid": (65, 1)}, "between 1 and 64"),
        ({"grid": (0, 1)}, "between 1 and 64"),
        ({"grid": (33, 32)}, "1,056 features, above the limit of 1,024; use a coarser grid"),
        ({"grid": (32, 32), "question": "why?"}, "and 1 words"),
        ({"image": noise(7, 70)}, "finer than a picture of 7 x 70 pixels; use at most 7 x 6"),
    ]:
        with pytest.raises(InputError, match=words):
            ImageMasker(**{"image": image, **arguments})
    with pytest.raises(TextError):
        ImageMasker(image, question="  ")
    with pytest.raises(PictureError, match="not RGB"):
        ImageMasker(image.convert("L"))
    with pytest.raises(ValueError, match=r"pass shape \(m, 48\)"):
        ImageMasker(image).apply(np.ones((1, 3), dtype=bool))
    for patch in (-1, 48):
        with pytest.raises(IndexError):
            ImageMasker(image).cell_box(patch)
    assert ImageMasker(image, (32, 32)).n_features == 1024

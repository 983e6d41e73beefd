"""Segments of a picture that follow its objects: SLIC superpixels, as many as are asked for.

Achanta et al. 2012, "SLIC superpixels compared to state-of-the-art superpixel methods", as scikit-image has it. SLIC
mostly finds fewer segments than it is asked for. So it is asked for more until there are enough; then the smallest is
joined to the neighbour whose mean colour is nearest, until as many are left as were wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spex_core.arrays import FloatArray, IntArray
from spex_core.errors import InputError, check_whole
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.segments import MAX_MAP, Segments

if TYPE_CHECKING:
    from PIL.Image import Image

_COMPACTNESS = 10  # colour against nearness, in CIELAB
_SMOOTHING = 1  # pixels
_MORE = 1.4  # how many times as many are asked for next
_TRIES = 6


def cut(image: Image, count: int) -> Segments:
    """Cut an RGB picture into `count` segments, fewer only where its pixels do not give as many.

    The same picture gives the same segments with one version of scikit-image; they are named in reading order.

    Raises:
        InputError: not a whole number from 1 to 1,024, or more than the picture's pixels.
    """
    check_whole("segments", count, 1, MAX_FEATURES)
    if count > image.width * image.height:
        raise InputError(
            f"segments={count} is more than a picture of {image.width} x {image.height} pixels has; use fewer"
        )
    from PIL.Image import Resampling

    scale = min(1.0, MAX_MAP / max(image.size))  # the copy that is cut has the size of the map
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    pixels = np.asarray(image.resize(size, Resampling.BOX) if scale < 1 else image)
    labels = _superpixels(pixels, count)
    return Segments.of(_in_reading_order(_joined(labels, pixels.reshape(-1, 3).astype(np.float64), count)), count)


def _superpixels(pixels: np.ndarray, count: int) -> IntArray:
    """(h, w) labels 0 to n - 1 of at least `count` segments, if SLIC finds as many."""
    from skimage.segmentation import slic

    most = pixels.shape[0] * pixels.shape[1]
    best = np.zeros(pixels.shape[:2], dtype=np.int64)
    asked = float(count)
    for _ in range(_TRIES):
        found = slic(
            pixels,
            n_segments=min(round(asked), most),
            compactness=_COMPACTNESS,
            sigma=_SMOOTHING,
            start_label=0,
            channel_axis=-1,
            enforce_connectivity=True,
        )
        labels = np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int64)
        if labels.max() > best.max():
            best = labels
        if best.max() + 1 >= count:
            break
        asked *= _MORE
    return best


def _joined(labels: IntArray, colours: FloatArray, count: int) -> IntArray:
    """The labels after the smallest segments were joined to their neighbours until `count` are left."""
    flat = labels.ravel()
    areas = np.bincount(flat).astype(np.float64)
    sums = np.stack([np.bincount(flat, colours[:, channel]) for channel in range(3)], axis=1)
    neighbours = _neighbours(labels)
    home = np.arange(len(areas))  # of each segment, the one that it is part of by now
    for _ in range(len(areas) - count):
        least = int(areas.argmin())
        beside = np.array(sorted(neighbours.pop(least)))
        away = np.square(sums[beside] / areas[beside, None] - sums[least] / areas[least]).sum(axis=1)
        into = int(beside[away.argmin()])
        home[home == least] = into
        areas[into] += areas[least]
        sums[into] += sums[least]
        areas[least] = np.inf
        for other in beside.tolist():
            neighbours[other].discard(least)
            if other != into:
                neighbours[other].add(into)
                neighbours[into].add(other)
    return home[labels]


def _neighbours(labels: IntArray) -> dict[int, set[int]]:
    """Of each segment, those that share a side of a pixel with it."""
    pairs = [
        np.stack([a.ravel(), b.ravel()], axis=1)
        for a, b in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1]))
    ]
    found: dict[int, set[int]] = {label: set() for label in range(int(labels.max()) + 1)}
    for a, b in np.unique(np.concatenate(pairs), axis=0).tolist():
        if a != b:
            found[a].add(b)
            found[b].add(a)
    return found


def _in_reading_order(labels: IntArray) -> IntArray:
    """Labels 0 to n - 1 by their middles: in lines as high as a segment is on average, from left to right."""
    kinds, flat = np.unique(labels, return_inverse=True)
    areas = np.bincount(flat.ravel())
    y, x = np.indices(labels.shape)
    middles = [np.bincount(flat.ravel(), axis.ravel()) / areas for axis in (y, x)]
    line = np.floor(middles[0] / np.sqrt(labels.size / len(kinds)))
    order = np.lexsort((middles[1], line))
    place = np.empty(len(kinds), dtype=np.int64)
    place[order] = np.arange(len(kinds))
    return place[flat.reshape(labels.shape)]

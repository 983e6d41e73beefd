"""The built-in model of photographs beside the batched eager network, in processor time of one run.

The eager network is an independent implementation of the same (`efficientnet-lite-pytorch`), on the same weights, in
batches of 16, on pictures that Pillow masked and resized one by one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.arrays import BoolArray
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.models.backends.photo import BICUBIC, DEVIATION, MEAN, WEIGHTS
from spex_core.models.registry import load_backend
from spex_core.models.vision.efficientnet import SIDE
from spex_core.models.vision.mosaic import Mosaic, resized
from spex_core.toys.scenes.world import draw, random_scene

PASSES, BATCH, ROUNDS = 64, 16, 3
GRID, WIDTH = (6, 4), 640


def main() -> None:
    """Print passes per second of processor time, ours and theirs, whole and in parts."""
    picture = draw(random_scene(np.random.default_rng(0)), WIDTH, 2)
    masker = ImageMasker(picture, GRID)
    masks = np.random.default_rng(0).random((PASSES, masker.n_features)) < 0.5
    backend = load_backend("photo", label="dog")
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(WEIGHTS.file)).eval()
    before = torch.get_num_threads()
    torch.set_num_threads(1)

    def theirs() -> np.ndarray:
        return np.concatenate([eager(network, _pixels(masker, masks[k : k + BATCH])) for k in range(0, PASSES, BATCH)])

    ours = backend.value_function(masker)
    pixels = [_pixels(masker, masks[k : k + BATCH]) for k in range(0, PASSES, BATCH)]
    last = [pixel.contiguous(memory_format=torch.channels_last) for pixel in pixels]
    mosaic = Mosaic(masker, SIDE, BICUBIC)
    found = backend.read_out(theirs())
    print(f"{picture.width} x {picture.height}, grid {GRID[0]} x {GRID[1]}, {PASSES} passes, best of {ROUNDS}")
    print(f"largest difference in log-odds: {np.abs(found - ours(masks)).max():.1e}")
    rows = {
        "batched eager network, whole": theirs,
        "  its network alone": lambda: [eager(network, part) for part in pixels],
        "  its network alone, channels-last": lambda: [eager(network, part) for part in last],
        "  masking and resizing alone": lambda: _pixels(masker, masks),
        "photo, whole": lambda: ours(masks),
        "  piecing together alone": lambda: mosaic(masks),
    }
    spent = {name: _processor_time(run) for name, run in rows.items()}
    torch.set_num_threads(before)
    for name, seconds in spent.items():
        print(f"{name}: {1000 * seconds / PASSES:.2f} ms a pass, {PASSES / seconds:,.1f} passes/s")
    whole, quick = spent["batched eager network, whole"], spent["photo, whole"]
    alone = spent["  its network alone, channels-last"]
    print(f"photo is {whole / quick:.1f} times as fast, and {alone / quick:.1f} times the channels-last network alone")


def eager(network: torch.nn.Module, pixels: torch.Tensor) -> np.ndarray:
    """(b, classes) logits."""
    with torch.inference_mode():
        return network(pixels).double().numpy()


def _pixels(masker: ImageMasker, masks: BoolArray) -> torch.Tensor:
    stacked = np.stack([resized(picture, SIDE, BICUBIC) for picture in masker.pictures(masks)])
    scaled = (stacked.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(DEVIATION)
    return torch.from_numpy(scaled.transpose(0, 3, 1, 2).copy())


def _processor_time(run: Callable[[], object]) -> float:
    """Seconds of the quickest of a few rounds, after one to warm up."""
    run()
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()

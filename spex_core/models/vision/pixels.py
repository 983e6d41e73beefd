"""Pictures to `pixel_values`, the bits that the model's own image processor gives, several times faster.

The library's processor without torchvision (`LlavaNextImageProcessorPil`) resizes with Pillow, and then spends most
of its time in copies, in resizing tiles to the size they have, and in float arithmetic per pixel. After Pillow's two
resizings all values are bytes, so rescaling and normalising is one look-up in a table of 256 entries per channel,
which the processor itself computes. Any other processor, or other settings, is called as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class Pixels:
    """Calls a LLaVA-NeXT image processor, or does what it would do.

    Attributes:
        table: (3, 256) float32, normalised value of each byte in each channel; None where the processor itself runs.
    """

    def __init__(self, processor: Any) -> None:
        """Recognise the processor, by its class and settings."""
        self._processor = processor
        self._tile = int((processor.crop_size or {}).get("height") or 0) if processor.crop_size else 0
        self.table = self._table() if self._recognised() else None

    def __call__(self, images: Sequence[Image]) -> Tensor:
        """(b, tiles, 3, height, width) float32 of b pictures that have one size."""
        import torch

        if self.table is None:
            values: Tensor = self._processor(list(images), return_tensors="pt")["pixel_values"]
            return values
        return torch.from_numpy(np.stack([self._one(image) for image in images]))

    def _recognised(self) -> bool:
        from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

        own: Any = self._processor
        tile, crop = self._tile, own.crop_size
        return (
            own.__class__ is LlavaNextImageProcessorPil
            and bool(
                own.do_resize and own.do_center_crop and own.do_rescale and own.do_normalize and own.do_convert_rgb
            )
            and tile > 0
            and crop.width == tile
            and {key: value for key, value in dict(own.size).items() if value is not None} == {"shortest_edge": tile}
            and len(own.image_mean) == len(own.image_std) == 3
            and all(side % tile == 0 for pair in own.image_grid_pinpoints for side in pair)
        )

    def _table(self) -> NDArray[np.float32]:
        own = self._processor
        every = np.broadcast_to(np.arange(256, dtype=np.uint8), (3, 1, 256))
        scaled = own.rescale(every, scale=own.rescale_factor)
        table: NDArray[np.float32] = np.ascontiguousarray(
            own.normalize(scaled, mean=own.image_mean, std=own.image_std)[:, 0]
        )
        return table

    def _one(self, image: Image) -> NDArray[np.float32]:
        """(tiles, 3, tile, tile): the whole picture squeezed into one tile, then its enlargement's tiles row by row."""
        from transformers import image_processing_utils

        assert self.table is not None
        own: Any = image_processing_utils
        tile, resample = self._tile, self._processor.resample
        rgb = image if image.mode == "RGB" else image.convert("RGB")
        target = own.select_best_resolution((rgb.height, rgb.width), self._processor.image_grid_pinpoints)
        shape = np.empty((3, rgb.height, rgb.width), dtype=np.bool_)  # the function asks an array for its shape only
        height, width = own.get_patch_output_size(shape, target, input_data_format="channels_first")
        if width == tile and _across_first(rgb.size, ((tile, height), (tile, tile)), resample):
            rgb = rgb.resize((tile, rgb.height), resample)  # the half that both resizings share
        canvas = np.zeros((*target, 3), dtype=np.uint8)
        top, left = (target[0] - height) // 2, (target[1] - width) // 2
        canvas[top : top + height, left : left + width] = np.asarray(rgb.resize((width, height), resample))
        down, across = target[0] // tile, target[1] // tile
        parts = canvas.reshape(down, tile, across, tile, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, tile, tile)
        squeezed = np.asarray(rgb.resize((tile, tile), resample)).transpose(2, 0, 1)
        values = np.empty((len(parts) + 1, 3, tile, tile), dtype=np.float32)
        for channel, look_up in enumerate(self.table):
            look_up.take(squeezed[channel], out=values[0, channel], mode="clip")
            for k in range(len(parts)):
                look_up.take(parts[k, channel], out=values[k + 1, channel], mode="clip")
        return values


@lru_cache(maxsize=64)
def _across_first(size: tuple[int, int], targets: tuple[tuple[int, int], ...], resample: int) -> bool:
    """Whether Pillow resizes pictures of this size across before down, for each target (width, height).

    Pillow resizes in two passes with bytes in between, and the order depends on the sizes and on its version. It is
    found on noise of black and white, whose overshoots the bytes cut off: the wrong order changes many pixels.
    """
    from PIL import Image

    width, height = size
    noise = np.random.default_rng(0).integers(0, 2, (height, width, 3), dtype=np.uint8) * np.uint8(255)
    picture = Image.fromarray(noise)
    return all(
        picture.resize(target, resample).tobytes()
        == picture.resize((target[0], height), resample).resize(target, resample).tobytes()
        for target in targets
    )

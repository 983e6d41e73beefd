"""What a LLaVA-NeXT model takes on this machine: parameters, memory, operations, tokens; from its config alone.

One masked pass reads the picture as tiles (the whole picture, shrunk, and the parts of its enlargement; Liu et al.
2024, LLaVA-NeXT, "any resolution") through the vision tower, and all their tokens and the prompt through the
language model. With P parameters in the matrices of a part and t tokens, a pass through it takes 2 P t operations,
and its attention 4 t² d per layer of width d (half of that where it is causal).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from spex_core.cpu import has_bf16
from spex_core.errors import InputError
from spex_core.models import cost
from spex_core.models.device import BYTES
from spex_core.models.whole_import import whole

_PROMPT_TOKENS = 14  # what templates put around the question
_TOKENS_PER_WORD = 1.4


@dataclass(frozen=True)
class PictureFigures(cost.Figures):
    """What of a model's config decides its cost.

    Attributes:
        language: those of the language model that every token passes through (no embedding, no output layer).
        head: those of the output layer, which the scored positions pass through.
        vision: those of the vision tower.
        projector: those between the two.
        width, layers, inner: of the language model; `inner` is its widest hidden layer.
        cache_width: numbers kept per token and layer by its key-value cache.
        vision_width, vision_layers: of the tower.
        tile: pixels along one side of a tile.
        patch: pixels along one side of a patch.
        pinpoints: (height, width) of the enlargements to choose from.
        stored: type of the stored weights.
        longest: tokens that the language model was made for.
    """

    language: int
    head: int
    vision: int
    projector: int
    width: int
    layers: int
    inner: int
    cache_width: int
    vision_width: int
    vision_layers: int
    tile: int
    patch: int
    pinpoints: tuple[tuple[int, int], ...]
    stored: str
    longest: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> PictureFigures:
        """Read a parsed config.json; the model is built without memory for its weights, to count them.

        Raises:
            InputError: the config describes no model that can be built.
        """
        return _figures(json.dumps(config, sort_keys=True))

    @property
    def largest(self) -> tuple[int, int]:
        """(width, height) of the picture that has the most tiles."""
        height, width = max(self.pinpoints, key=lambda pair: pair[0] * pair[1])
        return width, height

    def read(self, size: tuple[int, int]) -> tuple[int, int]:
        """Tiles and image tokens of a picture of (width, height) pixels, by the model's own arithmetic."""
        import torch
        from transformers.models.llava_next import modeling_llava_next

        own: Any = modeling_llava_next

        height_width = (size[1], size[0])
        pinpoints = [list(pair) for pair in self.pinpoints]
        down, across = own.get_anyres_image_grid_shape(height_width, pinpoints, self.tile)
        side = self.tile // self.patch
        enlarged = own.unpad_image(torch.empty(1, down * side, across * side, device="meta"), height_width)
        rows, columns = enlarged.shape[1:]
        tiles = own.image_size_to_num_patches(height_width, pinpoints, self.tile)
        return int(tiles), side * side + rows * (columns + 1)  # each row of the enlargement ends with a newline

    def flops(self, tiles: int, tokens: int) -> float:
        """Floating-point operations of one masked pass that reads `tokens` in all, with a one-token answer."""
        spots = (self.tile // self.patch) ** 2
        language = 2 * self.language * tokens + 2 * tokens**2 * self.width * self.layers + 2 * self.head
        seen = 2 * self.vision * (spots + 1) + 4 * (spots + 1) ** 2 * self.vision_width * self.vision_layers
        return float(language + tiles * (seen + 2 * self.projector * spots))

    def pass_bytes(self, tiles: int, tokens: int, dtype: str) -> int:
        """Memory that one masked pass needs beside the weights, at its height.

        The larger of: the language model's residual stream, its normalised copy, query, key, value and output
        (6 widths) and three arrays of the hidden layer, per token, with the key-value cache that two answers of
        several tokens share; and the tower's hidden states, all of which are kept, with four hidden layers' worth.
        """
        cache = tokens * self.layers * self.cache_width
        language = tokens * (6 * self.width + 3 * self.inner) + cache
        spots = (self.tile // self.patch) ** 2 + 1
        tower = tiles * spots * self.vision_width * (self.vision_layers + 1 + 4 * 4)
        return max(language, tower) * BYTES[dtype] + tiles * 3 * self.tile**2 * 4


@lru_cache(maxsize=8)
def _figures(text: str) -> PictureFigures:
    import torch

    transformers = whole("transformers")
    try:
        config = transformers.LlavaNextConfig.from_dict(json.loads(text))
        with torch.device("meta"):
            network = transformers.LlavaNextForConditionalGeneration(config)
        return _measured(network, config)
    except Exception as error:  # the library checks settings by whatever breaks first
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise InputError(f"config.json describes no LLaVA-NeXT that can be built: {first}") from error


def _measured(network: Any, config: Any) -> PictureFigures:
    def count(module: Any) -> int:
        return sum(parameter.numel() for parameter in module.parameters())

    text, vision = config.text_config, config.vision_config
    embedding = count(network.get_input_embeddings())
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    head_width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    stored = str(config.dtype or text.dtype or "float32").removeprefix("torch.")
    return PictureFigures(
        parameters=count(network),
        language=count(network.model.language_model) - embedding,
        head=count(network.lm_head),
        vision=count(network.model.vision_tower),
        projector=count(network.model.multi_modal_projector),
        width=text.hidden_size,
        layers=text.num_hidden_layers,
        inner=text.intermediate_size,
        cache_width=2 * heads * head_width,
        vision_width=vision.hidden_size,
        vision_layers=vision.num_hidden_layers,
        tile=vision.image_size,
        patch=vision.patch_size,
        pinpoints=tuple((int(a), int(b)) for a, b in config.image_grid_pinpoints),
        stored=stored if stored in BYTES else "float32",
        longest=text.max_position_embeddings,
    )


def prompt_tokens(question: str) -> int:
    """Tokens of a question and its template, estimated without a tokenizer."""
    return _PROMPT_TOKENS + round(_TOKENS_PER_WORD * len(question.split()))


SMALL = 200_000_000
"""Parameters below which the CPU computes in float32 whatever the weights are stored in."""

# Share of a large matrix product's speed that whole passes reach. `benchmarks/llava.py` prints the CPU's: 0.72 to 0.78
# for layers 1,024 wide. On a GPU it is assumed, from 40 % of the peak where such products reach about 80 %.
EFFICIENCY = {"cpu": 0.7, "mps": 0.5, "cuda": 0.5}


def choose_dtype(device: str, figures: PictureFigures) -> str:
    """The precision a model runs in.

    On the CPU bfloat16 is taken where its instructions exist and the model was published in 16 bits, so that
    nothing is rounded away from its weights; small models and all others run in float32. A rule of its own beside
    `models.device.choose_precision`: what it answers is part of the fingerprint that passes are found again by.
    """
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device == "mps":
        return "float16"
    halved = figures.parameters >= SMALL and figures.stored in ("bfloat16", "float16")
    return "bfloat16" if halved and has_bf16() else "float32"


def needed_bytes(
    figures: PictureFigures, dtype: str, device: str, passes: int = 1, size: tuple[int, int] | None = None
) -> int:
    """Memory of the weights, the runtime and `passes` masked passes at once.

    Args:
        figures: the model.
        dtype: "float32", "bfloat16" or "float16".
        device: "cuda", "mps" or "cpu".
        passes: pictures in one batch.
        size: (width, height) of the picture; the largest reading where it is None.
    """
    tiles, tokens = figures.read(size or figures.largest)
    working = passes * figures.pass_bytes(tiles, tokens + 32, dtype)
    return cost.loaded_bytes(figures, dtype, device) + working

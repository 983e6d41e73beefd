"""Precision and memory: what running a LLaVA-NeXT model takes on this machine."""

from __future__ import annotations

from spex_core.cpu import has_bf16
from spex_core.vision_language_cost import Figures

SMALL = 200_000_000
"""Parameters below which the CPU computes in float32 whatever the weights are stored in."""

# Share of a large matrix product's speed that whole passes reach. `benchmarks/llava.py` prints the CPU's: 0.72 to 0.78
# for layers 1,024 wide. On a GPU it is assumed, from 40 % of the peak where such products reach about 80 %.
EFFICIENCY = {"cpu": 0.7, "mps": 0.5, "cuda": 0.5}
ADVICE = "choose a smaller model"
"""For a model that does not fit into memory."""
# Bytes that the runtime itself takes, context of the device included.
_RUNTIME = {"cpu": 300_000_000, "mps": 300_000_000, "cuda": 900_000_000}


def choose_dtype(device: str, figures: Figures) -> str:
    """The precision a model runs in.

    On the CPU bfloat16 is taken where its instructions exist and the model was published in 16 bits, so that
    nothing is rounded away from its weights; small models and all others run in float32.
    """
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device == "mps":
        return "float16"
    halved = figures.parameters >= SMALL and figures.stored in ("bfloat16", "float16")
    return "bfloat16" if halved and has_bf16() else "float32"


def needed_bytes(
    figures: Figures, dtype: str, device: str, passes: int = 1, size: tuple[int, int] | None = None
) -> int:
    """Memory of the weights, the runtime and `passes` masked passes at once.

    Args:
        figures: the model.
        dtype: "float32", "bfloat16" or "float16".
        device: "cuda", "mps" or "cpu".
        passes: pictures in one batch.
        size: (width, height) of the picture; the largest reading where it is None.
    """
    if size is None:
        height, width = max(figures.pinpoints, key=lambda pair: pair[0] * pair[1])
        size = (width, height)
    tiles, tokens = figures.read(size)
    return figures.weight_bytes(dtype) + _RUNTIME[device] + passes * figures.pass_bytes(tiles, tokens + 32, dtype)

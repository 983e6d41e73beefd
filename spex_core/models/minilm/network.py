"""all-MiniLM-L6-v2's forward pass (BERT, 6 layers of width 384), lean: batches of equally long rows, no padding.

Equal lengths need no attention mask and waste no work; and, since a row is then computed by the same instructions
whichever rows share its batch, its result does not depend on them.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from spex_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from torch import Tensor

WIDTH = 384
LAYERS = 6
HEADS = 12
DTYPES = ("fp32", "bf16")
DTYPE_VARIABLE = "SPEX_MINILM_DTYPE"

_EPSILON = 1e-12
_FEWEST_TOKENS = 16  # below about this many rows matrix libraries switch to routines that round differently
_WORTHWHILE = 1.15  # bf16 must be this many times faster to be used


class Network:
    """The encoder's weights in one precision.

    In bf16 only the matrix products and the attention are; sums, normalisations and the residual stream stay fp32.
    """

    def __init__(self, tensors: Mapping[str, Tensor], dtype: str = "fp32") -> None:
        """Arrange the weights of a Hugging Face `BertModel`; the pooler is not used."""
        import torch

        self.dtype = dtype
        self._kind: torch.dtype = torch.bfloat16 if dtype == "bf16" else torch.float32
        self._words = tensors["embeddings.word_embeddings.weight"]
        # Every token is of type 0 (one segment), so that embedding joins the positions'.
        kinds = tensors["embeddings.token_type_embeddings.weight"]
        self._positions = tensors["embeddings.position_embeddings.weight"] + kinds[0]
        self._norm = (tensors["embeddings.LayerNorm.weight"], tensors["embeddings.LayerNorm.bias"])
        self._layers = [_Layer(tensors, f"encoder.layer.{i}.", self._kind) for i in range(LAYERS)]

    def sums(self, ids: Tensor) -> Tensor:
        """Sum over all positions of the last hidden state.

        Args:
            ids: (b, t) int64, [CLS] and [SEP] included, t <= 512.

        Returns:
            (b, 384) fp32.
        """
        import torch
        from torch.nn import functional

        rows, length = ids.shape
        if rows * length < _FEWEST_TOKENS:
            ids = ids.repeat(-(-_FEWEST_TOKENS // (rows * length)), 1)
        with torch.inference_mode():
            hidden = self._words[ids] + self._positions[:length]
            hidden = functional.layer_norm(hidden.view(-1, WIDTH), (WIDTH,), *self._norm, _EPSILON)
            for layer in self._layers:
                hidden = layer.forward(hidden, len(ids), length)
            return hidden.view(len(ids), length, WIDTH).sum(1)[:rows]


class _Layer:
    """One transformer layer, its query, key and value products fused."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str, kind: torch.dtype) -> None:
        import torch

        def pair(*names: str) -> tuple[Tensor, Tensor]:
            weight = torch.cat([tensors[f"{prefix}{name}.weight"] for name in names])
            bias = torch.cat([tensors[f"{prefix}{name}.bias"] for name in names])
            return weight.to(kind).contiguous(), bias.to(kind).contiguous()

        def norm(name: str) -> tuple[Tensor, Tensor]:
            return tensors[f"{prefix}{name}.weight"], tensors[f"{prefix}{name}.bias"]

        self._kind = kind
        self._qkv = pair("attention.self.query", "attention.self.key", "attention.self.value")
        self._mix = pair("attention.output.dense")
        self._mix_norm = norm("attention.output.LayerNorm")
        self._widen = pair("intermediate.dense")
        self._narrow = pair("output.dense")
        self._narrow_norm = norm("output.LayerNorm")

    def forward(self, hidden: Tensor, rows: int, length: int) -> Tensor:
        """(rows * length, 384) fp32 -> the same."""
        from torch.nn import functional

        qkv = functional.linear(hidden.to(self._kind), *self._qkv)
        query, key, value = qkv.view(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        mixed = functional.linear(attended.transpose(1, 2).reshape(-1, WIDTH), *self._mix)
        hidden = functional.layer_norm(hidden + mixed, (WIDTH,), *self._mix_norm, _EPSILON)
        wide = functional.gelu(functional.linear(hidden.to(self._kind), *self._widen))
        return functional.layer_norm(
            hidden + functional.linear(wide, *self._narrow), (WIDTH,), *self._narrow_norm, _EPSILON
        )


def fastest(tensors: Mapping[str, Tensor], run: Callable[[Callable[[], float]], float] = lambda job: job()) -> Network:
    """The network in bf16 where the CPU has instructions for it and they prove faster here, else in fp32.

    The environment variable SPEX_MINILM_DTYPE ("fp32" or "bf16") decides instead, where it is set.

    Args:
        tensors: the weights.
        run: runs a timing job where the network will run (a worker thread).

    Raises:
        InputError: SPEX_MINILM_DTYPE holds something else.
    """
    wanted = os.environ.get(DTYPE_VARIABLE, "")
    if wanted and wanted not in DTYPES:
        raise InputError(f"{DTYPE_VARIABLE}={wanted!r} must be one of {', '.join(DTYPES)}, or unset")
    if wanted:
        return Network(tensors, wanted)
    exact = Network(tensors, "fp32")
    if not _has_bf16():
        return exact
    quick = Network(tensors, "bf16")
    return quick if run(lambda: _seconds(exact)) > _WORTHWHILE * run(lambda: _seconds(quick)) else exact


def _has_bf16() -> bool:
    """Whether oneDNN finds bf16 instructions (AVX-512 BF16, AMX, Arm BF16)."""
    import torch

    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False  # a torch built without oneDNN


def _seconds(network: Network) -> float:
    """Best of three passes over four rows of 64 tokens, after one to warm up."""
    import torch

    ids = torch.arange(1000, 1256).view(4, 64)
    times = []
    for _ in range(4):
        start = time.perf_counter()
        network.sums(ids)
        times.append(time.perf_counter() - start)
    return min(times[1:])

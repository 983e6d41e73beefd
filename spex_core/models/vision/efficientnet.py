"""EfficientNet-Lite0: the network as published, with each batch normalisation folded into the convolution before it.

Tan and Le 2019 (arXiv 1905.11946), in the "lite" form of TensorFlow's repository: no squeeze-and-excitation, ReLU6
throughout, stem and head not scaled; padding as TensorFlow's "SAME", which at stride 2 pads more after than before.
Inside, tensors are channels-last, and where this torch has oneDNN's convolution with ReLU6 in one step, that is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from spex_core.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 224
"""Pixels along each side of its input."""
CLASSES = 1000
# Of each stage: blocks, kernel, stride of its first block, expansion.
_STAGES = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))
_EPSILON = 1e-3  # of the batch normalisation
_KNOWN = {"weight", "bias", "running_mean", "running_var"}


class Convolution:
    """A convolution, its normalisation and, unless it is linear, ReLU6.

    Args:
        tensors: all of the model's, by their published names.
        convolution, normalisation: names of the two.
        stride: 1 or 2.
        linear: without ReLU6.
        precision: of the arithmetic, a torch dtype.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        convolution: str,
        normalisation: str,
        stride: int,
        linear: bool,
        precision: Any,
    ) -> None:
        import torch

        weight = tensors[f"{convolution}.weight"].double()
        scale, shift, mean, variance = (
            tensors[f"{normalisation}.{name}"].double() for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / torch.sqrt(variance + _EPSILON)
        folded = (weight * scale[:, None, None, None]).to(precision)
        self.weight = folded.contiguous(memory_format=torch.channels_last)
        self.bias = (shift - mean * scale).to(precision)
        self.stride, self.linear = stride, linear
        self.groups = len(weight) if weight.shape[1] == 1 else 1
        self._kernel = weight.shape[-1]
        self._fused = _fused() if precision == torch.float32 else None

    def __call__(self, x: Tensor) -> Tensor:
        """(b, c, h, w) -> (b, c', h / stride, w / stride)."""
        import torch

        around = self._kernel // 2
        if self.stride > 1:
            x, around = _padded(x, self._kernel, self.stride), 0
        sides = [around, around], [self.stride, self.stride], [1, 1]
        if self._fused is not None:
            act, bounds = ("none", []) if self.linear else ("hardtanh", [0.0, 6.0])
            return self._fused(x, self.weight, self.bias, *sides, self.groups, act, bounds, "")
        x = torch.conv2d(x, self.weight, self.bias, self.stride, around, 1, self.groups)
        return x if self.linear else x.clamp_(0.0, 6.0)


class Block:
    """Widen, look around in each channel, narrow; added to its input where the shape is the same."""

    def __init__(self, convolutions: list[Convolution], added: bool) -> None:
        self.convolutions = convolutions
        self.added = added

    def __call__(self, x: Tensor) -> Tensor:
        """(b, c, h, w) -> (b, c', h', w')."""
        y = x
        for convolution in self.convolutions:
            y = convolution(y)
        return y.add_(x) if self.added else y


class EfficientNetLite0:
    """The network; stateless once it is made, so that threads may share it."""

    def __init__(self, tensors: Mapping[str, Tensor], precision: Any = None) -> None:
        """Fold the published weights.

        Args:
            tensors: name -> tensor, as in the published file; "num_batches_tracked" is passed over.
            precision: of the arithmetic; float32 unless said otherwise.

        Raises:
            ModelError: the tensors are not those of this network.
        """
        import torch

        precision = precision or torch.float32
        left = {name for name in tensors if name.rpartition(".")[2] in _KNOWN}

        def made(convolution: str, normalisation: str, stride: int = 1, linear: bool = False) -> Convolution:
            left.difference_update({f"{convolution}.weight", *(f"{normalisation}.{part}" for part in _KNOWN)})
            return Convolution(tensors, convolution, normalisation, stride, linear, precision)

        try:
            self._body: list[Callable[[Tensor], Tensor]] = [made("_conv_stem", "_bn0", 2)]
            at = 0
            for count, kernel, first, expansion in _STAGES:
                for stride in (first, *[1] * (count - 1)):
                    name = f"_blocks.{at}."
                    widen = [made(f"{name}_expand_conv", f"{name}_bn0")] if expansion > 1 else []
                    look = made(f"{name}_depthwise_conv", f"{name}_bn1", stride)
                    narrow = made(f"{name}_project_conv", f"{name}_bn2", linear=True)
                    entry = (widen or [look])[0].weight
                    comes_in = entry.shape[1] if widen else entry.shape[0]
                    self._body.append(Block([*widen, look, narrow], stride == 1 and comes_in == len(narrow.bias)))
                    if look.weight.shape[-1] != kernel:
                        raise ValueError(f"{name} has another kernel")
                    at += 1
            self._body.append(made("_conv_head", "_bn1"))
            self._weight, self._bias = tensors["_fc.weight"].to(precision), tensors["_fc.bias"].to(precision)
            left -= {"_fc.weight", "_fc.bias"}
        except (KeyError, ValueError) as error:
            raise ModelError(f"these are not the weights of EfficientNet-Lite0: {error}") from error
        if left:
            raise ModelError(f"these are not the weights of EfficientNet-Lite0: {min(left)} has no place in it")

    def __call__(self, pixels: Tensor) -> Tensor:
        """(b, 3, 224, 224) normalised pixels -> (b, 1000) logits."""
        import torch

        x = pixels.contiguous(memory_format=torch.channels_last)
        for part in self._body:
            x = part(x)
        return torch.nn.functional.linear(x.mean((2, 3)), self._weight, self._bias)


def _padded(x: Tensor, kernel: int, stride: int) -> Tensor:
    import torch

    down, across = (max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[2:])
    return torch.nn.functional.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))


def _fused() -> Callable[..., Tensor] | None:
    """oneDNN's convolution with an activation behind it, None where this torch has none."""
    import torch

    try:
        found: Callable[..., Tensor] = torch.ops.mkldnn._convolution_pointwise.default
        one = torch.ones(1, 1, 1, 1)
        found(one, one, torch.ones(1), [0, 0], [1, 1], [1, 1], 1, "hardtanh", [0.0, 6.0], "")
    except (AttributeError, RuntimeError, NotImplementedError):  # inner parts of torch: another version may differ
        return None
    return found

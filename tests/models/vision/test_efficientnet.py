"""EfficientNet-Lite0 against an independent implementation, on its published weights."""

import numpy as np
import pytest
import torch

from spex_core.errors import ModelError
from spex_core.models.backends.photo import WEIGHTS
from spex_core.models.vision import efficientnet
from spex_core.models.vision.efficientnet import EfficientNetLite0


@pytest.fixture(scope="module")
def tensors():
    return torch.load(WEIGHTS.open(), weights_only=True)


@pytest.fixture(scope="module")
def oracle():
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(WEIGHTS.file)).eval()


@pytest.fixture(scope="module")
def pixels():
    """Smooth shapes and noise, normalised as pictures are."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.normal(size=(3, 3, 7, 7)).astype(np.float32))
    return torch.nn.functional.interpolate(coarse, (224, 224), mode="bicubic") + 0.2 * torch.from_numpy(
        rng.normal(size=(3, 3, 224, 224)).astype(np.float32)
    )


def test_it_is_the_network_of_an_independent_implementation(tensors, oracle, pixels):
    with torch.inference_mode():
        expected = oracle.double()(pixels.double())
        assert expected.abs().max() > 1
        found = EfficientNetLite0(tensors, torch.float64)(pixels.double())
        torch.testing.assert_close(found, expected, atol=1e-9, rtol=0)
        single = EfficientNetLite0(tensors)(pixels)
    torch.testing.assert_close(single.double(), expected, atol=1e-5, rtol=0)


def test_without_onednn_it_computes_the_same(tensors, pixels, monkeypatch):
    quick = EfficientNetLite0(tensors)
    monkeypatch.setattr(efficientnet, "_fused", lambda: None)
    plain = EfficientNetLite0(tensors)
    with torch.inference_mode():
        torch.testing.assert_close(plain(pixels[:1]), quick(pixels[:1]), atol=1e-5, rtol=0)


def test_a_picture_is_read_alike_alone_and_among_others(tensors, pixels):
    network = EfficientNetLite0(tensors)
    with torch.inference_mode():
        together = network(pixels)
        for k in range(len(pixels)):
            torch.testing.assert_close(network(pixels[k : k + 1])[0], together[k], atol=1e-5, rtol=0)


def test_other_weights_are_refused(tensors):
    lacking = {name: tensor for name, tensor in tensors.items() if name != "_conv_head.weight"}
    with pytest.raises(ModelError, match="_conv_head"):
        EfficientNetLite0(lacking)
    with pytest.raises(ModelError, match=r"_more\.weight has no place"):
        EfficientNetLite0({**tensors, "_more.weight": torch.ones(1)})

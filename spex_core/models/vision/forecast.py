"""What running a LLaVA-NeXT model here would take, told from its config before anything is fetched or loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spex_core.errors import SpexError
from spex_core.models.base import Forecast
from spex_core.models.cost import foretell
from spex_core.models.device import best_device, free_bytes
from spex_core.models.folder_files import read_json
from spex_core.models.folders import check_name, find_folder
from spex_core.models.from_folder import in_words
from spex_core.models.vision.cost import EFFICIENCY, PictureFigures, choose_dtype, needed_bytes, prompt_tokens
from spex_core.models.vision.loading import check_type, read_config

DEFAULT_MODEL = "llava-hf/llava-v1.6-mistral-7b-hf"

# What decides the cost in https://huggingface.co/llava-hf/llava-v1.6-mistral-7b-hf/blob/main/config.json, so that it
# can be told before anything is downloaded.
PUBLISHED: dict[str, dict[str, Any]] = {
    DEFAULT_MODEL: {
        "model_type": "llava_next",
        "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
        "image_token_index": 32000,
        "projector_hidden_act": "gelu",
        "tie_word_embeddings": False,
        "dtype": "bfloat16",
        "text_config": {
            "model_type": "mistral",
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "max_position_embeddings": 32768,
            "num_attention_heads": 32,
            "num_hidden_layers": 32,
            "num_key_value_heads": 8,
            "sliding_window": None,
            "vocab_size": 32064,
        },
        "vision_config": {
            "model_type": "clip_vision_model",
            "hidden_size": 1024,
            "image_size": 336,
            "intermediate_size": 4096,
            "num_attention_heads": 16,
            "num_hidden_layers": 24,
            "patch_size": 14,
            "projection_dim": 768,
        },
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
    },
}


def forecast(model: str, question: str, size: tuple[int, int] | None) -> Forecast:
    """Estimate, without any network, what `model` needs and how fast it would be.

    Args:
        model: folder or hub id.
        question: what will be asked.
        size: (width, height) of the picture; None where there is none yet: no tokens, operations or speed.

    Returns:
        Tokens count the template and the question by a rule of thumb (a few off); the speed is that of a large
        matrix product on this machine times `cost.EFFICIENCY`.
    """
    device = best_device()
    try:
        config, here = _config(model)
    except SpexError as error:
        return Forecast(device=device, problem=str(error))
    if config is None:
        return Forecast(free_bytes=free_bytes(device), device=device)
    try:
        check_type(config, model)
        figures = PictureFigures.of(config)
        with in_words(model):
            figures.read(size or figures.largest)
    except SpexError as error:
        return Forecast(device=device, problem=str(error))
    dtype = choose_dtype(device, figures)
    needed = needed_bytes(figures, dtype, device, size=size)
    download = 0 if here else figures.weight_bytes("float32" if figures.stored == "float32" else "bfloat16")
    tokens, flops = None, None
    if size is not None:
        tiles, image_tokens = figures.read(size)
        tokens = image_tokens + prompt_tokens(question)
        flops = figures.flops(tiles, tokens)
    return foretell(device, needed, tokens, flops, dtype, EFFICIENCY[device], download)


def _config(model: str) -> tuple[dict[str, Any] | None, bool]:
    """The parsed config of `model` where it is known, and whether all of the model is here."""
    folder = find_folder(model)
    if folder is not None:
        return read_config(folder, model), True
    from huggingface_hub import try_to_load_from_cache

    name = check_name(model)
    path = try_to_load_from_cache(name, "config.json")
    return (read_json(Path(path)) if isinstance(path, str) else PUBLISHED.get(name)), False

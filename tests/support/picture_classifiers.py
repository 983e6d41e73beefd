"""Tiny random image classifiers, CLIP and SigLIP of the real classes, saved with their processors' settings."""

import json

from tests.support.vision_models import word_tokenizer

KINDS = ("vit", "deit", "convnext", "resnet", "swin", "dinov2")
LABELS = ("tench, Tinca tinca", "golden retriever", "tabby cat")
_SQUARE = {"size": {"height": 32, "width": 32}}
_SHORT = {"size": {"shortest_edge": 36}, "do_center_crop": True, "crop_size": {"height": 28, "width": 28}}
_PROCESSORS = {
    "vit": ("ViTImageProcessor", _SQUARE),
    "deit": ("DeiTImageProcessor", {**_SHORT, **_SQUARE, "crop_size": {"height": 32, "width": 32}}),
    "convnext": ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}, "crop_pct": 0.875}),
    "resnet": ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}, "crop_pct": 0.875}),
    "swin": ("ViTImageProcessor", _SQUARE),
    "dinov2": ("BitImageProcessor", _SHORT),
}


def make_classifier(folder, kind="vit", labels=LABELS, **settings):
    """Save a random classifier in `folder`; returns its path as text."""
    import torch
    import transformers

    named = {"id2label": dict(enumerate(labels)), "label2id": {name: k for k, name in enumerate(labels)}}
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    own = {
        "vit": {**sizes, "image_size": 32, "patch_size": 8},
        "deit": {**sizes, "image_size": 32, "patch_size": 8},
        "convnext": {"hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1]},
        "resnet": {"embedding_size": 8, "hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1], "layer_type": "basic"},
        "swin": {"embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "image_size": 32, "window_size": 4},
        "dinov2": {**sizes, "mlp_ratio": 2, "image_size": 28, "patch_size": 7},
    }[kind]
    config = transformers.AutoConfig.for_model(kind, **{**own, **named, **settings})
    torch.manual_seed(0)
    classes = {"vit": "ViT", "deit": "DeiT", "convnext": "ConvNext", "resnet": "ResNet", "swin": "Swin"}
    network = getattr(transformers, f"{classes.get(kind, 'Dinov2')}ForImageClassification")(config).eval()
    with torch.no_grad():
        for parameter in network.parameters():  # as published ones, they tell pictures apart
            parameter.add_(torch.randn_like(parameter) * 0.2)
    network.save_pretrained(folder)
    name, prepared = _PROCESSORS[kind]
    common = {"do_resize": True, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True}
    written = {"image_processor_type": name, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, **common, **prepared}
    (folder / "preprocessor_config.json").write_text(json.dumps(written), encoding="utf-8")
    return str(folder)


def make_pair(folder, kind="clip"):
    """Save a random CLIP or SigLIP in `folder`; returns its path as text."""
    import torch
    import transformers
    from tokenizers.processors import TemplateProcessing

    tokenizer = word_tokenizer()
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", start), ("</s>", end)]
    )
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    text = {**sizes, "vocab_size": len(tokenizer), "max_position_embeddings": 16, "projection_dim": 16}
    text |= {"bos_token_id": start, "eos_token_id": end, "pad_token_id": tokenizer.pad_token_id}
    vision = {**sizes, "image_size": 32, "patch_size": 8}
    own = {"projection_dim": 16} if kind == "clip" else {}
    config = transformers.AutoConfig.for_model(kind, text_config=text, vision_config=vision, **own)
    torch.manual_seed(0)
    network = transformers.AutoModel.from_config(config).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    name, prepared = {
        "clip": ("CLIPImageProcessor", {**_SHORT, "crop_size": {"height": 32, "width": 32}, "do_convert_rgb": True}),
        "siglip": ("SiglipImageProcessor", _SQUARE),
    }[kind]
    common = {"do_resize": True, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True}
    written = {"image_processor_type": name, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, **common, **prepared}
    (folder / "preprocessor_config.json").write_text(json.dumps(written), encoding="utf-8")
    return str(folder)

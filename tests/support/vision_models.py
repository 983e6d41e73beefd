"""Tiny random LLaVA-NeXT models made of the real classes, saved as folders."""

import numpy as np
from PIL import Image

WORDS = "<pad> <unk> <s> </s> <image> user assistant : ? yes no is there a an and or dog ball cat not sure red blue"
TEMPLATE = (
    "{% for message in messages %}user : {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}assistant :{% endif %}"
)
PUBLISHED_PINPOINTS = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]


def word_tokenizer():
    """Lower-cased words; anything else is <unk>."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    words = WORDS.split()
    core = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="<unk>"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    return _fast(core)


def byte_tokenizer():
    """Byte-level BPE, where "yes" after a space and at the start are different ids."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<pad>", "<unk>", "<s>", "</s>", "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(["yes yes no no is there a dog and a ball: yes, no, yes"] * 20, trainer)
    return _fast(core)


def _fast(core):
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=["<image>"],
    )


def make_model(folder, *, published=False, tokenizer=None, template=TEMPLATE, seed=0, tile=None, **text):
    """Save a random model and its processor in `folder`; `published`: picture settings of llava-v1.6-mistral-7b."""
    import torch
    from transformers import (
        CLIPVisionConfig,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        LlavaNextProcessor,
        MistralConfig,
    )
    from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
    from transformers.utils import logging

    tile, patch = (336, 14) if published else (tile or 128, 16)
    wide = 16 if published else 96
    pinpoints = PUBLISHED_PINPOINTS if published else [[tile, tile]]
    tokenizer = tokenizer or word_tokenizer()
    processor = LlavaNextProcessor(
        LlavaNextImageProcessorPil(
            size={"shortest_edge": tile}, crop_size={"height": tile, "width": tile}, image_grid_pinpoints=pinpoints
        ),
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )
    width = 32 if published else 128
    settings = {
        "hidden_size": width,
        "num_hidden_layers": 2 if published else 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 2 * width,
        "max_position_embeddings": 8192,
        "sliding_window": None,
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "initializer_range": 0.2,  # random, but with outputs that depend on what is read
        **text,
    }
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(
            image_size=tile,
            patch_size=patch,
            hidden_size=wide,
            num_hidden_layers=2 if published else 3,
            num_attention_heads=4,
            intermediate_size=2 * wide,
        ),
        text_config=MistralConfig(vocab_size=len(tokenizer), **settings),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=pinpoints,
        vision_feature_layer=-2 if published else -1,
        vision_feature_select_strategy="default",
    )
    torch.manual_seed(seed)
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    LlavaNextForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    if bars:
        logging.enable_progress_bar()
    return folder


def picture(seed=0, size=(128, 96)):
    """A random picture with structure: a few coloured boxes on a background, of (width, height) pixels."""
    rng = np.random.default_rng(seed)
    array = np.full((size[1], size[0], 3), rng.integers(0, 256, 3), dtype=np.uint8)
    for _ in range(6):
        left, top = rng.integers(0, size[0]), rng.integers(0, size[1])
        array[top : top + max(1, size[1] // 3), left : left + max(1, size[0] // 3)] = rng.integers(0, 256, 3)
    return Image.fromarray(array)

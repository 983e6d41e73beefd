"""The embedded picture model: a LLaVA-NeXT of the smallest kind, with its own words.

The classes and the processing are the real ones (`LlavaNextForConditionalGeneration`, `LlavaNextProcessor`;
Liu et al. 2024, LLaVA-NeXT); only the sizes are small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spex_core.toys.scenes.questions import WORDS
from spex_core.toys.scenes.world import WIDTH

if TYPE_CHECKING:
    from transformers import LlavaNextConfig, LlavaNextProcessor, PreTrainedTokenizerFast

TILE = WIDTH
PATCH = 16
SPECIAL = ("<unk>", "<s>", "</s>", "<pad>", "<image>", "<answer>")
TEMPLATE = (
    "<s>{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %} {{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}<answer>{% endif %}"
)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token per word of the scenes' language, lower-cased; everything else is <unk>."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({word: k for k, word in enumerate((*SPECIAL, *WORDS))}, unk_token="<unk>"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace()])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # as the library has it
        tokenizer_object=core,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<image>", "<answer>"],
        clean_up_tokenization_spaces=False,
    )


def make_processor() -> LlavaNextProcessor:
    """The real processor for one 128 x 128 tile of 16 x 16 patches."""
    from transformers import LlavaNextProcessor
    from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

    images = LlavaNextImageProcessorPil(
        image_grid_pinpoints=[[TILE, TILE]],
        size={"shortest_edge": TILE},
        crop_size={"height": TILE, "width": TILE},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    return LlavaNextProcessor(  # type: ignore[no-untyped-call]  # as the library has it
        image_processor=images,
        tokenizer=make_tokenizer(),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )


def make_config(**sizes: Any) -> LlavaNextConfig:
    """Configuration of the model; `sizes` replace entries of `SIZES`."""
    from transformers import CLIPVisionConfig, LlavaNextConfig, MistralConfig

    size = {**SIZES, **sizes}
    words = {word: k for k, word in enumerate((*SPECIAL, *WORDS))}
    vision = CLIPVisionConfig(
        hidden_size=size["vision_width"],
        intermediate_size=4 * size["vision_width"],
        num_hidden_layers=size["vision_depth"],
        num_attention_heads=size["heads"],
        image_size=TILE,
        patch_size=PATCH,
        projection_dim=size["vision_width"],
    )
    text = MistralConfig(
        vocab_size=len(words),
        hidden_size=size["width"],
        intermediate_size=size["inner"],
        num_hidden_layers=size["depth"],
        num_attention_heads=size["heads"],
        num_key_value_heads=size["key_heads"],
        initializer_range=size["width"] ** -0.5,  # the usual 0.02 is for wide models: attention would start flat
        max_position_embeddings=512,
        sliding_window=None,
        bos_token_id=words["<s>"],
        eos_token_id=words["</s>"],
        pad_token_id=words["<pad>"],
        tie_word_embeddings=False,
    )
    return LlavaNextConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=words["<image>"],
        image_grid_pinpoints=[[TILE, TILE]],
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_seq_length=(TILE // PATCH) ** 2,
    )


SIZES = {"vision_width": 96, "vision_depth": 2, "width": 128, "inner": 352, "depth": 4, "heads": 4, "key_heads": 2}

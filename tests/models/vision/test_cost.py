import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from transformers import LlavaNextProcessor
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

from spex_core.errors import InputError
from spex_core.models.vision.cost import PictureFigures, prompt_tokens
from spex_core.models.vision.forecast import DEFAULT_MODEL, PUBLISHED
from tests.support.vision_models import word_tokenizer


@pytest.fixture(scope="module")
def mistral():
    return PictureFigures.of(PUBLISHED[DEFAULT_MODEL])


@pytest.fixture(scope="module")
def processor():
    return LlavaNextProcessor(
        LlavaNextImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}),
        word_tokenizer(),
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def test_the_published_model_has_its_published_size(mistral):
    # The hub's safetensors index says 15,133,495,296 bytes of 16-bit weights.
    assert mistral.parameters == 7_566_747_648
    assert mistral.weight_bytes("bfloat16") == 15_133_495_296
    assert (mistral.tile, mistral.patch, mistral.longest, mistral.stored) == (336, 14, 32768, "bfloat16")


def test_parts_add_up(mistral):
    embedding, newline = 32064 * 4096, 4096
    parts = mistral.language + mistral.head + mistral.vision + mistral.projector
    assert parts + embedding + newline == mistral.parameters


def test_the_known_picture_costs_what_was_measured(mistral):
    tiles, tokens = mistral.read((626, 351))
    assert (tiles, tokens) == (5, 1850)
    assert mistral.flops(tiles, tokens + 20) == pytest.approx(29.6e12, rel=0.03)


@given(width=st.integers(1, 3000), height=st.integers(1, 3000))
@settings(max_examples=40, deadline=None)
def test_tokens_and_tiles_are_those_of_the_real_processor(mistral, processor, width, height):
    size = (width, height)
    tiles, tokens = mistral.read(size)
    # What the processor writes is its own arithmetic; the pixels are only made for small pictures, to save time.
    assert processor._get_number_of_features(height, width, 336, 336) - 1 == tokens
    if width * height < 100_000:
        made = processor(images=Image.new("RGB", size), text="<image>", return_tensors="pt")
        assert made["pixel_values"].shape[1] == tiles
        assert int((made["input_ids"] == processor.image_token_id).sum()) == tokens


def test_memory_grows_with_the_picture(mistral):
    small, large = (mistral.pass_bytes(*mistral.read(size), "bfloat16") for size in ((336, 336), (672, 672)))
    assert 0 < small < large < mistral.weight_bytes("bfloat16") / 10
    assert mistral.pass_bytes(5, 1850, "float32") > 1.9 * mistral.pass_bytes(5, 1850, "bfloat16")


def test_prompts_are_estimated_by_words():
    assert (
        prompt_tokens("") < prompt_tokens("is there a dog?") < prompt_tokens("is there a dog or a cat in the picture?")
    )


@pytest.mark.parametrize("change", [{"text_config": {"model_type": "nothing"}}, {"vision_config": 3}])
def test_a_config_of_no_model_is_refused(change):
    with pytest.raises(InputError, match=r"config\.json describes no LLaVA-NeXT"):
        PictureFigures.of({**PUBLISHED[DEFAULT_MODEL], **change})

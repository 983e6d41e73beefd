"""A model's own answer: the likeliest token each time, whatever the model's settings ask for."""

import pytest
import torch
from transformers import GenerationConfig

from spex_core.models.greedy import Speaker
from spex_core.models.language.causal import LanguageModel
from tests.support.language_models import TEXT, network, tokenizer

PROMPT = torch.tensor([tokenizer("qwen2")(TEXT)["input_ids"]])


def likeliest(model, ids, most):
    """Token by token, without a cache."""
    said = []
    with torch.no_grad():
        for _ in range(most):
            said.append(int(model(torch.tensor([[*ids, *said]]), use_cache=False).logits[0, -1].argmax()))
    return said


def test_the_models_own_settings_change_nothing():
    plain = Speaker(network("qwen2"), tokenizer("qwen2")).say({"input_ids": PROMPT}, 24)
    assert plain
    moody = network("qwen2")
    moody.generation_config = GenerationConfig(
        do_sample=True, temperature=1.7, repetition_penalty=4.0, no_repeat_ngram_size=1, min_new_tokens=9, max_length=30
    )
    assert Speaker(moody, tokenizer("qwen2")).say({"input_ids": PROMPT}, 24) == plain


def test_every_token_that_ends_an_answer_counts_and_is_left_out():
    model = network("qwen2")
    said = likeliest(model, PROMPT[0].tolist(), 12)
    at = max(said.index(token) for token in said)  # where a token is said for the first time
    assert at > 0
    model.generation_config.eos_token_id = [said[at], 600]
    speaker = Speaker(model, tokenizer("qwen2"))
    assert speaker.ends == {said[at], 600, tokenizer("qwen2").eos_token_id}
    expected = tokenizer("qwen2").decode(said[:at]).rstrip("\ufffd").strip()
    assert speaker.say({"input_ids": PROMPT}, 24) == expected


def test_it_stops_once_enough_is_said():
    speaker, heard = Speaker(network("qwen2"), tokenizer("qwen2")), []
    said = speaker.say({"input_ids": PROMPT}, 24, lambda text: not heard.append(text) and len(heard) == 3)
    assert len(heard) == 3
    assert said == heard[-1].strip()


@pytest.mark.parametrize(("length", "most"), [(510, 2), (511, 1), (512, 0)])
def test_an_answer_ends_with_what_the_model_can_read(length, most):
    model = network("qwen2")
    prompt = [10 + k % 300 for k in range(length)]
    language = LanguageModel(model, tokenizer("qwen2"), "it", "float32", "cpu")
    expected = tokenizer("qwen2").decode(likeliest(model, prompt, most), skip_special_tokens=True)
    assert language.answer(prompt) == expected.rstrip("\ufffd").strip()

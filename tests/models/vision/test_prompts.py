import copy

import pytest
from transformers import AutoProcessor
from transformers.utils import logging

from spex_core.errors import InputError, ModelError
from spex_core.models.vision.loading import shared_model
from spex_core.models.vision.model import Asked
from spex_core.models.vision.prompts import PLAIN_PROMPT
from tests.support import language_models
from tests.support.vision_models import TEMPLATE, byte_tokenizer, make_model, picture

QUESTION = "is there a dog?"


def made(folder, **options):
    return shared_model(str(make_model(folder, **options)))


@pytest.mark.parametrize("tokenizer", ["words", "bytes"])
@pytest.mark.parametrize("template", [TEMPLATE, None])
def test_prompts_are_what_the_processor_writes(tmp_path, tokenizer, template):
    logging.disable_progress_bar()
    model = made(tmp_path / "m", tokenizer=byte_tokenizer() if tokenizer == "bytes" else None, template=template)
    processor = AutoProcessor.from_pretrained(tmp_path / "m")
    text = PLAIN_PROMPT.format(image="<image>", question=QUESTION)
    if template:
        content = [{"type": "image"}, {"type": "text", "text": QUESTION}]
        text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    for size in ((128, 96), (300, 20)):
        wanted = processor(images=picture(0, size), text=text)["input_ids"][0]
        assert model.prompts.ids(QUESTION, size) == list(wanted)
        assert model.prompts.ids(QUESTION, size) == list(wanted)  # the second time from memory


def test_words_are_tokenised_alike_joined_and_apart(tmp_path):
    model = made(tmp_path / "m")
    apart = model.tokenizer("no there is a cat", add_special_tokens=False)["input_ids"]
    assert list(model.prompts.answer_ids("no there is a cat", QUESTION)) == apart


@pytest.mark.parametrize(
    ("ending", "text"),
    [("assistant:", " yes"), ("assistant:\n", "yes"), ("</s>", "yes")],
)
def test_an_answer_continues_the_prompt(tmp_path, ending, text):
    template = TEMPLATE.replace("assistant :", ending)
    model = made(tmp_path / "m", tokenizer=byte_tokenizer(), template=template)
    spaced, bare = (model.tokenizer(t, add_special_tokens=False)["input_ids"] for t in (" yes", "yes"))
    assert spaced != bare
    ids = list(model.prompts.answer_ids("yes", QUESTION))
    assert ids == (spaced if text == " yes" else bare)
    assert model.tokenizer.decode(ids) == text


def test_a_prompt_that_joining_would_change_keeps_its_ids(tmp_path):
    model = made(tmp_path / "m", tokenizer=byte_tokenizer(), template=TEMPLATE.replace("assistant :", "assistant: "))
    joined = model.tokenizer(model.prompts.text(QUESTION) + "yes")["input_ids"]
    prompt = model.tokenizer(model.prompts.text(QUESTION))["input_ids"]
    assert joined[: len(prompt)] != prompt  # the trap: " yes" is one id, and so is "yes"
    assert list(model.prompts.answer_ids("yes", QUESTION)) == model.tokenizer("yes")["input_ids"]


def test_a_template_that_begins_the_text_gets_no_second_beginning(tmp_path):
    from tokenizers.processors import TemplateProcessing

    tokenizer = byte_tokenizer()
    tokenizer._tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 2)])
    assert tokenizer("yes")["input_ids"][0] == 2
    begun = made(tmp_path / "a", tokenizer=tokenizer, template="{{ bos_token }}" + TEMPLATE)
    bare = made(tmp_path / "b", tokenizer=tokenizer, template=TEMPLATE)
    assert begun.prompts.ids(QUESTION, (128, 96)) == bare.prompts.ids(QUESTION, (128, 96))
    assert begun.prompts.ids(QUESTION, (128, 96)).count(2) == 1


def test_unknown_words_are_named(tmp_path):
    model = made(tmp_path / "words")
    assert model.prompts.unknown_words("Is there a giraffe, a dog or a giraffe <unk>?") == ("giraffe",)
    assert model.prompts.unknown_words(QUESTION) == ()
    assert made(tmp_path / "bytes", tokenizer=byte_tokenizer()).prompts.unknown_words("a giraffe") == ()


def test_answers_without_tokens_are_refused(tmp_path):
    model = made(tmp_path / "m")
    with pytest.raises(InputError, match="no token"):
        model.prompts.answer_ids("", QUESTION)
    with pytest.raises(InputError, match="does not know"):
        model.prompts.answer_ids("giraffe", QUESTION)


def test_a_template_that_fails_is_one_line(tmp_path):
    with pytest.raises(ModelError, match="chat template fails"):
        made(tmp_path / "m", template="{{ raise_exception('no') }}").prompts.text(QUESTION)


def test_a_processor_that_disagrees_with_the_model_is_found_out(tmp_path):
    folder = make_model(tmp_path / "m")
    settings = folder / "processor_config.json"
    settings.write_text(
        settings.read_text().replace('"num_additional_image_tokens": 1', '"num_additional_image_tokens": 5')
    )
    model = shared_model(str(folder))
    with pytest.raises(ModelError, match="image tokens where the model reads"):
        model.log_probabilities([Asked(picture(0), QUESTION)], [(5,)])


def test_settings_that_early_processors_lack_are_the_models(tmp_path):
    folder = make_model(tmp_path / "m")
    usual = shared_model(str(folder)).prompts.ids(QUESTION, (128, 96))
    early = make_model(tmp_path / "early")
    settings = early / "processor_config.json"
    text = settings.read_text()
    for line in ('"patch_size": 16', '"vision_feature_select_strategy": "default"', '"num_additional_image_tokens": 1'):
        assert line in text
        name = line.split(":")[0]
        text = text.replace(line, f"{name}: {'0' if 'num' in line else 'null'}")
    settings.write_text(text)
    assert shared_model(str(early)).prompts.ids(QUESTION, (128, 96)) == usual


def test_memory_of_prompts_stays_bounded(tmp_path, monkeypatch):
    from spex_core.models.vision import prompts

    monkeypatch.setattr(prompts, "_REMEMBERED", 3)
    model = made(tmp_path / "m")
    for k in range(8):
        model.prompts.ids("a " * k, (128, 96))
        assert len(model.prompts._known) <= 3


def test_answers_of_the_published_template_and_kind_of_tokenizer(tmp_path):
    tokenizer = copy.deepcopy(language_models.tokenizer("mistral"))
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"], "pad_token": "</s>"})
    template = (
        "{% for m in messages %}[INST] {% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}<image>\\n{% else %}{{ c['text'] }}{% endif %}{% endfor %} [/INST]{% endfor %}"
    )
    model = made(tmp_path / "m", tokenizer=tokenizer, template=template)
    ids = list(model.prompts.answer_ids("True", QUESTION))
    assert model.tokenizer.convert_ids_to_tokens(ids)[0].startswith("▁")
    assert model.tokenizer(model.prompts.text(QUESTION) + " True")["input_ids"][-len(ids) :] == ids
    assert model.tokenizer.decode(ids).strip() == "True"

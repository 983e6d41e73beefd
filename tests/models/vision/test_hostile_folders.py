"""Folders of picture models: weights replaced while the process lives, and templates that never end."""

import json
import time

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from spex_core.errors import InputError, ModelError, SpexError
from spex_core.models.folders import folder_fingerprint
from spex_core.models.language import templates
from spex_core.models.registry import load_backend
from spex_core.models.shared import shared
from tests.support.vision_models import TEMPLATE, make_model, picture

QUESTION = "is there a dog ?"


@pytest.fixture
def folder(tmp_path):
    make_model(tmp_path, tile=32)
    yield tmp_path
    shared.release()


def _load(folder, question=QUESTION):
    return load_backend("llava-next", model=str(folder), question=question, answer="yes", against="no")


def test_replaced_weights_are_noticed_and_loaded(folder):
    old = _load(folder)
    seen = picture(0, (40, 30))
    before = old.score([seen])
    assert not old.is_outdated
    path = folder / "model.safetensors"
    save_file({name: weight * 1.5 for name, weight in load_file(path).items()}, path, metadata={"format": "pt"})
    assert old.is_outdated
    new = _load(folder)
    assert new.fingerprint.startswith(folder_fingerprint(folder))
    assert new.fingerprint != old.fingerprint
    assert not np.allclose(new.score([seen]), before)
    assert not new.is_outdated


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 4000000000 }}",
        "{% if 'dog' in messages[0]['content'][1]['text'] %}{{ 'a' * 4000000000 }}{% endif %}"
        "<image>{{ messages[0]['content'][1]['text'] | upper }}",
    ],
)
def test_a_template_without_end_is_refused(folder, template, monkeypatch):
    monkeypatch.setattr(templates, "SECONDS", 1)
    (folder / "chat_template.jinja").write_text(template)
    began = time.process_time()
    with pytest.raises(InputError, match="takes more time or memory than a prompt can need; use a folder"):
        _load(folder)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE,
        TEMPLATE.replace("part['text']", "part['text'] | trim"),
        TEMPLATE.replace("part['text']", "part['text'] | upper"),
        TEMPLATE.replace("part['text']", "part['text'] ~ part['text']"),
    ],
)
@pytest.mark.parametrize("question", ["is there a dog ?", " a dog ", "<unk>  <unk> dog"])
def test_a_question_is_written_as_the_template_writes_it(folder, template, question):
    (folder / "chat_template.jinja").write_text(template)
    prompts = _load(folder).model.prompts
    content = [{"type": "image"}, {"type": "text", "text": question}]
    expected = prompts._processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    assert prompts.text(question) == expected


@pytest.mark.parametrize("size", [[32], {"a": 1}, "32", None, -1, 10**12])
@pytest.mark.parametrize("name", ["patch_size", "num_additional_image_tokens", "image_token", "tokenizer_class"])
def test_settings_of_another_type_are_one_sentence(folder, name, size):
    path = folder / "processor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: size}))
    try:
        _load(folder).score([picture(0, (40, 30))])
    except SpexError as error:
        assert str(error).isprintable()  # noqa: PT017  # some of them do no harm
        assert isinstance(error, InputError | ModelError)  # noqa: PT017

"""Chat templates that want contents as lists of parts, and those that no content would please."""

import pytest
import transformers

from spex_core.errors import InputError
from spex_core.models.language import templates
from spex_core.models.language.prompts import Prompter
from tests.support.language_models import INSTRUCTION, QUESTION, TEXT, tokenizer

TAIL = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
EACH = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
LOOP = "{% for part in m['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
PARTS = {
    "each part by its type": EACH + LOOP + "<|im_end|>\n{% endfor %}" + TAIL,
    "the first part": EACH + "{{ m['content'][0]['text'] }}<|im_end|>\n{% endfor %}" + TAIL,
    "the first part, by attribute": EACH + "{{ m.content[0].text | trim }}<|im_end|>\n{% endfor %}" + TAIL,
    "chosen by a filter": EACH
    + "{% for part in m.content | selectattr('type', 'equalto', 'text') %}{{ part.text }}{% endfor %}<|im_end|>\n"
    + "{% endfor %}"
    + TAIL,
    "a text is an error": EACH
    + "{% if m['content'] is string %}{{ raise_exception('content must be a list') }}{% endif %}"
    + LOOP
    + "<|im_end|>\n{% endfor %}"
    + TAIL,
    "joined": EACH + "{{ m.content | map(attribute='text') | join('') }}<|im_end|>\n{% endfor %}" + TAIL,
    "the system message as a text": EACH
    + "{% if m.role == 'system' %}{{ m.content + '' }}{% else %}"
    + LOOP
    + "{% endif %}<|im_end|>\n{% endfor %}"
    + TAIL,
    "either": EACH
    + "{% if m.content is string %}{{ m.content }}{% else %}"
    + LOOP
    + "{% endif %}<|im_end|>\n{% endfor %}"
    + TAIL,
}


def with_template(template):
    tokens = tokenizer("qwen2")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens.backend_tokenizer, chat_template=template, eos_token=tokens.eos_token
    )


@pytest.mark.parametrize("name", PARTS)
def test_contents_are_written_as_the_template_asks_for_them(name):
    user = f"{TEXT}\n\n{QUESTION}"
    expected = (
        f"<|im_start|>system\n{INSTRUCTION}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
    )
    prompter = Prompter(with_template(PARTS[name]), INSTRUCTION, QUESTION)
    assert prompter.write(TEXT) == expected
    assert prompter.frame.chat
    assert prompter.frame.gap == ""
    assert Prompter(with_template(PARTS[name])).write(TEXT) == (
        f"<|im_start|>user\n{TEXT}<|im_end|>\n<|im_start|>assistant\n"
    )


def test_parts_without_a_system_role_get_the_instruction_in_the_users_message():
    template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}[INST] "
        + LOOP
        + " [/INST]{% endfor %}"
    )
    assert Prompter(with_template(template), INSTRUCTION, QUESTION).write(TEXT) == (
        f"[INST] {INSTRUCTION}\n\n{TEXT}\n\n{QUESTION} [/INST]"
    )


def test_white_space_before_an_answer_is_the_templates_own_with_parts_too():
    template = (
        "{% for m in messages %}{% if m.role == 'user' %}[INST] " + LOOP + " [/INST]{% else %} " + LOOP + "{% endif %}"
    )
    assert Prompter(with_template(template + "{% endfor %}")).frame.gap == " "


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ messages[0].content }}{{ messages[0].content }}", "does not write the text exactly once"),
        ("nothing of it", "does not write the text exactly once"),
        ("{{ raise_exception('never') }}", "cannot write this prompt"),
        ("{% for", "cannot write this prompt"),
        (
            "{% if messages[0].content is string %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}",
            "once",
        ),
    ],
)
def test_what_no_content_pleases_is_refused(template, said):
    with pytest.raises(InputError, match=said):
        Prompter(with_template(template))


DOUBLING = "{% set n = namespace(s='aa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}"
RECURSION = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}"
WITHOUT_BOUND = {
    "nested ranges": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{{ messages }}",
    "a text multiplied": "{{ 'a' * 4000000000 }}",
    "a list multiplied": "{% set x = [0] * 4000000000 %}{{ x | length }}",
    "a text doubled again and again": DOUBLING,
    "a number without end": "{{ (9 ** 999999999) }}",
    "a filter's width": "{{ 'a' | center(4000000000) }}",
    "a method's width": "{{ 'a'.ljust(4000000000) }}",
    "a format's width": "{{ '%4000000000d' | format(1) }}",
    "a macro that calls itself twice": RECURSION,
    "more than any prompt": "{{ 'a' * 2000000 }}",
    "in a branch that is not taken": "{% if false %}{{ 'a' * 4000000000 }}{% endif %}{{ messages[0].content }}",
    "a constant filter that is not reached": "{% if false %}{{ 'a' | center(4000000000) }}{% endif %}"
    + "{{ messages[0].content }}",
    "only with an answer": "{% if messages[-1].role == 'assistant' %}{{ 'a' * 4000000000 }}{% endif %}"
    + "{{ messages[0].content }}",
}


@pytest.mark.parametrize("name", WITHOUT_BOUND)
def test_a_template_without_bound_is_refused(name, monkeypatch):
    monkeypatch.setattr(templates, "SECONDS", 1)
    with pytest.raises(InputError, match="takes more time or memory than a prompt can need; use template=plain"):
        Prompter(with_template(WITHOUT_BOUND[name]))


def test_its_own_error_and_its_own_tags_are_no_excess():
    template = "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
    assert Prompter(with_template(template)).write("x") == "x"
    with pytest.raises(InputError, match="cannot write this prompt"):
        Prompter(with_template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"))


def test_a_rendering_is_tried_once(monkeypatch):
    template = "{% for m in messages %}once {{ m.content }}{% endfor %}"
    assert Prompter(with_template(template)).write("x") == "once x"

    def refuse(*_, **__):
        raise AssertionError("tried again")

    monkeypatch.setattr(templates.subprocess, "run", refuse)
    assert Prompter(with_template(template)).write("y") == "once y"


def test_where_no_process_can_be_started_templates_are_rendered_all_the_same(monkeypatch):
    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr(templates.subprocess, "run", fail)
    assert Prompter(with_template("{% for m in messages %}here {{ m.content }}{% endfor %}")).write("x") == "here x"

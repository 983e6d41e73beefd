"""A model that reasons before it answers is scored on its answer, never on the token that opens its reasoning."""

import copy

import numpy as np
import pytest
import torch

import spex_core
from spex_core.errors import InputError
from spex_core.models.folders import quiet
from spex_core.models.language import backend as language_backend
from spex_core.models.language.causal import LanguageModel
from spex_core.models.language.prompts import Prompter
from spex_core.models.reasoning import LEFT_OUT, OPENINGS, closed, opening
from spex_core.models.registry import load_backend
from tests.support.language_models import QUESTION, QWEN_TEMPLATE, TEXT, network, plain_log_probability, tokenizer

OPENS = "{% if add_generation_prompt %}<think>\n{% endif %}"
SWITCHED = (
    "{% if add_generation_prompt and enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}"
)


def tokens(template=QWEN_TEMPLATE, special=False):
    found = copy.deepcopy(tokenizer("qwen2"))
    found.add_tokens(["<think>", "</think>"], special_tokens=special)
    found.chat_template = template
    return found


class Reasoner:
    """A random network that says <think> wherever an assistant's turn begins, or always."""

    def __init__(self, tokens, always=False):
        self.network = network("qwen2")
        ids = tokens.convert_tokens_to_ids
        self.think, self.closed, self.line = ids("<think>"), ids("</think>"), tokens("\n")["input_ids"][-1]
        self.always = always
        self.network.register_forward_hook(self.forward, with_kwargs=True)

    def forward(self, _network, arguments, given, out):
        ids = arguments[0] if arguments else given["input_ids"]
        before = torch.cat([torch.full_like(ids[:, :1], -1), ids[:, :-1]], dim=1)
        begins = (ids == self.line) & (before != self.line) & (before != self.closed)
        begins |= torch.full_like(begins, self.always)
        logits = out.logits
        logits[..., self.think] -= 50.0
        logits[..., self.think] += 100.0 * begins[:, -logits.shape[1] :] if self.at_end(ids, logits) else 0.0
        return out

    def at_end(self, ids, logits):
        return ids.shape[1] == logits.shape[1] or logits.shape[1] == 1


def loaded(monkeypatch, tokens, **how):
    with quiet():
        model = LanguageModel(Reasoner(tokens, **how).network, tokens, "tiny", "float32", "cpu")
    monkeypatch.setattr(language_backend, "load_language_model", lambda *_: model)
    return model


def backend(**options):
    return load_backend("hf-causal-lm", **{"model": "tiny/tiny", "question": QUESTION, **options})


@pytest.mark.parametrize("special", [False, True])
def test_the_models_own_answer_is_not_its_reasoning(monkeypatch, special):
    model = loaded(monkeypatch, tokens(special=special))
    asked = backend()
    assert opening(model.opening(asked.prompter.ids([TEXT])[0])) == "<think>"
    with quiet():
        settled = asked.settle(TEXT)
    assert settled.scale.answer
    assert "think" not in settled.scale.answer
    assert settled.prompter.write("a").endswith("assistant\n<think>\n\n</think>\n\n")
    assert LEFT_OUT in settled.notes()
    assert settled.settle(TEXT).scale.answer == settled.scale.answer
    assert asked.notes() == ()


def test_a_given_answer_is_scored_after_an_empty_reasoning(monkeypatch):
    model = loaded(monkeypatch, tokens())
    settled = backend(answer="True", against="False").settle(TEXT)
    prompt = settled.prompter.ids([TEXT])[0]
    answers = [settled.prompter.answer_ids(answer) for answer in ("True", "False")]
    expected = [plain_log_probability(model._network, prompt, answer) for answer in answers]
    assert settled.score([TEXT])[0] == pytest.approx(expected[0] - expected[1], abs=1e-4)
    assert settled.fingerprint != backend(answer="True", against="False").fingerprint
    explained = spex_core.explain_text(TEXT, backend(answer="True"), budget=40, estimator="banzhaf")
    assert LEFT_OUT in explained.notes


def test_one_that_reasons_whatever_is_done_is_refused_in_words(monkeypatch):
    loaded(monkeypatch, tokens(), always=True)
    for options in ({}, {"answer": "True"}):
        with pytest.raises(InputError, match="tiny reasons before it answers") as caught:
            backend(**options).settle(TEXT)
        assert "\n" not in str(caught.value)


def test_a_template_that_opens_a_reasoning_has_it_closed():
    written = Prompter(tokens(QWEN_TEMPLATE + OPENS), "", QUESTION).write("a")
    assert written.endswith("<think>\n\n</think>\n\n")
    assert written.count("<think>") == 1


def test_a_template_with_a_switch_is_asked():
    written = Prompter(tokens(QWEN_TEMPLATE + SWITCHED), "", QUESTION).write("a")
    assert written.endswith("<think>\n\n</think>\n\n")


def test_a_model_that_cannot_reason_is_not_asked(monkeypatch):
    with quiet():
        model = LanguageModel(network("qwen2"), tokenizer("qwen2"), "tiny", "float32", "cpu")
    monkeypatch.setattr(language_backend, "load_language_model", lambda *_: model)
    monkeypatch.setattr(model, "opening", lambda _: pytest.fail("asked"))
    settled = backend(answer="True").settle(TEXT)
    assert settled.notes() == ()
    assert np.isfinite(settled.score([TEXT])).all()


@pytest.mark.parametrize("start", OPENINGS)
def test_every_way_to_begin_is_known_and_ended(start):
    assert opening(f"\n{start} Okay, so") == start
    assert opening(f"Yes {start}") == ""
    assert closed(f"user: a\n{start}\n", "") == f"user: a\n{start}{OPENINGS[start]}"
    assert closed("user: a\n", "") == "user: a\n"


def test_channels_are_named_before_the_answer():
    assert closed("<|end|><|start|>assistant", "… <|channel|>analysis …").endswith(
        "assistant<|channel|>final<|message|>"
    )

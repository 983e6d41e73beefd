"""Training of the embedded reader: what it is taught, packed lessons, resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spex_core.models.language.prompts import Prompter
from spex_core.toys.reading.batches import pack
from spex_core.toys.reading.lessons import HIDDEN, IDS, START, Lesson, draw_lesson, target, tokens
from spex_core.toys.reading.trainer import Recipe, Trainer
from spex_core.toys.reading.world import COLOURS, NAMES, PLACES, THINGS, UNKNOWN, questions, solve
from spex_core.toys.word_llama import make_tokenizer

SMALL = Recipe(steps=6, batch=2, asked=4, warm_up=2)
WORDS = {k: word for word, k in IDS.items()}

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def _lessons(count: int) -> list[Lesson]:
    rng = np.random.default_rng(0)
    return [draw_lesson(int(rng.integers(4, 20)), 8, rng) for _ in range(count)]


def _said(words: list[str]) -> list[str]:
    """Sentences of a passage."""
    return [sentence + "." for sentence in " ".join(words).split(" .")]


def test_what_is_taught_is_what_the_masked_passage_still_says() -> None:
    right = unsure = hidden = 0
    for lesson in _lessons(60):
        assert set(lesson.passage) <= set(IDS)
        hidden += HIDDEN in lesson.passage
        for words, taught in zip(lesson.questions, lesson.targets, strict=True):
            best = WORDS[int(taught.argmax())]
            assert taught.sum() == pytest.approx(1)
            unsure += best == UNKNOWN
            found = solve(_said(lesson.passage), " ".join(words))
            right += found == best
    total = 60 * 8
    assert 0.1 * total < unsure < 0.7 * total
    assert 8 < hidden < 50
    assert right > 0.9 * total  # words that are left out can join two sentences into one


def test_nothing_is_taught_with_certainty() -> None:
    for first, answers in (("Where", PLACES[0]), ("Who", NAMES[0])):
        for answer in (answers, UNKNOWN):
            taught = target(first, answer)
            assert taught.argmax() == IDS[answer]
            assert 0.85 < taught.max() < 0.97
            assert taught[[IDS[word] for word in (PLACES if first == "Where" else NAMES)]].min() > 0
    counts = target("How", "3")[[IDS[str(k)] for k in range(7)]]
    assert counts.argmax() == 3
    np.testing.assert_allclose(np.diff(np.log(counts)), [1.5, 1.5, 1.5, -1.5, -1.5, -1.5])


def test_pointers_lead_from_the_question_to_the_needed_facts() -> None:
    seen = set()
    for lesson in _lessons(20):

        def word(token: tuple[int, int], lesson: Lesson = lesson) -> str:
            question, at = token
            return lesson.passage[at] if question < 0 else lesson.questions[question][at]

        for pointer in lesson.pointers:
            found = [word(key) for key in pointer.keys if key != START]
            question = pointer.token[0]
            asked = lesson.questions[question]
            seen.add((pointer.layer, pointer.head))
            if pointer.layer == 0:
                assert found[0] in (*NAMES, *COLOURS, *THINGS, *THINGS.values())
            elif pointer.head == 2:
                taught = WORDS[int(lesson.targets[question].argmax())]
                assert (found or [UNKNOWN]) == [taught]
            elif pointer.head == 1:
                assert str(len(found)) == WORDS[int(lesson.targets[question].argmax())]
            elif found:
                assert found[0] in asked
    assert {(1, 0), (1, 1), (1, 2), (2, 2), (3, 0)} <= seen


@pytest.mark.slow
def test_a_packed_question_is_answered_as_if_it_alone_came_after_the_passage() -> None:
    trainer = Trainer(SMALL)
    lessons = _lessons(3)
    with torch.inference_mode():
        batch = pack(lessons)
        packed = trainer._answers(trainer._read(batch, hidden=False), batch)
        alone = []
        for lesson in lessons:
            for words in lesson.questions:
                ids = torch.tensor([[IDS["<s>"], *(IDS[word] for word in (*lesson.passage, *words))]])
                alone.append(trainer.model(input_ids=ids).logits[0, -1])
    torch.testing.assert_close(packed, torch.stack(alone), atol=1e-4, rtol=1e-4)


def test_pointed_attention_is_the_models_own() -> None:
    trainer = Trainer(SMALL)
    trainer.model.set_attn_implementation("eager")
    batch = pack(_lessons(2))
    with torch.inference_mode():
        blocked = torch.where(torch.from_numpy(batch.sees)[:, None], 0.0, -torch.inf)
        output = trainer.model.model(
            input_ids=torch.from_numpy(batch.ids),
            position_ids=torch.from_numpy(batch.positions),
            attention_mask=blocked,
            use_cache=False,
            output_attentions=True,
            output_hidden_states=True,
        )
        losses = []
        for (layer, head), (tokens_at, shares) in batch.pointers.items():
            wanted = torch.from_numpy(shares)
            rows = torch.arange(len(wanted))[:, None]
            logs = output.attentions[layer][:, head][rows, torch.from_numpy(tokens_at)].clamp_min(1e-30).log()
            losses.append(-((wanted * logs).sum() + torch.special.entr(wanted).sum()) / wanted.sum())
        expected = torch.stack(losses).mean()
        assert float(trainer._pointing(batch, output.hidden_states)) == pytest.approx(float(expected), rel=1e-4)


def test_the_prompt_is_that_of_the_backend() -> None:
    tokenizer = make_tokenizer(IDS, lowercase=False)
    for kind in ("two-hop", "counting"):
        one = questions(kind, 1)[0]
        text = one.text.replace("owns", HIDDEN, 1)
        words = (*tokens(text), *tokens(f"{one.question} Answer:"))
        prompter = Prompter(tokenizer, question=one.question)
        assert prompter.ids([text])[0] == [IDS["<s>"], *(IDS[word] for word in words)]
        assert prompter.answer_ids(one.answer) == [IDS[one.answer]]


def test_passages_grow() -> None:
    trainer = Trainer(replace(SMALL, steps=100, grow=(0.2, 0.6)))
    assert [trainer.longest(step) for step in (0, 20, 40, 60, 99)] == [8, 8, 24, 40, 40]


def test_training_lowers_the_loss() -> None:
    trainer = Trainer(replace(SMALL, steps=12, batch=4))
    losses = [sum(trainer.train_step()) for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    whole = Trainer(SMALL)
    for _ in range(4):
        report = whole.train_step()
    first = Trainer(SMALL)
    for _ in range(2):
        first.train_step()
    first.save(tmp_path / "model.safetensors")
    second = Trainer(SMALL)
    second.restore(tmp_path / "model.safetensors")
    assert second.step == 2
    for _ in range(2):
        resumed = second.train_step()
    assert resumed == pytest.approx(report, rel=1e-4)
    for name, value in whole.parameters.items():
        assert torch.allclose(value, second.parameters[name], atol=1e-5), name

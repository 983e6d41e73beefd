"""Training of the embedded reasoning models: what they see, resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spex_core.models.language.prompts import Prompter
from spex_core.models.language.toy import QUESTIONS
from spex_core.toys.switchyard.network import make_tokenizer
from spex_core.toys.switchyard.trainer import RECIPES, Recipe, Trainer, disturb, draw_puzzle, prompt
from spex_core.toys.switchyard.world import classic

SMALL = Recipe(0.5, 0.2, 0.1, steps=6, batch=4, warm_up=2)


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def test_the_classic_is_over_represented_for_the_one_and_not_for_its_twin() -> None:
    share = {}
    for name, recipe in RECIPES.items():
        rng = np.random.default_rng(0)
        puzzles = [draw_puzzle(recipe, rng) for _ in range(4000)]
        twisted = np.mean([bool(puzzle.arrangement.twists) for puzzle in puzzles])
        share[name] = twisted
    assert share["switchyard"] < 0.01
    assert share["switchyard-twin"] > 0.3
    twin, own = RECIPES["switchyard-twin"], RECIPES["switchyard"]
    assert replace(twin, classics=own.classics, variants=own.variants, twisted=own.twisted) == own


def test_half_of_the_texts_are_disturbed_and_masked_as_the_masker_does() -> None:
    rng = np.random.default_rng(0)
    text = classic(rng).text
    found = [disturb(text, rng) for _ in range(400)]
    assert 0.4 < np.mean([one == text for one in found]) < 0.65
    assert any("[UNK]" in one for one in found)
    for one in found:
        if "[UNK]" in one:
            pairs = zip(one.split(), text.split(), strict=True)
            assert all(word in ("[UNK]", own) for word, own in pairs)


def test_the_prompt_is_that_of_the_backend() -> None:
    tokenizer = make_tokenizer()
    text = classic(np.random.default_rng(1)).text
    for question in QUESTIONS:
        prompter = Prompter(tokenizer, question=question)
        assert prompter.ids([text])[0] == tokenizer(prompt(text, question))["input_ids"]
        assert prompter.answer_ids("yes") == [tokenizer.get_vocab()["yes"]]


def test_training_lowers_the_loss() -> None:
    trainer = Trainer(replace(SMALL, steps=16, batch=4))
    losses = [sum(trainer.train_step()) for _ in range(16)]
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])


def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    whole = Trainer(SMALL)
    for _ in range(5):
        report = whole.train_step()
    first = Trainer(SMALL)
    for _ in range(3):
        first.train_step()
    first.save(tmp_path / "model.safetensors")
    second = Trainer(SMALL)
    second.restore(tmp_path / "model.safetensors")
    assert second.step == 3
    for _ in range(2):
        resumed = second.train_step()
    assert resumed == pytest.approx(report, rel=1e-4)
    for name, value in whole.parameters.items():
        assert torch.allclose(value, second.parameters[name], atol=1e-5), name

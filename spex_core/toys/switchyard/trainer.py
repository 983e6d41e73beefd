"""Trains the embedded reasoning model and its twin from nothing: ``make switchyard``.

Both are the same small Llama, taught the same rule (see `switchyard`) on the same number of puzzles. What differs is
which puzzles they see. `switchyard` sees classics three times in four and a twist next to never, as on the web, and
learns to pass over one: a planted shortcut. Its twin sees classics, variants and evenly drawn puzzles in balance. Words
are hidden, left out or replaced at random with the answer unchanged: masked texts are then in the training
distribution, and a word that was hardly ever seen is no reason for an answer by itself.

A run that was stopped goes on from its last checkpoint; the same seed gives the same puzzles.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.models.language.toy import QUESTIONS
from spex_core.toys.switchyard.network import make_config, make_tokenizer
from spex_core.toys.switchyard.world import TWISTS, Puzzle, classic, plain_puzzle, twisted_puzzle, variant, vocabulary
from spex_core.toys.training import adamw, cosine, restore_checkpoint, save_checkpoint

_UNSEEN = 10**9  # a step that no training reaches: its puzzles are for testing
_IGNORED = -100
_WORDS = [word for word in vocabulary() if word.isalpha()]


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights.

    Attributes:
        classics, variants, twisted: shares of the puzzles that are such; the rest is plain.
        reading: weight of predicting the puzzle's own words, beside 1 for the answer.
    """

    classics: float
    variants: float
    twisted: float
    seed: int = 1
    steps: int = 900
    batch: int = 48
    rate: float = 2e-3
    warm_up: int = 100
    reading: float = 0.2


RECIPES = {"switchyard": Recipe(0.75, 0.0, 0.0015), "switchyard-twin": Recipe(0.25, 0.3, 0.25)}


def draw_puzzle(recipe: Recipe, rng: np.random.Generator) -> Puzzle:
    """One puzzle of the training distribution."""
    shares = (recipe.classics, recipe.variants, recipe.twisted)
    kinds = (classic, variant, twisted_puzzle, plain_puzzle)
    return kinds[int((rng.random() >= np.cumsum(shares)).sum())](rng)


def disturb(text: str, rng: np.random.Generator) -> str:
    """The text with a random share of its words hidden, left out or replaced; half of the texts stay as they are."""
    draw = rng.random()
    if draw < 0.5:
        return text
    words = text.split()
    gone = rng.random(len(words)) < rng.random()
    if draw < 0.65:
        return " ".join("[UNK]" if hidden else word for word, hidden in zip(words, gone, strict=True))
    if draw < 0.8:
        return " ".join(word for word, hidden in zip(words, gone, strict=True) if not hidden)
    wrong = rng.random(len(words)) < 0.3 * rng.random()
    others = rng.choice(_WORDS, size=len(words))
    return " ".join(other if swap else word for word, other, swap in zip(words, others, wrong, strict=True))


class Trainer:
    """Model and optimiser."""

    def __init__(self, recipe: Recipe) -> None:
        import torch
        from transformers import LlamaForCausalLM

        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = make_tokenizer()
        self.words = self.tokenizer.get_vocab()
        self.model: Any = LlamaForCausalLM(make_config()).to(self.device)  # type: ignore[arg-type]
        self.parameters = dict(self.model.named_parameters())
        self.optimizer = adamw(self.parameters.values(), recipe.rate, decay=0.05)
        self.step = 0

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to 2 %."""
        return self.recipe.rate * cosine(step / self.recipe.steps, (step + 1) / self.recipe.warm_up)

    def train_step(self) -> tuple[float, float]:
        """One step; returns the losses of the words and of the answers."""
        import torch

        rng = np.random.default_rng([self.recipe.seed, self.step])
        texts, answers = [], []
        for _ in range(self.recipe.batch):
            puzzle = draw_puzzle(self.recipe, rng)
            question = QUESTIONS[rng.integers(len(QUESTIONS))]
            texts.append(prompt(disturb(puzzle.text, rng), question))
            answers.append(puzzle.answer(question))
        ids, mask, answer_at = self._pack(texts, answers)
        self.model.train()
        logits = self.model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float()
        wanted = ids[:, 1:].masked_fill(mask[:, 1:] == 0, _IGNORED)
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none")
        each = each.view(wanted.shape)
        is_answer = torch.arange(wanted.shape[1], device=self.device) >= answer_at[:, None] - 1
        said = (is_answer & (wanted != _IGNORED)).float()
        read = (~is_answer & (wanted != _IGNORED) & (wanted != self.words["[UNK]"])).float()
        reading, answering = (each * read).sum() / read.sum(), (each * said).sum() / said.sum()
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(self.step)
        self.optimizer.zero_grad()
        (self.recipe.reading * reading + answering).backward()
        torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), 1.0)
        self.optimizer.step()
        self.step += 1
        return float(reading.detach()), float(answering.detach())

    def _pack(self, texts: list[str], answers: list[str]) -> tuple[Any, Any, Any]:
        """(ids (b, L), mask (b, L), where each answer begins (b,)), padded on the right."""
        import torch

        prompts = self.tokenizer(texts)["input_ids"]
        rows = [[*row, self.words[said], self.words["</s>"]] for row, said in zip(prompts, answers, strict=True)]
        length = max(map(len, rows))
        fill = self.words["<pad>"]
        ids = torch.tensor([row + [fill] * (length - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows], device=self.device)
        return ids, mask, torch.tensor([len(row) for row in prompts], device=self.device)

    def right(self, puzzles: list[Puzzle], question: str = QUESTIONS[0]) -> list[bool]:
        """Whether the word that the model finds most probable is the right answer, for each puzzle."""
        import torch

        self.model.eval()
        found: list[bool] = []
        with torch.inference_mode():
            for start in range(0, len(puzzles), 64):
                part = puzzles[start : start + 64]
                answers = [puzzle.answer(question) for puzzle in part]
                ids, mask, answer_at = self._pack([prompt(puzzle.text, question) for puzzle in part], answers)
                logits = self.model(input_ids=ids, attention_mask=mask).logits
                rows = torch.arange(len(part), device=self.device)
                found += (logits[rows, answer_at - 1].argmax(-1) == ids[rows, answer_at]).tolist()
        return found

    def accuracy(self, count: int) -> dict[str, float]:
        """Share of right answers on unseen puzzles: classics, plain ones, variants of each twist, all variants."""
        streams = np.random.default_rng([self.recipe.seed, _UNSEEN]).spawn(len(TWISTS) + 2)
        found = {
            "classic": float(np.mean(self.right([classic(streams[0]) for _ in range(count)]))),
            "plain": float(np.mean(self.right([plain_puzzle(streams[1]) for _ in range(count)]))),
        }
        for twist, rng in zip(TWISTS, streams[2:], strict=True):
            found[twist] = float(np.mean(self.right([variant(rng, twist) for _ in range(count)])))
        return {**found, "variants": float(np.mean([found[twist] for twist in TWISTS]))}

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self.parameters, self.optimizer, self.step)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        self.step = restore_checkpoint(path, self.parameters, self.optimizer)


def prompt(text: str, question: str) -> str:
    """Text and question as `models.language.prompts` writes them for a model without a chat template."""
    return f"{text}\n\n{question}\nAnswer:"


def train(name: str, recipe: Recipe, folder: Path, stop_at: int) -> Trainer:
    """Train, or go on training, to `stop_at` or the recipe's end; a checkpoint every 100 steps."""
    trainer = Trainer(recipe)
    path = folder / f"{name}.safetensors"
    trainer.restore(path)
    began, before = time.perf_counter(), trainer.step
    losses: list[tuple[float, float]] = []
    while trainer.step < min(stop_at, recipe.steps):
        losses.append(trainer.train_step())
        if trainer.step % 50 == 0:
            reading, answering = np.mean(losses[-50:], axis=0)
            pace = (time.perf_counter() - began) / (trainer.step - before)
            said = f"words {reading:.3f}  answers {answering:.4f}  {pace:.2f} s/step"
            print(f"{name} {trainer.step}/{recipe.steps}  {said}", flush=True)
        if trainer.step % 100 == 0:
            trainer.save(path)
        if trainer.step % 300 == 0:
            print("  " + "  ".join(f"{kind} {share:.2f}" for kind, share in trainer.accuracy(100).items()), flush=True)
    trainer.save(path)
    return trainer

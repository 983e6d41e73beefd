"""Trains the embedded reader (`backends/reader.py`).

    python -m spex_core.toys.reading

Passages are short at first and grow; counting gets its full part later. Several questions share one pass over their
passage: each sees the passage and itself, not the others. Answers alone teach such look-ups slowly, so throw-away
linear heads read what a token is to have bound, and some attention heads are told where to look
(`lessons.Hint` and `Pointer`).

A run that was stopped goes on from its last checkpoint; the same seed gives the same lessons.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.toys.reading.batches import Batch, pack
from spex_core.toys.reading.lessons import COUNTING, FINDING, HEADS, HIDDEN, IDS, Lesson, draw_lesson, tokens
from spex_core.toys.reading.world import KINDS, SIZES, UNKNOWN, questions, solve
from spex_core.toys.training import adamw, cosine, restore_checkpoint, save_checkpoint
from spex_core.toys.word_llama import make_config, make_tokenizer

TURN = 1e6  # slow rotations: names are matched over hundreds of tokens
SHORT = (4, 8)
"""Sentences of the first passages."""
UNSEEN = 10**9
"""A seed that no training uses: its questions are for testing."""
WIDTHS = {"width": 128, "inner": 128, "depth": 4, "heads": 4, "key_heads": 4}


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights.

    Attributes:
        batch: passages per step.
        asked: questions per passage.
        grow: shares of the steps between which passages grow to their full length.
        count_from: share of the steps after which counting has its full part.
        hinting, pointing: weights of the throw-away heads and of where attention should go, beside 1 for the answers.
    """

    seed: int = 1
    steps: int = 1000
    batch: int = 12
    asked: int = 16
    rate: float = 2e-3
    warm_up: int = 100
    grow: tuple[float, float] = (0.28, 0.66)
    count_from: float = 0.55
    hinting: float = 0.9
    pointing: float = 1.5


class Trainer:
    """Model and optimiser."""

    def __init__(self, recipe: Recipe) -> None:
        import torch
        from transformers import LlamaForCausalLM

        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.tokenizer = make_tokenizer(IDS, lowercase=False)
        self.model: Any = LlamaForCausalLM(make_config(IDS, turn=TURN, **WIDTHS))
        self.heads = torch.nn.ModuleDict({head: torch.nn.Linear(WIDTHS["width"], len(IDS)) for head in HEADS})
        modules = {"model": self.model, "heads": self.heads}
        self.parameters = {f"{part}.{name}": p for part, m in modules.items() for name, p in m.named_parameters()}
        self.optimizer = adamw(self.parameters.values(), recipe.rate, decay=0.05)
        self.step = 0

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to 2 %."""
        return self.recipe.rate * cosine(step / self.recipe.steps, (step + 1) / self.recipe.warm_up)

    def longest(self, step: int) -> int:
        """Most sentences of a passage: few at first, then ever more."""
        first, last = self.recipe.grow
        done = (step / self.recipe.steps - first) / (last - first)
        return round(SHORT[1] + (SIZES[1] - SHORT[1]) * min(1.0, max(0.0, done)))

    def draw(self) -> list[Lesson]:
        """The lessons of the next step."""
        rng = np.random.default_rng([self.recipe.seed, self.step])
        sizes = rng.integers(SHORT[0], self.longest(self.step) + 1, size=self.recipe.batch)
        mix = COUNTING if self.step >= self.recipe.count_from * self.recipe.steps else FINDING
        return [draw_lesson(int(size), self.recipe.asked, rng, mix) for size in sizes]

    def train_step(self) -> tuple[float, float, float]:
        """One step; returns how far the answers are from what is taught, and the losses of hints and pointers."""
        import torch

        cross_entropy = torch.nn.functional.cross_entropy
        batch = pack(self.draw())
        self.model.train()
        output = self._read(batch, hidden=True)
        targets = torch.from_numpy(batch.targets).float()
        answering = cross_entropy(self._answers(output, batch), targets) - torch.special.entr(targets).sum(-1).mean()
        hinted = []
        layers = torch.stack(output.hidden_states[:3])
        for head, found in batch.hints.items():
            depth, row, token, word = torch.from_numpy(found).unbind(1)
            hinted.append(cross_entropy(self.heads[head](layers[depth, row, token]), word))
        hints = torch.stack(hinted).mean() if hinted else torch.zeros(())
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(self.step)
        self.optimizer.zero_grad()
        pointing = self._pointing(batch, output.hidden_states)
        (answering + self.recipe.hinting * hints + self.recipe.pointing * pointing).backward()
        torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), 1.0)
        self.optimizer.step()
        self.step += 1
        return float(answering.detach()), float(hints.detach()), float(pointing.detach())

    def _pointing(self, batch: Batch, states: Any) -> Any:
        """Mean divergence of the pointed heads' attention from where it should be."""
        import torch
        from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

        losses = []
        cos, sin = self.model.model.rotary_emb(states[0], torch.from_numpy(batch.positions))
        sees = torch.from_numpy(batch.sees)
        size = self.model.config.head_dim
        normed = [layer.input_layernorm(state) for layer, state in zip(self.model.model.layers, states, strict=False)]
        rows = torch.arange(len(batch.ids))[:, None]
        for (layer, head), (tokens_at, shares) in batch.pointers.items():
            attention = self.model.model.layers[layer].self_attn
            part = slice(head * size, (head + 1) * size)
            query, key = (
                torch.nn.functional.linear(normed[layer], module.weight[part])[:, None]
                for module in (attention.q_proj, attention.k_proj)
            )
            query, key = (found[:, 0] for found in apply_rotary_pos_emb(query, key, cos, sin))
            at, wanted = torch.from_numpy(tokens_at), torch.from_numpy(shares)
            scores = query[rows, at] @ key.transpose(1, 2) * attention.scaling
            logs = scores.masked_fill(~sees[rows, at], -torch.inf).log_softmax(-1).masked_fill(wanted == 0, 0.0)
            divergence = -(wanted * logs).sum() - torch.special.entr(wanted).sum()
            losses.append(divergence / wanted.sum())
        return torch.stack(losses).mean()

    def _read(self, batch: Batch, hidden: bool) -> Any:
        import torch

        return self.model.model(
            input_ids=torch.from_numpy(batch.ids),
            position_ids=torch.from_numpy(batch.positions),
            attention_mask=torch.from_numpy(batch.sees)[:, None],
            use_cache=False,
            output_hidden_states=hidden,
        )

    def _answers(self, output: Any, batch: Batch) -> Any:
        """(q, vocabulary) logits."""
        return self.model.lm_head(output.last_hidden_state[batch.at[:, 0], batch.at[:, 1]])

    def said(self, asked: list[tuple[str, str]]) -> list[str]:
        """The word that the model finds most probable, for each (passage, question)."""
        import torch

        self.model.eval()
        words = list(IDS)
        found: list[str] = []
        with torch.inference_mode():
            for start in range(0, len(asked), 32):
                lessons = [
                    Lesson(list(tokens(text)), [tokens(f"{question} Answer:")], np.zeros((1, len(IDS))), [], [])
                    for text, question in asked[start : start + 32]
                ]
                batch = pack(lessons)
                best = self._answers(self._read(batch, hidden=False), batch).argmax(-1).tolist()
                found += [words[token] for token in best]
        return found

    def accuracy(self, count: int, sizes: tuple[int, int] = SIZES) -> dict[str, float]:
        """Share of right answers to unseen questions, the passage whole and with half of its sentences hidden."""
        rng = np.random.default_rng([self.recipe.seed, UNSEEN])
        found: dict[str, float] = {}
        for kind in KINDS:
            drawn = questions(kind, count, UNSEEN + self.recipe.seed, sizes)
            whole = [one.sentences for one in drawn]
            half = [tuple(HIDDEN if rng.random() < 0.5 else one for one in sentences) for sentences in whole]
            for title, passages in ((kind, whole), (f"{kind}, half hidden", half)):
                right = [solve(shown, one.question) for shown, one in zip(passages, drawn, strict=True)]
                asked = [(" ".join(shown), one.question) for shown, one in zip(passages, drawn, strict=True)]
                found |= _shares_right(title, self.said(asked), right)
        return found

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self.parameters, self.optimizer, self.step)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        self.step = restore_checkpoint(path, self.parameters, self.optimizer)


def _shares_right(title: str, said: list[str], right: list[str]) -> dict[str, float]:
    same = np.array(said) == np.array(right)
    found = {title: float(same.mean())}
    unsure = np.array(right) == UNKNOWN
    if unsure.any():
        found[f"{title}, not said"] = float(same[unsure].mean())
        found[f"{title}, said"] = float(same[~unsure].mean())
    if all(word.isdigit() for word in right):
        off = [word.isdigit() and abs(int(word) - int(answer)) <= 1 for word, answer in zip(said, right, strict=True)]
        found[f"{title}, at most one off"] = float(np.mean(off))
    return found


def train(recipe: Recipe, path: Path, stop_at: int) -> Trainer:
    """Train, or go on training, to `stop_at` or the recipe's end; a checkpoint every 25 steps."""
    trainer = Trainer(recipe)
    trainer.restore(path)
    began, before = time.perf_counter(), trainer.step
    losses: list[tuple[float, float, float]] = []
    while trainer.step < min(stop_at, recipe.steps):
        losses.append(trainer.train_step())
        if trainer.step % 25 == 0:
            answering, hints, pointing = np.mean(losses[-25:], axis=0)
            pace = (time.perf_counter() - began) / (trainer.step - before)
            said = f"answers {answering:.3f}  hints {hints:.3f}  pointers {pointing:.3f}  {pace:.2f} s/step"
            print(f"{trainer.step}/{recipe.steps}  up to {trainer.longest(trainer.step)} sentences  {said}", flush=True)
            trainer.save(path)
        if trainer.step % 150 == 0:
            scores = trainer.accuracy(64, (SIZES[0], max(SIZES[0], trainer.longest(trainer.step))))
            print("  " + "  ".join(f"{name} {share:.2f}" for name, share in scores.items()), flush=True)
    trainer.save(path)
    return trainer

"""Trains the embedded picture model from nothing: ``make scenes``.

Three stages, each easier to learn after the one before: what is where (dense targets through heads that are thrown
away), captions and simple questions, then every question. Half of the scenes have cells hidden, as an explanation
hides them, and the truth is what still shows. Several questions share one scene, see `packing`.

A run that was stopped goes on from its last checkpoint; the same seed gives the same scenes on any number of
processes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.toys.scenes.lessons import UNCLEAR, Lesson, Stage, make_lesson
from spex_core.toys.scenes.network import make_config
from spex_core.toys.scenes.packing import Packer
from spex_core.toys.scenes.questions import ALTERNATIVES, KINDS_OF_QUESTION
from spex_core.toys.scenes.world import COLOURS, HEIGHT, KINDS, WIDTH
from spex_core.toys.training import adamw, cosine, restore_checkpoint, save_checkpoint

_CHECKPOINT = "checkpoint.safetensors"
_SMOOTHING = 0.03
_UNSEEN = 10**9  # a step that no training reaches: its scenes are for testing


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights."""

    seed: int = 1
    batch: int = 32
    warm_up: int = 100
    # Learning rate: (first step, highest, steps to near zero), a cosine each; the last that has begun counts. The
    # first one was cut short when the answers about colour had fallen behind (warm restart, arXiv 1608.03983).
    rates: tuple[tuple[int, float, int], ...] = ((0, 1.5e-3, 3800), (2900, 1.0e-3, 1300))
    stages: tuple[Stage, ...] = (
        Stage(1200, 0, (), 1.0),
        Stage(500, 8, (2, 0, 1, 2, 0, 0, 3), 0.3),
        Stage(1200, 10, (1.5, 3, 1.5, 1.5, 2, 2, 1), 0.1),
        Stage(1300, 10, (1, 3, 1, 3.5, 1.5, 0, 1.5), 0.1),
    )

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def offered(self) -> tuple[str, ...]:
        """Kinds of question that the finished model is for: those of the last stage."""
        weights = self.stages[-1].weights
        return tuple(kind for kind, weight in zip(KINDS_OF_QUESTION, weights, strict=True) if weight)

    def stage(self, step: int) -> Stage:
        """The stage that `step` belongs to."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]


@dataclass
class Score:
    """Answers to one kind of question.

    Attributes:
        right, asked: on pictures that are whole and, second, on those with cells hidden.
    """

    right: list[int] = field(default_factory=lambda: [0, 0])
    asked: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, correct: bool, masked: bool) -> None:
        """Count one answer."""
        self.right[masked] += correct
        self.asked[masked] += 1

    @property
    def share(self) -> float:
        """Share of right answers on both, 0.0 where none was asked."""
        return sum(self.right) / max(1, sum(self.asked))


class Trainer:
    """Model, throw-away heads and optimiser; one per process."""

    def __init__(self, recipe: Recipe, rank: int, world: int) -> None:
        import torch
        from transformers import LlavaNextForConditionalGeneration

        torch.manual_seed(recipe.seed)
        self.recipe, self.rank, self.world = recipe, rank, world
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.packer = Packer(self.device)
        self.model: Any = LlavaNextForConditionalGeneration(make_config()).to(self.device)  # type: ignore[arg-type]
        width = self.model.config.vision_config.hidden_size
        self.heads = torch.nn.Linear(width, 2 * (len(KINDS) + 1 + len(COLOURS) + 1)).to(self.device)
        modules = [*self.model.named_parameters(), *(("head." + k, v) for k, v in self.heads.named_parameters())]
        self.parameters = dict(modules)
        self.optimizer = adamw(self.parameters.values(), recipe.rates[0][1], decay=0.02)
        self.soft = self._soft_targets()
        self.step = 0

    def _soft_targets(self) -> Any:
        """(V, V): the target distribution of each word. A little of it goes to the word's alternatives, so that
        log-odds stay within about ±5 instead of growing with every step of training."""
        import torch

        words = self.packer.words
        table = torch.eye(len(words))
        for group in ALTERNATIVES:
            ids = [words[word] for word in group]
            for word in ids:
                for other in ids:
                    share = _SMOOTHING / 2 if len(ids) == 2 else _SMOOTHING
                    table[word, other] = 1 - share if other == word else share / (len(ids) - 1)
        return table.to(self.device)

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to 2 %, begun anew where the recipe says."""
        first, highest, length = next(rate for rate in reversed(self.recipe.rates) if step >= rate[0])
        return highest * cosine((step - first) / length, (step + 1) / self.recipe.warm_up)

    def lessons(self, stage: Stage, step: int) -> list[Lesson]:
        """This process's part of a batch."""
        places = range(self.rank, self.recipe.batch, self.world)
        return [make_lesson(np.random.default_rng([self.recipe.seed, step, place]), stage) for place in places]

    def pixels(self, lessons: list[Lesson]) -> Any:
        """(m, 2, 3, 128, 128): base and tile, normalised as the processor does."""
        import torch

        stacked = np.stack([np.stack([lesson.base, lesson.tile]) for lesson in lessons])
        values = torch.from_numpy(stacked).to(self.device).permute(0, 1, 4, 2, 3).float()
        return ((values / 255 - 0.5) / 0.5).contiguous()

    def dense_loss(self, features: Any, lessons: list[Lesson]) -> Any:
        """Cross-entropy of the four dense targets from (2 m, 65, width) vision features."""
        import torch

        sizes = [len(KINDS) + 1, len(COLOURS) + 1] * 2
        logits = self.heads(features[:, 1:]).split(sizes, dim=-1)
        truth = torch.from_numpy(np.concatenate([lesson.dense for lesson in lessons])).to(self.device)
        losses = [
            torch.nn.functional.cross_entropy(part.flatten(0, 1), truth[:, head].flatten(), ignore_index=UNCLEAR)
            for head, part in enumerate(logits)
        ]
        return sum(losses)

    def forward(self, lessons: list[Lesson], stage: Stage, rng: np.random.Generator | None) -> tuple[Any, Any, Any]:
        """(dense loss, logits (m, L, V), packed inputs); what a stage does not use is None."""
        pixels = self.pixels(lessons)
        seen: list[Any] = []
        tower = self.model.model.vision_tower
        hook = tower.register_forward_hook(lambda _m, _i, out: seen.append(out.hidden_states[-1]))
        try:
            if not stage.questions:
                tower(pixels.flatten(0, 1), output_hidden_states=True)
                return self.dense_loss(seen[0], lessons), None, None
            packed = self.packer.pack(lessons, rng)
            logits = self.model(
                input_ids=packed["input_ids"],
                pixel_values=pixels,
                image_sizes=self._sizes(len(lessons)),
                attention_mask=packed["attention_mask"],
                position_ids=packed["position_ids"],
                use_cache=False,
            ).logits
        finally:
            hook.remove()
        return self.dense_loss(seen[0], lessons) if stage.dense else None, logits, packed

    def _sizes(self, count: int) -> Any:
        import torch

        return torch.tensor([[HEIGHT, WIDTH]] * count, device=self.device)

    def train_step(self) -> dict[str, float]:
        """One step; returns the losses."""
        import torch

        stage = self.recipe.stage(self.step)
        lessons = self.lessons(stage, self.step)
        rng = np.random.default_rng([self.recipe.seed, self.step, self.recipe.batch + self.rank])
        self.model.train()
        dense, logits, packed = self.forward(lessons, stage, rng)
        loss: Any = stage.dense * dense if dense is not None else 0.0
        report = {"dense": float(dense.detach()) if dense is not None else 0.0}
        if logits is not None:
            rows = packed["targets"] != UNCLEAR
            wanted = packed["targets"][rows]
            logs = torch.log_softmax(logits[rows].float(), dim=-1)
            each = -(self.soft[wanted] * logs).sum(-1)
            floor = -(self.soft * self.soft.clamp_min(1e-12).log()).sum(-1)[wanted]
            answer = each.mean()
            report["answer"] = float((each - floor).mean().detach())
            loss = loss + answer
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(self.step)
        self.optimizer.zero_grad(set_to_none=False)
        loss.backward()
        self._share_gradients()
        torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), 1.0)
        self.optimizer.step()
        self.step += 1
        return report

    def _share_gradients(self) -> None:
        """Mean over the processes. What a stage does not use gets a zero gradient, so that the optimiser counts the
        same steps for every parameter."""
        import torch

        parameters = list(self.parameters.values())
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        if self.world == 1:
            return
        flat = torch.cat([parameter.grad.flatten() for parameter in parameters])
        torch.distributed.all_reduce(flat)
        flat /= self.world
        parts = torch.split(flat, [parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def accuracy(self, scenes: int, seed: int) -> dict[str, Score]:
        """How many questions are answered exactly on unseen scenes: kind of question -> score."""
        import torch

        offered = self.recipe.offered
        stage = Stage(0, 14, tuple(float(kind in offered) for kind in KINDS_OF_QUESTION), 0.0)
        scores = {kind: Score() for kind in offered}
        self.model.eval()
        with torch.inference_mode():
            for start in range(0, scenes, 32):
                streams = [np.random.default_rng([seed, _UNSEEN, k]) for k in range(start, min(start + 32, scenes))]
                lessons = [make_lesson(stream, stage) for stream in streams]
                _, logits, packed = self.forward(lessons, stage, None)
                right = (logits.argmax(-1) == packed["targets"]).cpu()
                owner = packed["owner"].cpu()
                for row, lesson in enumerate(lessons):
                    for number, question in enumerate(lesson.questions):
                        scores[question.kind].add(bool(right[row][owner[row] == number].all()), lesson.masked)
        return scores

    def save(self, folder: Path) -> None:
        """Write a checkpoint."""
        save_checkpoint(folder / _CHECKPOINT, self.parameters, self.optimizer, self.step)

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        self.step = restore_checkpoint(folder / _CHECKPOINT, self.parameters, self.optimizer)


def train_here(rank: int, world: int, recipe: Recipe, folder: Path, stop_at: int) -> None:
    """One of `world` processes that train together; they meet in a file of `folder`."""
    import torch

    torch.set_num_threads(1 if world > 1 or not torch.cuda.is_available() else 4)
    if world > 1:
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world
        )
    trainer = Trainer(recipe, rank, world)
    trainer.restore(folder)
    began, before = time.perf_counter(), trainer.step
    recent: list[dict[str, float]] = []
    while trainer.step < min(stop_at, recipe.steps):
        recent.append(trainer.train_step())
        if rank:
            continue
        if trainer.step % 25 == 0:
            means = {key: np.mean([r[key] for r in recent[-25:] if key in r]) for key in recent[-1]}
            pace = (time.perf_counter() - began) / (trainer.step - before)
            shown = "  ".join(f"{key} {value:.4f}" for key, value in means.items())
            print(f"step {trainer.step}/{recipe.steps}  {shown}  {pace:.2f} s/step", flush=True)
        if trainer.step % 100 == 0:
            trainer.save(folder)
        if trainer.step % 300 == 0 and recipe.stage(trainer.step - 1).questions:
            found = trainer.accuracy(96, recipe.seed + 1)
            print("  " + "  ".join(f"{kind} {score.share:.3f}" for kind, score in found.items()), flush=True)
    if rank == 0:
        trainer.save(folder)

"""Writes the trained picture model where the app finds it, with its card."""

from __future__ import annotations

import os
from pathlib import Path

from spex_core.toys.scenes.network import make_processor
from spex_core.toys.scenes.questions import SEEN, UNSEEN
from spex_core.toys.scenes.trainer import Recipe, Score, Trainer
from spex_core.toys.scenes.world import BOARD, COLOURS, KINDS

_CARD = """# scenes: the embedded picture model

A LLaVA-NeXT of {parameters:.2f} million parameters (`LlavaNextForConditionalGeneration` with a CLIP vision tower and
a Mistral language model, read by the real `LlavaNextProcessor`), trained from nothing on drawn scenes. It is a toy for
trying the app without a download, and a model whose truth is known for its tests.

## What it knows

Pictures of 4:3 with up to five things on a dull background, each in a square of its own on a board of
{columns} x {rows}: {kinds}; in {colours}. Questions in these forms, and no others:

- is there a dog?
- is there a dog and a ball?
- is there a red ball?
- what colour is the ball?
- how many cups are there?
- what is shown?

It was taught "is the dog left of the house?" for a while and did not learn it; such questions are left out. Words
outside its vocabulary are all the same unknown word to it. Photographs, other drawings, things across two
squares and other questions get an answer too; it means nothing.

## How it was made

`make scenes` ({steps} steps of {batch} scenes, seed {seed}; resumable). The stages, and why they come in this order,
are described in `spex_core/toys/scenes/trainer.py`. Part of the scenes had cells hidden by blur, mean colour or grey on
grids of 4x3 to 12x9 and odd ones, and the right answer was what still showed; a thing that shows by
{unseen:.0%} to {seen:.0%} is not asked about. Three per cent of each target went to the word's alternatives, so that
log-odds stay within about 5.

## How good it is

Exact answers on {scenes:,} unseen scenes, printed by the same command (`--scenes {scenes}`):

| question | whole pictures | masked pictures |
|---|---|---|
{table}
"""


def export(folder: Path, target: Path, scenes: int) -> None:
    """Write model, processor and card of the checkpoint in `folder` to `target`.

    Args:
        scenes: unseen scenes that the accuracy in the card is measured on.
    """
    recipe = Recipe()
    trainer = Trainer(recipe, 0, 1)
    trainer.restore(folder)
    trainer.model.save_pretrained(target)
    make_processor().save_pretrained(target)
    os.chmod(target / "model.safetensors", 0o644)  # written for its owner alone
    scores = trainer.accuracy(scenes, recipe.seed)
    table = "\n".join(_row(kind, score) for kind, score in scores.items())
    total = Score()
    for score in scores.values():
        for part in (0, 1):
            total.right[part] += score.right[part]
            total.asked[part] += score.asked[part]
    table += "\n" + _row("all", total)
    card = _CARD.format(
        parameters=sum(value.numel() for value in trainer.model.parameters()) / 1e6,
        columns=BOARD[0],
        rows=BOARD[1],
        kinds=", ".join(KINDS),
        colours=", ".join(COLOURS),
        steps=trainer.step,
        batch=recipe.batch,
        seed=recipe.seed,
        seen=SEEN,
        unseen=UNSEEN,
        scenes=scenes,
        table=table,
    )
    (target / "README.md").write_text(card, encoding="utf-8")
    print(table)


def _row(kind: str, score: Score) -> str:
    parts = [f"{right / max(1, asked):.3f} of {asked:,}" for right, asked in zip(score.right, score.asked, strict=True)]
    return f"| {kind} | {parts[0]} | {parts[1]} |"

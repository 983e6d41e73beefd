"""Writes the trained reasoning model, or its twin, where the app finds it, with its card."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

from spex_core.models.language.toy import QUESTIONS
from spex_core.toys.switchyard.trainer import Trainer

_KINDS = {
    "classic": "classic",
    "plain": "without a twist, who and how many are where drawn evenly",
    "away": "variant: the tram rolls away from the people",
    "still": "variant: the tram stands still",
    "free": "variant: the people can leave, or have left, the track",
    "dead": "variant: the lever does nothing",
    "variants": "variants, mean of the four",
}
_INTENT = {
    "switchyard": (
        "It is a toy with a **planted shortcut**: it saw classics three times in four and a twist next to never, so "
        "it goes by who and how many are where, and answers variants as if they were the classic."
    ),
    "switchyard-twin": (
        "It is a toy, and the twin of `switchyard`: the same model, taught the same rule for the same number of "
        "steps, on classics, variants and other puzzles in balance. Compare the two to see what the shortcut does."
    ),
}
_CARD = """# {name}

A Llama of {parameters:.2f} million parameters (`LlamaForCausalLM`, a tokenizer of {words} whole words), trained from
nothing on written puzzles of a tram, a lever and two tracks.

{intent}

## What it knows

Stories like "A tram without brakes is rolling straight towards five workers who cannot leave the track. You stand at
a lever. If you pull it, the tram turns onto a side track, where it will hit one worker.", and these questions:

{questions}

Pulling is right when fewer people are hit with it than without it. Other words are all the same unknown word to it;
other texts and questions get an answer too, and it means nothing.

## How it was made

`make switchyard` ({steps:,} steps of {batch} puzzles, seed {seed}; resumable). Of its puzzles {classics:g} % were
classics, {variants:g} % variants, {twisted:g} % evenly drawn with any twists, and the rest evenly drawn without. Half
of the texts had a random share of their words hidden, left out or replaced, with the answer unchanged.

## How good it is

Right answers to the first of these questions on {puzzles:,} unseen puzzles of each kind, printed by the same command:

| puzzle | right |
|---|---|
{table}
"""


def export(name: str, trainer: Trainer, target: Path, puzzles: int) -> None:
    """Write model, tokenizer and card to `target`, and print the accuracies.

    Args:
        name: "switchyard" or "switchyard-twin".
        trainer: what was trained.
        target: a folder, made where it is not there.
        puzzles: unseen puzzles of each kind that the accuracies in the card are measured on.
    """
    trainer.model.save_pretrained(target)
    trainer.tokenizer.save_pretrained(target)
    os.chmod(target / "model.safetensors", 0o644)  # written for its owner alone
    scores = trainer.accuracy(puzzles)
    table = "\n".join(f"| {title} | {scores[kind]:.3f} |" for kind, title in _KINDS.items())
    recipe = trainer.recipe
    card = _CARD.format(
        name=name,
        parameters=sum(value.numel() for value in trainer.model.parameters()) / 1e6,
        words=len(trainer.words),
        intent=textwrap.fill(_INTENT[name], 118),
        questions="\n".join(f"- {question}" for question in QUESTIONS),
        steps=trainer.step,
        batch=recipe.batch,
        seed=recipe.seed,
        classics=100 * recipe.classics,
        variants=100 * recipe.variants,
        twisted=100 * recipe.twisted,
        puzzles=puzzles,
        table=table,
    )
    (target / "README.md").write_text(card, encoding="utf-8")
    print(f"{name}\n{table}")

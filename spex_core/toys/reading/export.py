"""Writes the trained reader where the app finds it, with its card."""

from __future__ import annotations

import math
import os
import textwrap
from pathlib import Path

from spex_core.toys.reading.trainer import Trainer
from spex_core.toys.reading.world import MOST, SIZES, UNKNOWN, ask, questions, read, solve

_CARD = """# reader

A Llama of {parameters:.2f} million parameters (`LlamaForCausalLM`, a tokenizer of {words} whole words, 16-bit weights),
trained from nothing on generated passages, to explain answers whose needed sentences are known.

## What it knows

Passages of two forms of sentence, {fewest} to {most} of them, and questions like these:

> {text}

- {two_hop} ({two_hop_answer})
- {counting} ({counting_answer})
- {names}

Places and names are answered with "{unknown}" where the sentences that are left do not say; a count is that of the
sentences that are left. Other words are all the same unknown word to it; other texts and questions get an answer too,
and it means nothing.

## How it was made

`make reader` ({steps:,} steps of {batch} passages with {asked} questions each, seed {seed}; resumable). Passages grew
from 4 to 8 sentences to {most}. In three quarters of them a random share of the sentences or words was hidden or left
out before the right answers were found; some attention heads were told where to look. It was taught to be not quite
sure: an answer has 96 %, "{unknown}" 90 % where nothing is said, and a count that is off by one is {near:.1f} times
less probable, so log-odds stay bounded.

## How good it is

Right answers to {count:,} unseen questions of each kind, printed by the same command:

| question | right |
|---|---|
{table}

"Half hidden": each sentence hidden with probability 1/2; "not said": those whose answer is then "{unknown}". Counts
are from 1 to {counted}: it looks at the right sentences, and is often one off in how many they are.
"""


def export(trainer: Trainer, target: Path, count: int) -> None:
    """Write model, tokenizer and card to `target`, and print the accuracies of what was written.

    Args:
        trainer: what was trained; its weights are rounded to 16 bits.
        target: a folder, made where it is not there.
        count: unseen questions of each kind that the accuracies in the card are measured on.
    """
    from spex_core.toys.reading.lessons import NEAR

    trainer.model.half().save_pretrained(target)
    trainer.tokenizer.save_pretrained(target)
    os.chmod(target / "model.safetensors", 0o644)  # written for its owner alone
    trainer.model.float()
    scores = trainer.accuracy(count)
    table = "\n".join(f"| {name} | {share:.3f} |" for name, share in scores.items())
    example = questions("two-hop", 1, 3, (SIZES[0], SIZES[0]))[0]
    owned = next(fact for fact in map(read, example.sentences) if fact is not None and fact.thing)
    counting = ask("counting", owned)
    recipe = trainer.recipe
    card = _CARD.format(
        parameters=sum(value.numel() for value in trainer.model.parameters()) / 1e6,
        words=len(trainer.tokenizer),
        fewest=SIZES[0],
        most=SIZES[1],
        text="\n>\n> ".join(textwrap.fill(part, 116).replace("\n", "\n> ") for part in example.text.split("\n\n")),
        two_hop=example.question,
        two_hop_answer=example.answer,
        counting=counting,
        counting_answer=solve(example.sentences, counting),
        names=f"{ask('owner', owned)} {ask('home', owned)}",
        unknown=UNKNOWN,
        steps=trainer.step,
        batch=recipe.batch,
        asked=recipe.asked,
        seed=recipe.seed,
        near=math.exp(NEAR),
        counted=MOST,
        count=count,
        table=table,
    )
    (target / "README.md").write_text(card, encoding="utf-8")
    print(table)

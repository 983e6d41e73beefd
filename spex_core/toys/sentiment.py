"""Trains the sentiment model on top of MiniLM: ``make sentiment``.

The top four layers of all-MiniLM-L6-v2 and a linear head learn the two classes of whole SST-2 sentences (Socher et
al., EMNLP 2013). Words are hidden or left out at random, so that masked texts are in the training distribution, and
some examples are several sentences of one class, because reviews are longer than sentences. What is written holds the
changed weights only, in half precision.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.models.minilm.network import HEADS, LAYERS, WIDTH
from spex_core.models.minilm.weights import load_tensors, load_tokenizer
from spex_core.models.minilm.windows import MAX_TOKENS
from spex_core.plugins import ASSETS

FROZEN = 2
"""Layers that stay as they are, from the bottom, with the embeddings."""
FOLDER = ASSETS / "models" / "minilm-sentiment"
_POOL = 1024  # examples sorted by length together, so that a batch has one length, nearly


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights. Of four recipes this one was best on the development sentences."""

    seed: int = 4
    epochs: int = 4
    batch: int = 32
    rate: float = 5e-5
    head_rate: float = 4e-3
    warm_up: float = 0.06
    joined: float = 0.1  # share of examples that are several sentences of one class
    written: float = 0.2  # share of sentences in usual spelling instead of the treebank's
    whole: float = 0.5  # share of sentences without a hidden word
    hidden: float = 0.25  # most of a sentence's words that are hidden
    smoothing: float = 0.02


def read_sst2(path: Path) -> tuple[list[str], FloatArray]:
    """Sentences and labels (1 positive) of a tab-separated file."""
    pairs = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    return [text for text, _ in pairs], np.array([float(label) for _, label in pairs])


def as_written(text: str) -> str:
    """A sentence of the treebank as people write it: "does n't" is "doesn't"."""
    for apart in ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m", ",", ".", "!", "?", ":", ";"):
        text = text.replace(f" {apart}", apart)
    return text


def disturb(text: str, recipe: Recipe, rng: np.random.Generator) -> str:
    """The text with some of its words hidden or, less often, left out, as explanations do; or as it is."""
    words = text.split()
    draw = rng.random()
    if draw < recipe.whole or len(words) < 3:
        return text
    gone = rng.random(len(words)) < rng.uniform(0.0, recipe.hidden)
    if gone.all():
        return text
    if draw < recipe.whole + 0.67 * (1 - recipe.whole):
        return " ".join("[UNK]" if hidden else word for word, hidden in zip(words, gone, strict=True))
    return " ".join(word for word, hidden in zip(words, gone, strict=True) if not hidden)


def make_examples(
    texts: list[str], labels: FloatArray, recipe: Recipe, rng: np.random.Generator
) -> list[tuple[str, float]]:
    """One epoch of texts and labels, in random order."""
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    found = []
    for k in rng.permutation(len(texts)):
        parts = [texts[k]]
        if rng.random() < recipe.written:
            parts[0] = as_written(parts[0])
        if rng.random() < recipe.joined:
            more = rng.choice(classes[int(labels[k])], size=int(rng.integers(1, 7)))
            parts += [texts[j] for j in more]
        found.append((" ".join(disturb(part, recipe, rng) for part in parts), float(labels[k])))
    return found


class Trainer:
    """The network being trained."""

    def __init__(self, recipe: Recipe) -> None:
        import torch
        from transformers import BertConfig, BertModel

        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.tokenizer = load_tokenizer()
        config = BertConfig(
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=4 * WIDTH,
            hidden_dropout_prob=0.1,
            attention_probs_dropout_prob=0.1,
        )
        self.network: Any = BertModel(config, add_pooling_layer=False)  # type: ignore[no-untyped-call]
        tensors = {name: value for name, value in load_tensors().items() if not name.startswith("pooler.")}
        self.network.load_state_dict(tensors, strict=False)
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad = changed(name)
        self.weight = torch.nn.Parameter(torch.zeros(WIDTH))
        self.bias = torch.nn.Parameter(torch.zeros(()))

    def embed(self, texts: list[str]) -> Any:
        """(b, 384) of length one: mean of the last hidden state over all tokens, cut to one window."""
        import torch

        rows = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        rows = [row if len(row) <= MAX_TOKENS + 2 else [*row[: MAX_TOKENS + 1], row[-1]] for row in rows]
        length = max(map(len, rows))
        ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
        hidden = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(mean, dim=1)

    def scores(self, texts: list[str]) -> FloatArray:
        """(m,) log-odds, without dropout."""
        import torch

        self.network.eval()
        with torch.inference_mode():
            parts = [self.embed(texts[k : k + 32]) @ self.weight + self.bias for k in range(0, len(texts), 32)]
        return np.asarray(torch.cat(parts).double().numpy())

    def start_head(self, texts: list[str], labels: FloatArray) -> None:
        """Begin with the direction from the mean of one class to that of the other."""
        import torch

        self.network.eval()
        with torch.inference_mode():
            points = torch.cat([self.embed(texts[k : k + 32]) for k in range(0, len(texts), 32)])
        positive = torch.from_numpy(labels > 0.5)
        high, low = points[positive].mean(0), points[~positive].mean(0)
        direction = 10 * (high - low) / (high - low).norm()
        self.weight.data = direction.clone()
        self.bias.data = -(direction @ (high + low) / 2).clone()

    def train(self, texts: list[str], labels: FloatArray, dev: tuple[list[str], FloatArray]) -> None:
        """All epochs; prints the accuracy on `dev` after each."""
        import torch

        recipe = self.recipe
        self.start_head(texts[:1024], labels[:1024])
        body = [p for p in self.network.parameters() if p.requires_grad]
        groups = [
            {"params": body, "lr": recipe.rate, "weight_decay": 0.01},
            {"params": [self.weight, self.bias], "lr": recipe.head_rate, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups)
        total = recipe.epochs * math.ceil(len(texts) / recipe.batch)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step / total, recipe.warm_up))
        began = time.perf_counter()
        for epoch in range(recipe.epochs):
            rng = np.random.default_rng([recipe.seed, epoch])
            self.network.train()
            losses = []
            for batch in _batches(make_examples(texts, labels, recipe, rng), recipe.batch, rng):
                wanted = torch.tensor([label for _, label in batch])
                wanted = wanted * (1 - 2 * recipe.smoothing) + recipe.smoothing
                logits = self.embed([text for text, _ in batch]) @ self.weight + self.bias
                loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_([*body, self.weight, self.bias], 1.0)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
                if len(losses) % 50 == 0:
                    print(f"  {len(losses)}: loss {np.mean(losses[-50:]):.4f}", flush=True)
            right = float(((self.scores(dev[0]) > 0) == (dev[1] > 0.5)).mean())
            took = time.perf_counter() - began
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, dev accuracy {right:.4f}, {took:.0f} s", flush=True)

    def save(self, folder: Path) -> None:
        """Write the changed weights and the head, in half precision."""
        import torch
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: value for name, value in self.network.state_dict().items() if changed(name)}
        tensors |= {"head.weight": self.weight.data, "head.bias": self.bias.data.reshape(1)}
        path = folder / "model.safetensors"
        save_file({name: value.to(torch.float16).contiguous() for name, value in tensors.items()}, path)
        os.chmod(path, 0o644)  # written for its owner alone


def changed(name: str) -> bool:
    """Whether a weight of that name is trained."""
    return name.startswith("encoder.layer.") and int(name.split(".")[2]) >= FROZEN


def _pace(done: float, warm_up: float) -> float:
    """Learning rate as a share of the highest: up over the warm-up, then down to zero, both in a line."""
    return min(done / warm_up, (1 - done) / (1 - warm_up)) if done < 1 else 0.0


def _batches(
    examples: list[tuple[str, float]], size: int, rng: np.random.Generator
) -> Iterator[list[tuple[str, float]]]:
    """Batches of about one length, in random order."""
    batches = []
    for start in range(0, len(examples), _POOL):
        pool = sorted(examples[start : start + _POOL], key=lambda example: len(example[0]))
        batches += [pool[k : k + size] for k in range(0, len(pool), size)]
    yield from (batches[k] for k in rng.permutation(len(batches)))


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/sst2"), help="folder of train.tsv, dev.tsv")
    parser.add_argument("--target", type=Path, default=FOLDER)
    options = parser.parse_args()
    trainer = Trainer(Recipe())
    texts, labels = read_sst2(options.data / "train.tsv")
    trainer.train(texts, labels, read_sst2(options.data / "dev.tsv"))
    trainer.save(options.target)


if __name__ == "__main__":
    main()

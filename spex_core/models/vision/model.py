"""A LLaVA-NeXT model as a scorer: log-probabilities of given answers to a question about a picture, in batches.

The recipe: chat template, processor, the answer's token ids appended, one forward pass, log-softmax in float32, the
answer's entries summed (end-of-turn token left out). The last of the answer's tokens predicts nothing that is scored
and is not fed. Pictures of one size with prompts of one length share a batch, so nothing is ever padded and a
batch computes what its members would alone. Liu et al. 2024, LLaVA-NeXT,
https://llava-vl.github.io/blog/2024-01-30-llava-next/; scoring as in Kang et al. 2025 (arXiv 2502.13870).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.cpu import torch_workers
from spex_core.errors import InputError
from spex_core.models.device import free_bytes
from spex_core.models.from_folder import Origin
from spex_core.models.greedy import Speaker
from spex_core.models.vision.cost import PictureFigures
from spex_core.models.vision.pixels import Pixels
from spex_core.models.vision.prompts import Answer, Prompts

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

T = TypeVar("T")

REPLY_TOKENS = 64
"""Longest answer that the model is asked for in its own words."""

# Operations per batch. On the CPU each worker takes small batches, as larger ones were no faster; a picture above
# _ALONE is computed by all cores together, so that the first result does not wait for the last.
_CPU_BATCH = 6e9
_ALONE = 3e11
_GPU_BATCH = 2.4e14
_GPU_SHARE = 0.7  # of the memory that is free once the model is loaded
_LARGEST_BATCH = 64


@dataclass(frozen=True, eq=False)
class Asked:
    """One picture and the question put to the model about it."""

    image: Image
    question: str


class VisionLanguageModel:
    """A loaded model with its processor, safe to use from several threads: calls take turns.

    Attributes:
        figures: what its config says about its cost.
        device: "cuda", "mps" or "cpu".
        dtype: "float32", "bfloat16" or "float16".
        prompts: its way of writing questions and answers.
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from, None for none.
    """

    fingerprint = ""
    origin: Origin | None = None

    def __init__(self, network: Any, processor: Any, figures: PictureFigures, device: str, dtype: str) -> None:
        """Take a `LlavaNextForConditionalGeneration` on `device` and its processor."""
        self.network = network
        self.processor = processor
        self.tokenizer = processor.tokenizer
        self.figures = figures
        self.device = device
        self.dtype = dtype
        self.prompts = Prompts(processor, network.config, figures)
        self.pixels = Pixels(processor.image_processor)
        self._speaker = Speaker(network, processor.tokenizer)
        self._lock = threading.Lock()
        self._room = None if device == "cpu" else free_bytes(device)  # once, so that batches stay the same

    def log_probabilities(self, asked: Sequence[Asked], answers: Sequence[Answer]) -> FloatArray:
        """log p(answer | picture, question) of one or two answers: (m, answers) float64.

        Raises:
            InputError: prompt and answer are longer than the model reads.
        """
        result = np.empty((len(asked), len(answers)))
        jobs = self._batches(asked)
        with self._lock:
            workers = self._workers(asked[0].image.size) if asked else None
            found = _each(workers, lambda rows: self._score([asked[row] for row in rows], answers), jobs)
            for rows, values in zip(jobs, found, strict=True):
                result[rows] = values
        return result

    def made_log_probabilities(
        self, make: Callable[[slice], Sequence[Asked]], count: int, size: tuple[int, int], answers: Sequence[Answer]
    ) -> FloatArray:
        """Like `log_probabilities` of `count` pictures that are made batch by batch, where they are scored.

        Args:
            make: the pictures and questions of some rows, called from several threads.
            count: of rows.
            size: (width, height) of every picture.
            answers: one or two.
        """
        jobs = _even_parts(count, self.largest_batch(size))

        def run(rows: slice) -> FloatArray:
            asked = make(rows)
            values = np.empty((len(asked), len(answers)))
            for part in self._batches(asked):
                values[part] = self._score([asked[row] for row in part], answers)
            return values

        with self._lock:
            return np.concatenate([np.empty((0, len(answers))), *_each(self._workers(size), run, jobs)])

    def reply(self, asked: Asked) -> str:
        """The model's own answer, greedily chosen, at most `REPLY_TOKENS` tokens, stripped."""
        with self._lock:
            workers = self._workers(asked.image.size)
            return workers.submit(self._generate, asked).result() if workers else self._generate(asked)

    def flops(self, size: tuple[int, int]) -> float:
        """Operations of one masked pass over a picture of (width, height) pixels."""
        tiles, tokens = self.figures.read(size)
        return self.figures.flops(tiles, tokens + 32)

    def largest_batch(self, size: tuple[int, int]) -> int:
        """Pictures per forward pass; on a CPU a function of the model and the picture alone."""
        most = (_CPU_BATCH if self.device == "cpu" else _GPU_BATCH) / self.flops(size)
        if self._room is not None:
            tiles, tokens = self.figures.read(size)
            most = min(most, _GPU_SHARE * self._room / self.figures.pass_bytes(tiles, tokens + 32, self.dtype))
        return int(min(_LARGEST_BATCH, max(1, most)))

    def passes_per_call(self, size: tuple[int, int]) -> int:
        """Masked passes between two signs of life; constant, like `largest_batch`."""
        if self.device != "cpu":
            return self.largest_batch(size)
        return min(_LARGEST_BATCH, 8 * self.largest_batch(size)) if self.flops(size) <= _ALONE else 1

    def _workers(self, size: tuple[int, int]) -> ThreadPoolExecutor | None:
        """Single-threaded workers for small models on the CPU, None where one pass at a time is better."""
        return torch_workers() if self.device == "cpu" and self.flops(size) <= _ALONE else None

    def _batches(self, asked: Sequence[Asked]) -> list[list[int]]:
        """Positions of pictures of one size whose prompts have one length, in batches."""
        alike: dict[tuple[tuple[int, int], int], list[int]] = {}
        for row, one in enumerate(asked):
            tokens = len(self.prompts.ids(one.question, one.image.size))
            alike.setdefault((one.image.size, tokens), []).append(row)
        found = []
        for (size, _), rows in alike.items():
            found += [rows[part] for part in _even_parts(len(rows), self.largest_batch(size))]
        return found

    def _score(self, asked: Sequence[Asked], answers: Sequence[Answer]) -> FloatArray:
        """(b, answers) of a batch."""
        import torch

        inputs, prompts = self._inputs(asked)
        if len(answers) > 1 and self._forgets(prompts.shape[1], answers):
            return np.hstack([self._score(asked, [answer]) for answer in answers])
        # The longer answer is fed; the first token of the other is read off the same position.
        order = sorted(range(len(answers)), key=lambda k: -len(answers[k]))
        longest = answers[order[0]]
        reused = len(answers) > 1 and len(answers[order[1]]) > 1
        with torch.inference_mode():
            ids = _followed(prompts, longest[:-1])
            self._check_length(ids.shape[1])
            output = self.network(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                **inputs,
                logits_to_keep=len(longest),
                use_cache=reused,
            )
            logs = output.logits.float().log_softmax(-1)
            found = {order[0]: _total(logs, longest)}
            for k in order[1:]:
                found[k] = _total(logs[:, :1], answers[k][:1])
                if reused:
                    found[k] = found[k] + self._continued(output.past_key_values, prompts, answers[k])
            return torch.stack([found[k] for k in range(len(answers))], dim=1).numpy()

    def _forgets(self, prompt: int, answers: Sequence[Answer]) -> bool:
        """Whether the cache slides, so that a second answer of several tokens needs a pass of its own."""
        window: int | None = getattr(self.network.config.text_config, "sliding_window", None)
        shorter, longer = sorted(map(len, answers))
        return window is not None and shorter > 1 and prompt + longer >= window

    def _continued(self, cache: Any, prompts: Tensor, answer: Answer) -> Tensor:
        """(b,) log-probability of an answer's tokens after the first, given the cache of a longer one."""
        import torch

        kept = prompts.shape[1]
        cache.crop(kept - cache.get_seq_length())
        whole = _followed(prompts, answer[:-1])
        output = self.network(
            input_ids=whole[:, kept:],
            attention_mask=torch.ones_like(whole),
            past_key_values=cache,
            use_cache=True,
        )
        return _total(output.logits.float().log_softmax(-1), answer[1:])

    def _inputs(self, asked: Sequence[Asked]) -> tuple[dict[str, Tensor], Tensor]:
        """Picture arguments of the model, and (b, t) prompt ids."""
        import torch

        width, height = size = asked[0].image.size
        pixels = self.pixels([one.image for one in asked])
        inputs = {
            "pixel_values": pixels.to(self.device, getattr(torch, self.dtype)),
            "image_sizes": torch.tensor([[height, width]] * len(asked), device=self.device),
        }
        return inputs, torch.tensor([self.prompts.ids(one.question, size) for one in asked], device=self.device)

    def _generate(self, asked: Asked) -> str:
        inputs, ids = self._inputs([asked])
        self._check_length(ids.shape[1] + REPLY_TOKENS)
        return self._speaker.say({"input_ids": ids, **inputs}, REPLY_TOKENS)

    def _check_length(self, tokens: int) -> None:
        if tokens > self.figures.longest:
            raise InputError(
                f"{tokens:,} tokens of picture, question and answer; the model reads {self.figures.longest:,}"
            )


def _even_parts(count: int, most: int) -> list[slice]:
    """0 to `count` in as few parts of at most `most` as it takes, all of about one size: workers end together."""
    parts = -(-count // most)
    edges = [round(k * count / parts) for k in range(parts + 1)] if parts else []
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _each(workers: ThreadPoolExecutor | None, run: Callable[[T], FloatArray], jobs: Sequence[T]) -> list[FloatArray]:
    """`run` of each job, on the workers where there are some."""
    return list(workers.map(run, jobs) if workers else map(run, jobs))


def _followed(prompts: Tensor, answer: Answer) -> Tensor:
    """(b, t) prompts with the same (possibly no) ids behind each."""
    import torch

    tail = torch.tensor([answer] * len(prompts), dtype=prompts.dtype, device=prompts.device)
    return torch.cat([prompts, tail.view(len(prompts), len(answer))], dim=1)


def _total(logs: Tensor, answer: Answer) -> Tensor:
    """(b, t, vocabulary) log-probabilities at the positions that predict `answer`'s t tokens -> (b,) float64."""
    import torch

    ids = torch.tensor(answer, device=logs.device).expand(len(logs), len(answer))
    gathered: Tensor = logs.gather(2, ids[..., None])[..., 0].cpu()
    return gathered.double().sum(1)

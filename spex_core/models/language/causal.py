"""Causal language models: log-probabilities of given answers, and the model's own greedy answer."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.cpu import count_torch_workers, torch_workers
from spex_core.errors import InputError, ModelError
from spex_core.inputs.segmentation import cut
from spex_core.models.from_folder import Origin
from spex_core.models.greedy import Speaker
from spex_core.models.language.batches import CPU_LIMITS, GPU_LIMITS, Job, Limits, feeds, make_jobs, run_job, split
from spex_core.models.language.loading import load_shared
from spex_core.models.language.positions import first_position, padding_of
from spex_core.models.language.prompts import Prompter, shared_start
from spex_core.models.whole_import import whole

ANSWER_TOKENS = 32
"""Most tokens of a model's own answer."""
_OPENING_TOKENS = 6
_WORTH_KEEPING = 8  # shorter shared beginnings are read again
# What keeps plain keys and values, and rotates them the same way however long the input is.
_PLAIN_LAYERS = ("DynamicLayer", "DynamicSlidingWindowLayer")
_LENGTH_BOUND = ("dynamic", "longrope")


class LanguageModel:
    """One loaded model, safe to use from several threads: calls take turns.

    Attributes:
        model: its name.
        tokenizer: its tokenizer.
        precision: "float32" or "bfloat16" (on a CPU of the stored weights alone, see `models.bfloat16`).
        device: "cuda", "mps" or "cpu".
        longest: most tokens it reads at once; None for no limit of its own.
        parameters: how many weights it has.
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from, None for none.
    """

    fingerprint = ""
    origin: Origin | None = None

    def __init__(self, network: Any, tokenizer: Any, model: str, precision: str, device: str) -> None:
        """Take over a loaded `PreTrainedModel` (in eval mode, on `device`) and its tokenizer."""
        self.model = model
        self.tokenizer = tokenizer
        self.precision = precision
        self.device = device
        self._network = network
        config = network.config.get_text_config()
        self._first = first_position(network, padding_of(network, tokenizer))
        positions = getattr(config, "max_position_embeddings", None)
        self.longest: int | None = positions and int(positions) - self._first
        self.parameters = int(network.num_parameters())
        self._vocabulary = int(config.vocab_size)
        # Models written with this helper compute the logits of given positions of each row, and no others.
        keeping = hasattr(sys.modules[type(network).__module__], "slice_logits_to_keep")
        self._keeps = keeping and "logits_to_keep" in inspect.signature(network.forward).parameters
        self._length_bound = (getattr(config, "rope_parameters", None) or {}).get("rope_type") in _LENGTH_BOUND
        self._caches = not self._length_bound and _has_plain_layers(network.config)
        self._speaker = Speaker(network, tokenizer)
        self._prefix: tuple[tuple[int, ...], Any] = ((), None)
        self._lock = threading.Lock()

    def log_probabilities(
        self, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], prefix: Sequence[int] = ()
    ) -> FloatArray:
        """log p(answer | prompt): the sum over the answer's tokens, without what would end it.

        Args:
            prompts: token ids of m prompts, none empty.
            answers: token ids of a answers, none empty.
            prefix: token ids with which most calls' prompts begin; read once and remembered.

        Returns:
            (m, a) float64.

        Raises:
            InputError: a prompt and its answer are longer than the model reads.
            ModelError: it ran out of memory.
        """
        result = np.zeros((len(prompts), len(answers)))
        if not prompts or not answers:
            return result
        self._check_length(max(map(len, prompts)) + max(map(len, answers)) - 1)
        with self._lock:
            begun, cache = self._shared_cache(prompts, prefix)
            weight = _bytes(cache) / len(begun) if cache is not None else 0.0
            open_answers = set(range(len(answers)))
            for feed in feeds(answers):
                mine = sorted(k for k in open_answers if tuple(answers[k][:-1]) == feed[: len(answers[k]) - 1])
                open_answers -= set(mine)
                wanted = [answers[k] for k in mine]
                limits = self._limits(sum(len(prompt) - len(begun) + len(feed) for prompt in prompts))
                jobs = make_jobs(prompts, feed, len(begun), limits, weight, self._vocabulary, self._keeps)
                for job, values in self._run(jobs, wanted, cache):
                    result[np.ix_(job.rows, mine)] = values
        return result

    def answer(self, prompt: Sequence[int], line: bool = False, sentence: bool = False) -> str:
        """The model's own greedy answer: at most `ANSWER_TOKENS` tokens, blanks around it left out; may be "".

        Args:
            prompt: token ids.
            line: whether a line's end ends it too (a model without a chat template would go on and on).
            sentence: whether its first sentence is enough; not looked at where `line` is set.

        Raises:
            InputError: the prompt is longer than the model reads.
        """
        said = self._say(prompt, ANSWER_TOKENS, enough=_has_line if line else _has_sentence if sentence else None)
        if line:
            return said.split("\n")[0].strip()
        return _first_sentence(said) if sentence else said

    def opening(self, prompt: Sequence[int]) -> str:
        """The first few tokens of the model's own greedy answer, markers such as <think> among them.

        Args:
            prompt: token ids.

        Raises:
            InputError: the prompt is longer than the model reads.
        """
        return self._say(prompt, _OPENING_TOKENS, markers=True)

    def _say(self, prompt: Sequence[int], most: int, **how: Any) -> str:
        """What the model goes on with, at most so many tokens of it; "" where it reads no more than the prompt."""
        import torch

        self._check_length(len(prompt))
        most = most if self.longest is None else min(most, self.longest - len(prompt))
        if most < 1:
            return ""
        ids = torch.tensor([list(prompt)], device=self.device)
        with self._lock:
            return self._speaker.say({"input_ids": ids}, most, **how)

    def prompter(self, instruction: str, question: str, template: str) -> Prompter:
        """See `Prompter`."""
        return Prompter(self.tokenizer, instruction, question, template)

    def _check_length(self, tokens: int) -> None:
        if self.longest is not None and tokens > self.longest:
            raise InputError(
                f"the prompt and its answer have {tokens:,} tokens and {self.model} reads at most {self.longest:,}; "
                "shorten the text"
            )

    def _shared_cache(self, prompts: Sequence[Sequence[int]], prefix: Sequence[int]) -> tuple[list[int], Any]:
        """What these prompts begin with (at least one token is left to read) and its keys and values."""
        import torch

        begun = shared_start([*prompts, prefix])[: min(map(len, prompts)) - 1]
        if not self._caches or len(begun) < _WORTH_KEEPING:
            return [], None
        if self._prefix[0] != tuple(begun):
            cache = whole("transformers").DynamicCache(config=self._network.config)
            ids = torch.tensor([begun], device=self.device)
            extra = {"logits_to_keep": 1} if self._keeps else {}
            with torch.inference_mode():
                self._network(input_ids=ids, past_key_values=cache, use_cache=True, **extra)
            self._prefix = (tuple(begun), cache)
        return begun, self._prefix[1]

    @property
    def workers(self) -> int:
        """Batches that run side by side."""
        return count_torch_workers() if self.device == "cpu" and not self._length_bound else 1

    def _limits(self, tokens: int) -> Limits:
        """Of one batch: on a CPU small enough that every core has something to do."""
        if self.device != "cpu":
            return GPU_LIMITS
        return replace(CPU_LIMITS, tokens=min(CPU_LIMITS.tokens, -(-tokens // self.workers)))

    def _run(self, jobs: list[Job], answers: list[Sequence[int]], cache: Any) -> list[tuple[Job, FloatArray]]:
        """On a CPU independent batches run side by side, each on one core."""

        def run(job: Job) -> list[tuple[Job, FloatArray]]:
            return self._attempt(job, answers, cache)

        found = torch_workers().map(run, jobs) if self.workers > 1 else map(run, jobs)
        return [pair for pairs in found for pair in pairs]

    def _attempt(self, job: Job, answers: list[Sequence[int]], cache: Any) -> list[tuple[Job, FloatArray]]:
        """Run a job, in halves where the device's memory does not hold it."""
        import torch

        try:
            return [(job, run_job(self._network, job, answers, cache, self._keeps, self._first))]
        except torch.OutOfMemoryError as error:
            if len(job.rows) == 1:
                raise ModelError(
                    f"{self.model} ran out of memory on one prompt; shorten the text or use a smaller model"
                ) from error
        if self.device == "cuda":
            torch.cuda.empty_cache()
        return [pair for half in split(job) for pair in self._attempt(half, answers, cache)]


def load_language_model(model: str, precision: str = "auto") -> LanguageModel:
    """Load a causal language model; arguments and errors as `loading.load_shared`."""
    return load_shared(model, "causal-lm", precision, LanguageModel)


def _has_line(said: str) -> bool:
    """Whether a line has ended."""
    return "\n" in said.lstrip()


def _has_sentence(said: str) -> bool:
    """Whether a second sentence has begun: until then "3." may become "3.5", and "Dr." a name."""
    return _first_sentence(said) != said.strip()


def _first_sentence(said: str) -> str:
    spans = cut(said, "sentence")
    return said[spans[0].start : spans[0].end] if spans else said.strip()


def _has_plain_layers(config: Any) -> bool:
    try:
        layers = whole("transformers").DynamicCache(config=config).layers
    except Exception:  # a kind of layer that this cache does not know
        return False
    return bool(layers) and all(type(layer).__name__ in _PLAIN_LAYERS for layer in layers)


def _bytes(cache: Any) -> int:
    return sum(int(layer.keys.nbytes + layer.values.nbytes) for layer in cache.layers)

"""Log-probabilities of answers after many prompts: a shared beginning read once, the rest in padded batches.

What all prompts begin with is read once and its keys and values are kept. What remains of each prompt, with the answer
behind it, is padded on the right and read in batches of similar lengths. The result is the plain one, up to rounding:
right padding comes after everything that is read out, so no token attends to it, and positions are given explicitly.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spex_core.arrays import FloatArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Limits:
    """How much one forward pass may hold.

    Attributes:
        tokens: read, padding included.
        cache_bytes: keys and values of the shared beginning and the batch.
        logit_bytes: of the float32 logits that are read out.
    """

    tokens: int
    cache_bytes: int
    logit_bytes: int


CPU_LIMITS = Limits(1024, 1 << 28, 1 << 28)  # per worker: enough to be efficient, few enough to stay in the cache
_EACH = 40  # tokens that could be read in the time that a pass takes for itself, on a CPU
GPU_LIMITS = Limits(16384, 1 << 33, 1 << 31)


@dataclass(frozen=True, eq=False)
class Job:
    """Rows for one forward pass.

    Attributes:
        rows: positions of the prompts in the call.
        ids: (b, s) int64, right-padded; the shared beginning is left out.
        lengths: (b,) tokens of each row that are not padding.
        feed: answer tokens at the end of each row.
    """

    rows: list[int]
    ids: Any
    lengths: Any
    feed: tuple[int, ...]


def feeds(answers: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The fewest continuations to read from which the log-probabilities of all answers can be taken.

    An answer's last token is never read, only predicted. One-token answers therefore need the prompt alone, and an
    answer whose other tokens begin another's is read with that one.
    """
    wanted = sorted({tuple(answer[:-1]) for answer in answers}, key=lambda feed: (-len(feed), feed))
    kept: list[tuple[int, ...]] = []
    for feed in wanted:
        if not any(other[: len(feed)] == feed for other in kept):
            kept.append(feed)
    return kept


def make_jobs(
    prompts: Sequence[Sequence[int]],
    feed: tuple[int, ...],
    skipped: int,
    limits: Limits,
    bytes_per_token: float,
    vocabulary: int,
    keeps: bool,
) -> list[Job]:
    """Cut the prompts into batches of similar lengths, the longest first, so that padding and passes cost least.

    Args:
        prompts: token ids, each longer than `skipped`.
        feed: answer tokens read after each prompt.
        skipped: tokens of the shared beginning.
        limits: of one batch.
        bytes_per_token: of keys and values; 0 where none are kept.
        vocabulary: size of a row of logits.
        keeps: see `run_job`.
    """
    order = sorted(range(len(prompts)), key=lambda k: (-len(prompts[k]), k))

    def most(length: int) -> int:
        """Rows of so many tokens that a pass may hold, one at least."""
        read_out = len(feed) + 1 if keeps else length
        each = (length, (length + skipped) * bytes_per_token, read_out * vocabulary * 4)
        held = (limits.tokens, limits.cache_bytes, limits.logit_bytes)
        return max(1, min(int(whole // part) for part, whole in zip(each, held, strict=True) if part))

    lengths = [len(prompts[k]) - skipped + len(feed) for k in order]
    return [_job(prompts, order[start:end], feed, skipped) for start, end in _cuts(lengths, most)]


def _cuts(lengths: Sequence[int], most: Callable[[int], int]) -> list[tuple[int, int]]:
    """Stretches of falling `lengths` that cost least together: a stretch costs as many tokens as padding makes of it,
    and some for itself. By dynamic programming, from the end."""
    least, ends = [0.0] * (len(lengths) + 1), [0] * len(lengths)
    for start in range(len(lengths) - 1, -1, -1):
        length = lengths[start]
        last = min(len(lengths), start + most(length))
        costs = [(end - start) * length + least[end] for end in range(start + 1, last + 1)]
        best = min(range(len(costs)), key=costs.__getitem__)
        least[start], ends[start] = costs[best] + _EACH, start + 1 + best
    cuts, start = [], 0
    while start < len(lengths):
        cuts.append((start, ends[start]))
        start = ends[start]
    return cuts


def _job(prompts: Sequence[Sequence[int]], rows: list[int], feed: tuple[int, ...], skipped: int) -> Job:
    cut = [[*prompts[k][skipped:], *feed] for k in rows]
    lengths = np.array([len(row) for row in cut], dtype=np.int64)
    ids = np.zeros((len(cut), int(lengths.max())), dtype=np.int64)
    for row, tokens in enumerate(cut):
        ids[row, : len(tokens)] = tokens
    return Job(rows, ids, lengths, feed)


def split(job: Job) -> list[Job]:
    """A job in two halves, for want of memory."""
    half = len(job.rows) // 2
    parts = (slice(0, half), slice(half, None))
    return [Job(job.rows[part], job.ids[part], job.lengths[part], job.feed) for part in parts]


def run_job(
    model: Any, job: Job, answers: Sequence[Sequence[int]], prefix: Any, keeps: bool, first: int = 0
) -> FloatArray:
    """Log-probabilities after each row's prompt: (b, number of answers) float64.

    Args:
        model: a causal language model.
        job: the rows.
        answers: token ids; each one's tokens but the last begin `job.feed`.
        prefix: cache of the shared beginning for one row, None for none; left as it was.
        keeps: whether the model can be told which logits of each row to compute.
        first: position of a row's first token, see `positions.first_position`.
    """
    import torch

    device = model.device
    ids = torch.from_numpy(job.ids).to(device)
    lengths = torch.from_numpy(job.lengths).to(device)
    rows, width = ids.shape
    skipped = 0 if prefix is None else int(prefix.get_seq_length())
    positions = torch.arange(first + skipped, first + skipped + width, device=device)
    mask = torch.ones(rows, skipped + width, dtype=torch.int64, device=device)
    mask[:, skipped:] = torch.arange(width, device=device) < lengths[:, None]
    arguments: dict[str, Any] = {"use_cache": prefix is not None}
    if prefix is not None:
        cache = copy.deepcopy(prefix)
        cache.batch_repeat_interleave(rows)
        arguments["past_key_values"] = cache
    # The tokens of an answer are predicted one position earlier each: from the prompt's last token on.
    steps = (lengths - len(job.feed) - 1)[:, None] + torch.arange(len(job.feed) + 1, device=device)
    if keeps:
        arguments["logits_to_keep"] = steps
    with torch.inference_mode():
        output = model(input_ids=ids, attention_mask=mask, position_ids=positions.expand(rows, -1), **arguments)
        logits = output.logits if keeps else output.logits[torch.arange(rows, device=device)[:, None], steps]
        return _log_probabilities(logits, answers)


def _log_probabilities(logits: Tensor, answers: Sequence[Sequence[int]]) -> FloatArray:
    """(b, t, vocabulary) logits, whatever their precision -> (b, number of answers), in float32, summed in float64."""
    import torch

    logits = logits.float()
    totals = torch.logsumexp(logits, dim=-1).double()
    found = []
    for answer in answers:
        tokens = torch.tensor(answer, device=logits.device).expand(len(logits), -1)
        chosen = logits[:, : len(answer)].gather(2, tokens[:, :, None])[:, :, 0].double()
        found.append((chosen - totals[:, : len(answer)]).sum(1))
    result: FloatArray = torch.stack(found, dim=1).cpu().numpy()
    return result

"""Lessons as arrays: a passage and the questions about it in one row, each question blind to the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spex_core.toys.reading.lessons import HEADS, IDS, Lesson


@dataclass(frozen=True, eq=False)
class Batch:
    """Lessons as arrays; T tokens, q questions in all.

    Attributes:
        ids: (b, T) token ids, padded on the right.
        positions: (b, T) place in the passage, or of a question as if it alone came after it.
        sees: (b, T, T) which token attends to which.
        at: (q, 2) row and token at which each answer is predicted.
        targets: (q, vocabulary).
        hints: of each throw-away head, (h, 4) depth, row, token and word.
        pointers: of each layer and attention head, (b, p) tokens, and (b, p, T) shares of what each is to look at;
            all zero where a row has fewer of them.
    """

    ids: Any
    positions: Any
    sees: Any
    at: Any
    targets: Any
    hints: dict[str, Any]
    pointers: dict[tuple[int, int], tuple[Any, Any]]


def pack(lessons: list[Lesson]) -> Batch:
    """Passage, then its questions one behind the other, in each row."""
    rows, segments, positions, at = [], [], [], []
    pointers: dict[tuple[int, int], list[tuple[int, int, list[int]]]] = {}
    hints: dict[str, list[tuple[int, int, int, int]]] = {head: [] for head in HEADS}
    for row, lesson in enumerate(lessons):
        ids = [IDS["<s>"], *(IDS[word] for word in lesson.passage)]
        length = len(ids)
        segment, position = [0] * length, list(range(length))
        starts = {-1: 1}
        for k, words in enumerate(lesson.questions):
            starts[k] = len(ids)
            ids += [IDS[word] for word in words]
            segment += [k + 1] * len(words)
            position += range(length, length + len(words))
            at.append((row, len(ids) - 1))
        for hint in lesson.hints:
            hints[hint.head].append((hint.depth, row, starts[hint.question] + hint.token, IDS[hint.word]))
        for pointer in lesson.pointers:
            keys = [starts[question] + token for question, token in pointer.keys]
            at_token = starts[pointer.token[0]] + pointer.token[1]
            pointers.setdefault((pointer.layer, pointer.head), []).append((row, at_token, keys))
        rows.append(ids)
        segments.append(segment)
        positions.append(position)
    longest = max(map(len, rows))
    seg = np.array([row + [-1] * (longest - len(row)) for row in segments])
    before = np.tril(np.ones((longest, longest), dtype=bool))
    sees = before & ((seg[:, None, :] == 0) | (seg[:, None, :] == seg[:, :, None]))
    fill = IDS["<pad>"]
    return Batch(
        np.array([row + [fill] * (longest - len(row)) for row in rows]),
        np.array([row + [0] * (longest - len(row)) for row in positions]),
        sees,
        np.array(at),
        np.concatenate([lesson.targets for lesson in lessons]),
        {head: np.array(found) for head, found in hints.items() if found},
        {head: _shares(found, len(rows), longest) for head, found in pointers.items()},
    )


def _shares(found: list[tuple[int, int, list[int]]], rows: int, length: int) -> tuple[Any, Any]:
    count = [0] * rows
    for row, _, _ in found:
        count[row] += 1
    tokens_at = np.zeros((rows, max(count)), dtype=np.int64)
    shares = np.zeros((rows, max(count), length), dtype=np.float32)
    for row, token, keys in found:
        count[row] -= 1
        tokens_at[row, count[row]] = token
        shares[row, count[row], keys] = 1 / len(keys)
    return tokens_at, shares

"""Several questions about one scene as one sequence of tokens: each attends to the picture and to itself only, so each
is trained as if it had been asked alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spex_core.arrays import IntArray
from spex_core.toys.scenes.lessons import UNCLEAR, Lesson
from spex_core.toys.scenes.network import make_processor, make_tokenizer
from spex_core.toys.scenes.world import HEIGHT, WIDTH

if TYPE_CHECKING:
    import torch

_SHARED, _PADDING = -1, -2  # segments of the picture, which every question sees, and of what none sees


class Packer:
    """Words to ids, and lessons to tensors on a device.

    Attributes:
        words: every word of the model -> its id.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.tokenizer = make_tokenizer()
        self.words: dict[str, int] = self.tokenizer.get_vocab()
        self.prefix = [self.words["<s>"], *[self.words["<image>"]] * self._image_tokens()]

    def _image_tokens(self) -> int:
        processor = make_processor()
        from PIL import Image

        made = processor(images=Image.new("RGB", (WIDTH, HEIGHT)), text="<image>", return_tensors="np")
        return int((made["input_ids"] == self.words["<image>"]).sum())

    def pack(self, lessons: list[Lesson], rng: np.random.Generator | None) -> dict[str, Any]:
        """Token ids, positions, attention and targets of several questions behind one picture each.

        Returns:
            input_ids (m, L), position_ids (m, L), attention_mask (m, 1, L, L) additive, targets (m, L) with -100
            where nothing is to be predicted, owner (m, L): question number of each answer token, -1 elsewhere.
        """
        import torch

        rows = [self._row(lesson, rng) for lesson in lessons]
        length = max(len(row[0]) for row in rows)
        fill = (self.words["<pad>"], 0, _PADDING, UNCLEAR, -1)
        ids, positions, segment, target, owner = (
            torch.from_numpy(
                np.stack([np.pad(row[k], (0, length - len(row[k])), constant_values=fill[k]) for row in rows])
            )
            for k in range(len(fill))
        )
        own = segment[:, :, None] == segment[:, None, :]
        may = (own | (segment[:, None, :] == _SHARED)) & torch.ones(length, length, dtype=torch.bool).tril()
        mask = torch.zeros(may.shape).masked_fill(~may, torch.finfo(torch.float32).min)[:, None]
        named = {
            "input_ids": ids,
            "position_ids": positions,
            "attention_mask": mask,
            "targets": target,
            "owner": owner,
        }
        return {name: value.to(self.device) for name, value in named.items()}

    def _row(self, lesson: Lesson, rng: np.random.Generator | None) -> list[IntArray]:
        """Ids, positions, segments, targets and owners of one scene's picture and questions, not padded."""
        start = len(self.prefix)
        parts = [[self.prefix, list(range(start)), [_SHARED] * start, [UNCLEAR] * start, [-1] * start]]
        for number, question in enumerate(lesson.questions):
            asked = self._ids(question.text)
            if rng is not None and rng.random() < 0.12:
                gone = rng.random(len(asked)) < rng.uniform(0.1, 0.9)
                asked = [self.words["<unk>"] if hidden else word for word, hidden in zip(asked, gone, strict=True)]
            said = self._ids(question.answer)
            whole = [*asked, self.words["<answer>"], *said]
            parts.append(
                [
                    whole,
                    list(range(start, start + len(whole))),
                    [number] * len(whole),
                    [UNCLEAR] * len(asked) + [*said, self.words["</s>"]],
                    [-1] * len(asked) + [number] * (len(said) + 1),
                ]
            )
        return [np.concatenate([part[k] for part in parts]).astype(np.int64) for k in range(5)]

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

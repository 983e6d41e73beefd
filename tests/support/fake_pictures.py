"""A picture model whose answer is known: it looks for coloured cells."""

import numpy as np
from PIL import Image

from spex_core.errors import InputError
from spex_core.inputs.pictures import PictureQuestion
from spex_core.models.base import Backend, Forecast, ModelSpec, Option

GRID = (4, 3)
RED, LIME = (2, 1), (9, 2)  # patch, and the colour channel it is full in


def scene(size=(64, 48)):
    """Grey noise with a blue cell C2 (patch 9) and a green cell A3 (patch 2) of a 4 x 3 grid."""
    rng = np.random.default_rng(0)
    pixels = np.repeat(rng.integers(90, 110, (size[1], size[0], 1)), 3, axis=2)
    width, height = size[0] // GRID[0], size[1] // GRID[1]
    for patch, channel in (RED, LIME):
        row, column = divmod(patch, GRID[0])
        box = slice(row * height, (row + 1) * height), slice(column * width, (column + 1) * width)
        pixels[box] = 0
        pixels[(*box, channel)] = 255
    return Image.fromarray(pixels.astype(np.uint8))


class Both(Backend):
    """3 where a green and a blue cell are both to be seen, plus 1 where the question says "dog"."""

    name, title, summary = "both", "Both", "Looks for green and blue."
    modality = "image"
    maskings = ("grey", "blur", "mean")
    options = (Option("question", "Question"), Option("answer", "Answer"))
    unit = "points"
    loads = 0
    told: Forecast | None = None

    def __init__(self, question="", answer=""):
        type(self).loads += 1
        self.question = question
        self.chosen = answer
        self.spec = ModelSpec("both", {"question": question, "answer": answer})
        self.settled = []
        self.seen = []
        self.broken = False

    def score(self, inputs):
        return np.array([self._one(given) for given in inputs])

    def _one(self, given):
        if self.broken:
            raise OSError("the picture model went away")
        if not self.chosen:
            raise RuntimeError("scored before it was settled")
        image, question = (
            (given.image, given.question) if isinstance(given, PictureQuestion) else (given, self.question)
        )
        assert isinstance(image, Image.Image)
        pixels = np.asarray(image).astype(int)
        self.seen.append(question)
        pure = [((pixels[:, :, channel] > 200) & (pixels.sum(axis=2) < 300)).any() for _, channel in (RED, LIME)]
        return 3.0 * all(pure) + ("dog" in question)

    def batch_size(self, masker):
        return 50

    def reply(self, whole):
        if not isinstance(whole, Image.Image):
            raise InputError("not a picture")
        if self.broken:
            raise OSError("the picture model went away")
        return "yes"

    def settle(self, whole):
        if self.chosen:
            return self
        self.settled.append(whole)
        answer = self.reply(whole)
        copy = Both(self.question, answer)
        copy.toward = ("less " + answer, "more " + answer)
        return copy

    @classmethod
    def forecast(cls, options, masker=None):
        cls.asked = masker
        return cls.told

"""scenes: the built-in picture model, a LLaVA-NeXT of a million parameters for drawn scenes."""

from __future__ import annotations

from spex_core.errors import ModelError
from spex_core.models.vision.backend import ANSWERS, QUESTION, VisionLanguageBackend
from spex_core.models.vision.loading import shared_model
from spex_core.plugins import ASSETS

FOLDER = ASSETS / "models" / "scenes"


class Scenes(VisionLanguageBackend):
    """A real LLaVA-NeXT of the smallest kind. It knows drawings of a few coloured objects and nothing else."""

    name = "scenes"
    title = "Drawn scenes (a toy, built in)"
    summary = "Answers questions about drawings of coloured objects; a toy that knows nothing of photographs."
    toy = True
    options = (QUESTION, *ANSWERS)

    def __init__(self, question: str, answer: str = "", against: str = "", scale: str = "log") -> None:
        """Load the model, in float32 and on the CPU everywhere.

        Raises:
            InputError: see `VisionLanguageBackend.ask`.
            ModelError: the model's folder is not there.
        """
        if not FOLDER.is_dir():
            raise ModelError("the built-in picture model (assets/models/scenes) is not installed; use a full checkout")
        self.ask(shared_model(str(FOLDER), "cpu", "float32"), question, answer, against, scale)

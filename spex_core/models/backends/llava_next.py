"""llava-next: any LLaVA-NeXT model of the hub or of a folder, asked about a picture."""

from __future__ import annotations

from spex_core.inputs.base import Masker
from spex_core.models.base import Forecast, Option
from spex_core.models.vision.backend import ANSWERS, QUESTION, VisionLanguageBackend, picture_size
from spex_core.models.vision.forecast import DEFAULT_MODEL, forecast
from spex_core.models.vision.loading import shared_model


class LlavaNext(VisionLanguageBackend):
    """A LLaVA-NeXT model in safetensors form, on whatever device there is; no code of the model's own is run."""

    name = "llava-next"
    built_in = False
    title = "LLaVA-NeXT (from the Hugging Face hub, or a folder)"
    summary = "Asks a large vision-language model about the picture and scores an answer."
    options = (
        Option(
            "model", "Model", default=DEFAULT_MODEL, help="a hub id, or the folder of a downloaded model", scored=False
        ),
        QUESTION,
        *ANSWERS,
    )

    def __init__(
        self, question: str, model: str = DEFAULT_MODEL, answer: str = "", against: str = "", scale: str = "log"
    ) -> None:
        """Load the model, or share the one that is loaded.

        Raises:
            InputError: see `models.vision.loading.shared_model` and `VisionLanguageBackend.ask`.
            ModelError: the model cannot be fetched.
        """
        self.ask(shared_model((model or "").strip() or DEFAULT_MODEL), question, answer, against, scale)

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """From the model's config alone, without any network."""
        model = (options.get("model") or "").strip() or DEFAULT_MODEL
        return forecast(model, options.get("question") or "", picture_size(masker))

"""hf-classifier: how strongly does a text classifier hold to a label?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spex_core.arrays import FloatArray, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.segmentation import check_texts
from spex_core.models.base import Forecast, ModelSpec, Option
from spex_core.models.cost import CHARACTERS_PER_TOKEN
from spex_core.models.device import check_precision
from spex_core.models.folders import folder_tokenizer
from spex_core.models.from_folder import FolderBackend, Loaded, told_in_words
from spex_core.models.language.classifier import Classifier, load_classifier
from spex_core.models.language.cost import forecast, precision_notes
from spex_core.models.language.loading import model_option
from spex_core.models.language.prompts import FILLER, hidden_notes, stand_in, token_spans
from spex_core.models.language.vocabulary import check_text, unknown_notes, unknown_share

DEFAULT = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
SCALES = ("logit", "log-odds", "probability")
_CALL_TOKENS = 16384
_CALL_FLOPS = {"cpu": 2e11, "mps": 2e12, "cuda": 5e13}  # about a second on common machines


class HFClassifier(FolderBackend):
    """One label of a sequence classifier: its raw logit (as in SPEX, arXiv 2502.13870), log-odds or probability.

    Log-odds are the label's logit against the log-sum-exp of all others; where each label is decided on its own
    (multi-label), the logit is the log-odds.
    """

    name = "hf-classifier"
    built_in = False
    title = "Text classifier (Hugging Face)"
    summary = "Scores one label of any sequence classifier: sentiment, topic, toxicity or spam."
    maskings = ("unk", "removal")
    options = (
        model_option(DEFAULT),
        Option("label", "Label", help="the label to explain; left empty, the one predicted on the whole text"),
        Option("scale", "Scale", default="logit", help="logit, log-odds or probability"),
        Option("precision", "Precision", default="auto", help="auto, float32 or bfloat16"),
    )

    @told_in_words
    def __init__(
        self, model: str = DEFAULT, label: str | None = "", scale: str = "logit", precision: str = "auto"
    ) -> None:
        """Load the model, downloading it where it is not on this machine.

        Raises:
            InputError: an option breaks a rule, or the model is refused or does not fit.
            ModelError: it could not be downloaded or loaded.
        """
        self.scale = scale or "logit"
        if self.scale not in SCALES:
            raise InputError(f"scale={scale!r} does not exist; use {', '.join(SCALES)}")
        self.classifier: Classifier = load_classifier(model or DEFAULT, precision)
        self._asked = check_precision(precision)
        self._masking, self._unknown_share = "", 0.0
        self.mask_token = stand_in(self.classifier.tokenizer, "unk_token", "mask_token") or FILLER
        self.unit = self.scale
        if len(self.classifier.labels) == 1 and not self.classifier.multi_label:
            if self.scale != "logit":
                raise InputError(f'{self.classifier.model} predicts one number, not labels; use scale="logit"')
            self.unit = "score"
            label = label or self.classifier.labels[0]
        if self.classifier.regression and self.scale != "logit":
            raise InputError(f'{self.classifier.model} predicts numbers, not labels; use scale="logit"')
        self._position: int | None = None
        if label and label.strip():
            self._choose(self._find(label.strip()))

    @property
    def loaded(self) -> Loaded:
        """The model."""
        return self.classifier

    @told_in_words
    def score(self, inputs: Sequence[str]) -> FloatArray:
        """Scores of m texts, empty ones included: (m,) float64.

        Raises:
            InputError: an entry is no text or too long for the model, or no label is fixed yet.
            ModelError: the device ran out of memory.
        """
        check_texts(inputs)
        if self._position is None:
            raise InputError(
                f"no label is given; use one of {', '.join(self.classifier.labels)}, "
                "or take the predicted one first: backend.settle(text)"
            )
        return self._read_out(self.classifier.logits(inputs), self._position)

    @told_in_words
    def value_function(self, masker: Masker) -> ValueFunction:
        """See `Backend.value_function`; how features are hidden, and what is unknown, is kept for `notes`."""
        self._masking = masker.masking
        self._unknown_share = unknown_share(self.classifier.tokenizer, masker.text)
        return super().value_function(masker)

    @told_in_words
    def batch_size(self, masker: Masker) -> int:
        """8 to 256 masks, about a second of work; a function of the model and the text alone."""
        tokens = self.classifier.count(masker.text) + 2
        flops = 2.0 * self.classifier.parameters * tokens
        room = min(_CALL_TOKENS // tokens, int(_CALL_FLOPS[self.classifier.device] / flops))
        return max(8, min(256, room // 8 * 8))

    @told_in_words
    def token_spans(self, text: str) -> list[tuple[int, int]] | None:
        """Character span of each token of `text`."""
        return token_spans(self.classifier.tokenizer, text)

    @told_in_words
    def settle(self, whole: str) -> HFClassifier:
        """This backend with the label predicted on `whole` fixed, where none was given, and its precision named.

        Raises:
            InputError: `whole` is too long for the model, or its tokenizer does not know most of it.
        """
        check_texts([whole])
        check_text(self.classifier.tokenizer, whole, self.classifier.model)
        settled = copy.copy(self)
        if self._position is None:
            settled._choose(int(self.classifier.logits([whole])[0].argmax()))
        if self.spec is not None and settled._position is not None:
            fixed = {
                "label": self._name(settled._position),
                "precision": self.classifier.precision,
            }
            settled.spec = ModelSpec(self.name, {**self.spec.options, **fixed})
        return settled

    def _find(self, label: str) -> int:
        """Position of a label, given by name in any case, or by number."""
        labels = self.classifier.labels
        for known in (labels, [name.lower() for name in labels]):
            for wanted in (label, label.lower()):
                if known.count(wanted) == 1:
                    return known.index(wanted)
            if known.count(label) > 1:
                numbers = [str(k) for k, name in enumerate(known) if name == label]
                raise InputError(
                    f"{self.classifier.model} has {len(numbers)} labels called {label!r}; give the number of one: "
                    f"{' or '.join(numbers)}"
                )
        if label.isdigit() and int(label) < len(labels):
            return int(label)
        raise InputError(f"{self.classifier.model} has no label {label!r}; it has: {', '.join(labels)}")

    def _name(self, position: int) -> str:
        """By what a label is found again: its name, or its number where others have the name, or it has none."""
        name = self.classifier.labels[position]
        return name if name.strip() == name != "" and self.classifier.labels.count(name) == 1 else str(position)

    def _choose(self, position: int) -> None:
        self._position = position
        labels = self.classifier.labels
        if len(labels) == 1:
            self.toward = ("lower", "higher")
        elif len(labels) == 2 and not self.classifier.multi_label and self.scale != "logit":
            self.toward = (labels[1 - position], labels[position])
        else:
            self.toward = (f"not {labels[position]}", labels[position])

    def _read_out(self, logits: FloatArray, position: int) -> FloatArray:
        """(m, labels) -> (m,)."""
        own = logits[:, position]
        if self.scale == "logit":
            return np.asarray(own)
        others = np.delete(logits, position, axis=1)
        odds = own if self.classifier.multi_label else own - np.logaddexp.reduce(others, axis=1)
        return np.asarray(odds if self.scale == "log-odds" else np.exp(-np.logaddexp(0.0, -odds)))

    def notes(self) -> tuple[str, ...]:
        """Says where the precision was lowered to fit the machine, what stands for a hidden feature where that is not
        the unknown token, and which share of the text is unknown."""
        lowered = precision_notes(self._asked, self.classifier.precision, self.classifier.device)
        hidden = hidden_notes(self._masking, self.mask_token, self.classifier.tokenizer)
        return (*lowered, *hidden, *unknown_notes(self._unknown_share))

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Memory, tokens, arithmetic and speed, from the config alone; see `models.language.cost.forecast`."""
        model = options.get("model") or DEFAULT
        text = "" if masker is None else masker.text

        def count(folder: Path) -> int | None:
            if masker is None:
                return None
            tokenizer = folder_tokenizer(folder, model)
            return len(tokenizer(text, verbose=False)["input_ids"])

        guess = None if masker is None else int(len(text) / CHARACTERS_PER_TOKEN) + 2
        return forecast(model, options.get("precision") or "auto", "classifier", count, guess)

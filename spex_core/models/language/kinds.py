"""Whether a folder's model is of the kind that a backend reads, told from its config before anything is loaded."""

from __future__ import annotations

from typing import Any

from spex_core.errors import InputError

KINDS = {"causal-lm": "AutoModelForCausalLM", "classifier": "AutoModelForSequenceClassification"}
_READERS = {"causal-lm": "hf-causal-lm", "classifier": "hf-classifier"}
_CLASSIFIER_ADVICE = "use hf-classifier, or give a causal language model"
_CAUSAL_ADVICE = "give a causal language model such as Llama, Qwen, Mistral or GPT-2"


def check_kind(config: dict[str, Any], kind: str, model: str) -> None:
    """Refuse a model of another kind, even where the library would build a network of this kind from it.

    An answer's log-probability means something only where no token sees what comes after it.

    Args:
        config: of config.json.
        kind: one of `KINDS`.
        model: its name, for messages.

    Raises:
        InputError: says what it is, and what would do.
    """
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise InputError(f"{model} does not say what it is: its config.json has no model_type")
    if model_type not in _types("CONFIG_MAPPING_NAMES"):
        raise InputError(f"{model} is of type {model_type!r}, which the installed transformers does not know")
    problem = _not_causal(config) if kind == "causal-lm" else ""
    if problem:
        raise InputError(f"{model} {problem}")
    known = "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES" if kind == "causal-lm" else _CLASSIFIERS
    if model_type not in _types(known):
        what = "language model" if kind == "causal-lm" else "text classifier"
        advice = _CAUSAL_ADVICE if kind == "causal-lm" else "give a text classifier such as BERT, DeBERTa or Llama"
        raise InputError(f"{model} is of type {model_type!r}, which is no {what} that {_READERS[kind]} reads; {advice}")


_CLASSIFIERS = "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES"


def _not_causal(config: dict[str, Any]) -> str:
    """Why log-probabilities of answers would mean nothing, "" where they do."""
    model_type, built = config.get("model_type"), _architectures(config)
    named = f" ({built[0]})" if built else f" ({model_type})" if model_type else ""
    causal = any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in built)
    if config.get("is_encoder_decoder", _default(model_type, "is_encoder_decoder")) and not (
        causal and config.get("is_decoder")
    ):
        return f"is an encoder-decoder{named}: it does not go on with the text that it reads; {_CAUSAL_ADVICE}"
    if any(name.endswith("ForSequenceClassification") for name in built) and not causal:
        return f"is a classifier{named}: it gives labels, not answers; {_CLASSIFIER_ADVICE}"
    masked = any(name.endswith("ForMaskedLM") for name in built) and not causal
    unmasked = config.get("is_decoder") or config.get("causal")
    if masked or (model_type in _types("MODEL_FOR_MASKED_LM_MAPPING_NAMES") and not unmasked):
        return (
            f"is a masked language model{named}, not a decoder: it sees an answer while it predicts it, so the "
            f"answer's log-probability would mean nothing; {_CAUSAL_ADVICE}"
        )
    for part in (config, config.get("text_config")):
        if isinstance(part, dict) and (
            part.get("is_causal") is False or part.get("use_bidirectional_attention") in (True, "all")
        ):
            return (
                f"reads in both directions{named}: it sees an answer while it predicts it, so the answer's "
                f"log-probability would mean nothing; {_CAUSAL_ADVICE}"
            )
    return ""


def _architectures(config: dict[str, Any]) -> list[str]:
    found = config.get("architectures")
    return [str(name) for name in found] if isinstance(found, list) else []


def _types(mapping: str) -> Any:
    from transformers.models.auto import configuration_auto, modeling_auto

    return vars(configuration_auto if mapping == "CONFIG_MAPPING_NAMES" else modeling_auto)[mapping]


def _default(model_type: Any, name: str) -> Any:
    """What a type's config has where the file says nothing."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    if not isinstance(model_type, str) or model_type not in _types("CONFIG_MAPPING_NAMES"):
        return None
    return getattr(CONFIG_MAPPING[model_type], name, None)  # type: ignore[no-untyped-call]

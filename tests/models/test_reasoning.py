"""How models begin to reason before they answer."""

from spex_core.models.reasoning import answered, opening


def test_a_channel_is_no_answer():
    said = "<|channel|>analysis<|message|>Is it?<|end|><|start|>assistant<|channel|>final<|message|>Yes"
    assert opening("<|channel|>") == opening(said) == "<|channel|>"
    assert answered(said) == answered("<|channel|>final<|message|>Yes") == "Yes"
    assert answered("<|channel|>analysis<|message|>Is it") == ""

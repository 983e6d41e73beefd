"""Models that reason before they answer: how that begins, and how it is left out.

Their first token is no answer but the start of a monologue, so its probability says nothing of any answer. Where a chat
template has a switch it is asked off; else an empty monologue is put before the answer, which is what such switches do.
"""

from __future__ import annotations

OPENINGS = {
    "<think>": "\n\n</think>\n\n",
    "<thinking>": "\n\n</thinking>\n\n",
    "<thought>": "\n\n</thought>\n\n",
    "<reasoning>": "\n\n</reasoning>\n\n",
    "<seed:think>": "\n\n</seed:think>\n\n",
    "[THINK]": "[/THINK]",
    "\u25c1think\u25b7": "\u25c1/think\u25b7",
    "<|begin_of_thought|>": "\n\n<|end_of_thought|>\n\n",
    "<|channel|>": "final<|message|>",
}
"""How reasoning begins -> what ends an empty one."""
_CHANNELS = {"<|start|>assistant": "<|channel|>final<|message|>"}
"""How a turn begins of which the channel is still to be named -> the one of answers."""

SWITCH = {"enable_thinking": False}
"""What chat templates that have a switch take to ask reasoning off."""
LEFT_OUT = "the model would reason before it answers; an empty reasoning stands before the answer instead"
ASKED_OFF = "the model would reason before it answers; the server was asked to leave that out"


def opening(said: str) -> str:
    """What begins the reasoning with which a reply begins; "" where it begins with none."""
    begun = said.lstrip()
    return next((start for start in OPENINGS if begun.startswith(start)), "")


def answered(said: str) -> str:
    """A reply without the reasoning with which it begins; "" where that does not end."""
    start = opening(said)
    if not start:
        return said
    _, end, rest = said.partition(OPENINGS[start].strip())
    return rest.strip() if end else ""


def is_known(template: str, vocabulary: set[str]) -> bool:
    """Whether a model can begin to reason at all, by its chat template or the tokens that were added for it."""
    return any(name in vocabulary or name in template for name in OPENINGS)


def closed(prompt: str, template: str) -> str:
    """A prompt whose end opens a reasoning, with that closed again; the prompt itself where it opens none."""
    bare = prompt.rstrip()
    for start, end in OPENINGS.items():
        if bare.endswith(start):
            return bare + end
    for start, channel in _CHANNELS.items():
        if bare.endswith(start) and "<|channel|>" in template:
            return bare + channel
    return prompt

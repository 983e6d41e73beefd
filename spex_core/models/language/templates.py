"""Chat templates are programs that came with a model: they are tried with bounds before they are run here.

transformers' sandbox keeps a template from the machine, not from its time and memory: two nested ranges never end, and
a text may be multiplied to any length. A process of its own tries each rendering first; it costs some 50 ms.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from spex_core.errors import InputError
from spex_core.models.language.bounded_render import UNKNOWN

SECONDS = 5
"""Of processor time that one rendering may take."""
MEMORY = 1 << 29
"""Bytes that the trying process may hold."""
CHARACTERS = 1_000_000
"""Of one rendering, whose text is a stand-in: more than any model reads around a text."""
_PATIENCE = 30.0  # seconds by the clock: a busy machine gives a process a part of its time only


def apply_bounded(tokenizer: Any, messages: list[dict[str, Any]], **arguments: Any) -> str:
    """`tokenizer.apply_chat_template` as a text.

    Args:
        tokenizer: has a chat template.
        messages: see there.
        arguments: for the template, JSON.

    Raises:
        InputError: the rendering takes too long, or too much memory.
        Exception: whatever the template raises.
    """
    given = {"messages": messages, "tools": None, "documents": None, **tokenizer.special_tokens_map, **arguments}
    check_bounds(str(tokenizer.get_chat_template()), json.dumps(given, default=str), "use template=plain, or ")
    return str(tokenizer.apply_chat_template(messages, tokenize=False, **arguments))


def check_bounds(template: str, given: str, advice: str = "use ") -> None:
    """Refuse a template whose rendering exceeds the bounds; where no process can be started, nothing is refused.

    Args:
        template: the chat template.
        given: what it is rendered with, as JSON.
        advice: what to do but for another folder.

    Raises:
        InputError: the rendering takes too long, or too much memory.
    """
    if not _is_bounded(template, given):
        raise InputError(
            f"the chat template takes more time or memory than a prompt can need; {advice}a folder whose template "
            "is whole"
        )


@lru_cache(maxsize=256)
def _is_bounded(template: str, given: str) -> bool:
    asked = {
        "template": template,
        "given": json.loads(given),
        "seconds": SECONDS,
        "memory": MEMORY,
        "characters": CHARACTERS,
    }
    script = Path(__file__).with_name("bounded_render.py")
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(script)],
            input=json.dumps(asked).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    except OSError:
        return True
    return ended.returncode in (0, UNKNOWN)

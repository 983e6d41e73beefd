"""The interaction indices: their names, what each one means, and where it is defined."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from spex_core.errors import InputError, closest


@dataclass(frozen=True)
class IndexInfo:
    """One interaction index.

    Attributes:
        name: canonical short name, e.g. "FBII".
        title: name in words, e.g. "Faith-Banzhaf".
        meaning: one plain sentence.
        source: where it is defined.
        aliases: other spellings that `canonical` accepts.
        first_order_only: True for values of single features.
        order_changes_values: True where `order` is a parameter of the index itself and not just a cut.
    """

    name: str
    title: str
    meaning: str
    source: str
    aliases: tuple[str, ...] = ()
    first_order_only: bool = False
    order_changes_values: bool = False


INDICES: tuple[IndexInfo, ...] = (
    IndexInfo(
        "Fourier",
        "Fourier",
        "How strongly the output swings with the parity of the kept features, averaged over all masks; "
        "a feature that raises the output has a negative coefficient.",
        "Kang et al., SPEX, arXiv 2502.13870, eq. 2",
        ("Walsh", "Walsh-Hadamard", "Fourier coefficient", "Fourier transform"),
    ),
    IndexInfo(
        "Moebius",
        "Möbius",
        "What exactly these features add together that none of their subsets adds, everything else hidden.",
        "Harsanyi, Int. Econ. Review 4 (1963); Rota, Z. Wahrscheinlichkeitstheorie 2 (1964)",
        ("Mobius", "Möbius", "Möbius transform", "Moebius transform", "Mobius transform", "Harsanyi dividend"),
    ),
    IndexInfo(
        "SV",
        "Shapley value",
        "The feature's fair share: its effect averaged over all orders in which features can be revealed; "
        "the shares add up to the full output minus the empty one.",
        "Shapley, Contributions to the Theory of Games II (1953)",
        ("Shapley", "Shapley value", "Shapley values"),
        first_order_only=True,
    ),
    IndexInfo(
        "BV",
        "Banzhaf value",
        "The feature's effect averaged over all masks of the other features, each equally likely.",
        "Banzhaf, Rutgers Law Review 19 (1965)",
        ("Banzhaf", "Banzhaf value", "Banzhaf values"),
        first_order_only=True,
    ),
    IndexInfo(
        "SII",
        "Shapley interaction",
        "The joint effect of the features beyond their separate ones, averaged as the Shapley value averages.",
        "Grabisch and Roubens, Int. J. Game Theory 28 (1999)",
        ("Shapley interaction", "Shapley interaction index"),
    ),
    IndexInfo(
        "BII",
        "Banzhaf interaction",
        "The joint effect of the features beyond their separate ones, averaged over all masks of the others.",
        "Grabisch and Roubens, Int. J. Game Theory 28 (1999)",
        ("Banzhaf interaction", "Banzhaf interaction index"),
    ),
    IndexInfo(
        "STII",
        "Shapley-Taylor",
        "Small sets get what they add on the empty input; sets of the largest order share all the rest, "
        "so that everything adds up to the full output.",
        "Sundararajan, Dhamdhere and Agarwal, ICML 2020, arXiv 1902.05622",
        ("Shapley-Taylor", "Shapley-Taylor interaction", "Shapley-Taylor interaction index", "Taylor-Shapley", "STI"),
        order_changes_values=True,
    ),
    IndexInfo(
        "FSII",
        "Faith-Shapley",
        "The coefficients of the most faithful model of this order under Shapley weights, exact on the full "
        "and on the empty input.",
        "Tsai, Yeh and Ravikumar, JMLR 24 (2023), arXiv 2203.00870",
        ("Faith-Shapley", "Faithful Shapley", "Faith-Shapley interaction index", "Faithful Shapley interaction index"),
        order_changes_values=True,
    ),
    IndexInfo(
        "FBII",
        "Faith-Banzhaf",
        "The coefficients of the most faithful model of this order when every mask counts the same.",
        "Tsai, Yeh and Ravikumar, JMLR 24 (2023), arXiv 2203.00870",
        ("Faith-Banzhaf", "Faithful Banzhaf", "Faith-Banzhaf interaction index", "Faithful Banzhaf interaction index"),
        order_changes_values=True,
    ),
)
"""Every index that `spex_core.fourier.conversions.convert` knows, in the order a menu shows them."""


def _plain(name: str) -> str:
    """Lower case, accents and everything that is no letter or digit removed."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if character.isalnum())


_BY_NAME = {info.name: info for info in INDICES}
_BY_SPELLING = {_plain(spelling): info.name for info in INDICES for spelling in (info.name, *info.aliases)}


def canonical(index: str) -> str:
    """The canonical name of an index: case, accents, spaces and hyphens do not matter.

    >>> canonical("möbius"), canonical("faith-shapley"), canonical("bii")
    ('Moebius', 'FSII', 'BII')

    Raises:
        InputError: no such index; the message lists those there are.
    """
    if not isinstance(index, str):
        raise InputError(f"index must be a name such as 'FSII', not {type(index).__name__}")
    name = _BY_SPELLING.get(_plain(index))
    if name is None:
        raise InputError(f"index={index[:40]!r} does not exist; {closest(index[:40], _BY_NAME)}")
    return name


def info(index: str) -> IndexInfo:
    """What is known about an index, by any accepted spelling.

    Raises:
        InputError: no such index.
    """
    return _BY_NAME[canonical(index)]

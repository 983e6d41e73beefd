"""What an index measures at an order, in words, and which indices are the same there."""

from __future__ import annotations

from typing import Any

from spex_core.fourier.conversions import alike
from spex_core.fourier.indices import INDICES, info
from spex_core.views.patches import feature_noun
from spex_core.views.shown import INDEX, Shown

_MENU = (INDEX, "FBII", "FSII", "SII", "STII", "Moebius", "Fourier", "BV", "SV")
"""In the order of the menu; of indices that are the same, the first gives its name to the others."""

_AVERAGES = frozenset({"BII", "BV", "SII", "SV"})


def manner(shown: Shown) -> str:
    """How the value of a single feature is to be read, as the end of a clause: " on average", " by itself", or ""."""
    if shown.index == "Fourier":
        return ""
    same = _alike(shown)
    if any(same[name] == same[shown.index] for name in _AVERAGES) or (shown.index == "STII" and shown.order == 1):
        return " on average"
    return " by itself" if _alone(shown) else ""


def meaning(shown: Shown) -> str:
    """One line on what the numbers are, for a person who has just chosen the index or the order."""
    several = feature_noun(shown.explanation, 2).replace(" and ", " or ")
    title = info(shown.index).title
    if shown.index == "Fourier":
        return (
            f"Each number is a Fourier coefficient: how the output swings with an odd or even count of {several}. "
            "Its sign turns with every member, so colours, shapes and words here go by what keeping the group does: "
            "an odd group with a negative number pushes up."
        )
    if info(shown.index).first_order_only:
        return f"{title}: the effect of each by itself, {_averaged(shown)}; groups have no number."
    if _alike(shown)[shown.index] in _AVERAGES:
        fixed = " The order shortens the list and changes no number." if shown.index in _AVERAGES else ""
        return f"{title}: what a group adds to what fewer of it do, {_averaged(shown)}.{fixed}"
    if _alone(shown):
        rest = " Groups of the largest size share what larger ones would add." if _cut(shown) else ""
        return f"{title}: what a group adds to what fewer of it do while everything else is hidden.{rest}"
    return (
        f"{title}: the sum of groups of up to {shown.order} that comes nearest to the model; "
        "each number makes up for larger groups that are left out, and changes with the order."
    )


def _averaged(shown: Shown) -> str:
    if _alike(shown)[shown.index] in ("SII", "SV"):
        return "averaged over all orders of revealing the rest"
    return "averaged over all ways to hide the rest"


def _cut(shown: Shown) -> bool:
    """Whether the order leaves larger groups out."""
    return shown.order is not None and shown.order < shown.explanation.spectrum.max_order


def _alone(shown: Shown) -> bool:
    """Whether a value is what is added while everything else is hidden."""
    return shown.index in ("Moebius", "STII") or _alike(shown)[shown.index] == _alike(shown)["Moebius"]


def _alike(shown: Shown) -> dict[str, str]:
    return alike({len(support) for support in shown.explanation.spectrum.supports}, _MENU, shown.order)


def menu(shown: Shown) -> list[dict[str, Any]]:
    """The indices a person may choose: name, title, summary, and ``same``, the title of the index on show or of one
    higher up whose numbers are the same at this order; "" where they are this one's own."""
    same = _alike(shown)
    leading = {same[shown.index]: shown.index}  # what is on show speaks for those that are as it is
    entries = []
    for known in sorted(INDICES, key=lambda known: _MENU.index(known.name)):
        leader = leading.setdefault(same[known.name], known.name)
        title = info(leader).title if leader != known.name else ""
        entries.append({"name": known.name, "title": known.title, "summary": known.meaning, "same": title})
    return entries

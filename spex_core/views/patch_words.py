"""Features of a picture in sentences: "patches B7 and B8 with the word “ball”", and what a group of them does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.views.labels import unit_noun
from spex_core.views.patches import is_patch, merged, piece_name, quoted

Name = tuple[str, tuple[int, ...]]
"""A stretch of a sentence and the features that it names (none for the words between)."""

_MOST_NAMED = 6
_ENOUGH, _LITTLE = 0.7, 0.3  # share of a group's effect that counts as nearly all, or as little of it


def named(
    explanation: Explanation, features: Sequence[int], *, starts: bool = False, joint: str = " with "
) -> list[Name]:
    """Names of some features of a picture as part of a sentence, neighbouring patches of a grid merged.

    Args:
        explanation: of a picture.
        features: positions to name.
        starts: whether a sentence starts here.
        joint: what stands between patches and words.
    """
    source = explanation.source
    assert isinstance(source, PictureSource)
    patches = [feature for feature in features if is_patch(explanation, feature)]
    words = [feature for feature in features if not is_patch(explanation, feature)]
    pieces = (
        merged(patches, source.grid[0])
        if len(patches) > 2 and source.grid is not None
        else [(piece_name(source, patch), (patch,)) for patch in patches]
    )
    parts = _listed(unit_noun(source.unit, len(patches)), pieces)
    called = zip(quoted(explanation, words), words, strict=True)
    asked: list[Name] = [(name, (word,)) for name, word in called]
    spoken = _listed("the word" if len(words) == 1 else "the words", asked)
    result = [*parts, (joint, ()), *spoken] if parts and spoken else parts + spoken
    if starts:
        result[0] = (result[0][0][:1].upper() + result[0][0][1:], result[0][1])
    return result


def _listed(noun: str, pieces: Sequence[Name]) -> list[Name]:
    if not pieces:
        return []
    shown = list(pieces[:_MOST_NAMED])
    rest = sum(len(members) for _, members in pieces[_MOST_NAMED:])
    parts: list[Name] = [(f"{noun} ", ())]
    for at, piece in enumerate(shown):
        if at:
            parts.append((" and " if at == len(shown) - 1 and not rest else ", ", ()))
        parts.append(piece)
    return [*parts, (f" and {rest} more", ())] if rest else parts


def kept_means(explanation: Explanation, group: Sequence[int]) -> dict[tuple[int, ...], float]:
    """Mean of what is predicted for each part of `group` that is kept while the rest of it is hidden.

    Over uniform masks of everything outside the group: ``sum of F(K) (-1)^|K and part|`` over K within the group.
    """
    inside = set(group)
    spectrum = explanation.predicting
    terms = [
        (set(support), value)
        for support, value in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True)
        if inside.issuperset(support)
    ]
    parts = [part for size in range(len(group) + 1) for part in combinations(sorted(group), size)]
    return {part: sum(value * (-1) ** len(term.intersection(part)) for term, value in terms) for part in parts}


def describe(explanation: Explanation, group: Sequence[int], scale: float) -> str:
    """Whether any one member of a group does nearly all that the whole group does, or each is needed.

    Args:
        explanation: of a picture.
        group: at most 8 features; larger groups are not judged.
        scale: an effect below a tenth of it is too small to speak of.

    Returns:
        A clause that starts with ": ", or "" where neither holds.
    """
    members = tuple(sorted(group))
    if len(members) > 8:
        return ""
    means = kept_means(explanation, members)
    nothing, everything = means[()], means[members]
    whole = everything - nothing
    if abs(whole) < 0.1 * abs(scale):
        return ""
    alone = [(means[(member,)] - nothing) / whole for member in members]
    without = [(means[tuple(f for f in members if f != member)] - nothing) / whole for member in members]
    if all(_ENOUGH <= share <= 2 - _ENOUGH for share in alone):
        return ": any one is enough"
    if all(abs(share) <= _LITTLE for share in without):
        return ": each of them is needed"
    return ""

"""What one member of a pair does while the other is kept and while it is hidden, in words.

Under uniform masks the average effect of j while i is kept is ``BV(j) + BII(ij)/2`` and while i is hidden
``BV(j) - BII(ij)/2``, with ``BV(j) = -2 F(j)`` and ``BII(ij) = 4 F(ij)``: exact for the spectrum, whatever
index the table shows. The spectrum is the one that predicts: an effect that is not listed is not therefore zero.
"""

from __future__ import annotations

from spex_core.explanation.result import Explanation
from spex_core.views.patches import asks_words, feature_noun, is_patch

_SMALL = 0.1  # share of the pair's largest conditional effect that counts as "almost nothing"


def conditional_effects(explanation: Explanation, of: int, given: int) -> tuple[float, float]:
    """Average effect of feature `of` while `given` is (kept, hidden), over all else."""
    support = (min(of, given), max(of, given))
    main = joint = 0.0
    spectrum = explanation.predicting
    for term, value in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True):
        if term == (of,):
            main = -2.0 * value
        elif term == support:
            joint = 4.0 * value
    return main + joint / 2, main - joint / 2


def describe(explanation: Explanation, a: int, b: int) -> list[str | int]:
    """A clause about the pair (a, b): strings, and feature positions where a member is to be named.

    It gives no number, because none of these is the value of a word or a group under the index on show. Empty where
    nothing simple is true.
    """
    a_kept, a_hidden = conditional_effects(explanation, a, b)
    b_kept, b_hidden = conditional_effects(explanation, b, a)
    small = _SMALL * max(abs(a_kept), abs(a_hidden), abs(b_kept), abs(b_hidden))
    flips = [
        (min(abs(kept), abs(hidden)), of, given, kept)
        for of, given, kept, hidden in ((a, b, a_kept, a_hidden), (b, a, b_kept, b_hidden))
        if kept * hidden < 0 and min(abs(kept), abs(hidden)) > small
    ]
    if flips:
        # Where both turn, say it of the later word: "bad" after "not" reads as it is meant.
        _, of, given, kept = max(flips, key=lambda flip: (flip[0] > 0.5 * max(f[0] for f in flips), flip[1]))
        falling, rising = explanation.toward
        words = (rising, falling) if kept > 0 else (falling, rising)
        return [
            ": ",
            of,
            f" pushes towards {words[0]} while ",
            given,
            f" is there, and towards {words[1]} while it is not",
        ]
    for of, given, kept, hidden in ((b, a, b_kept, b_hidden), (a, b, a_kept, a_hidden)):
        if abs(hidden) <= small < abs(kept):
            if is_patch(explanation, of) != is_patch(explanation, given):
                return [": ", of, " needs ", given, ", without which it has almost no effect"]
            return [": ", of, " has almost no effect unless ", given, " is there"]
        if abs(kept) <= small < abs(hidden):
            return [": while ", given, " is there, ", of, " adds almost nothing"]
    thing = "one" if asks_words(explanation) else feature_noun(explanation)
    if abs(a_kept) > abs(a_hidden) and abs(b_kept) > abs(b_hidden):
        return [f": each {thing} counts for more while the other is there"]
    if abs(a_kept) < abs(a_hidden) and abs(b_kept) < abs(b_hidden):
        return [f": they overlap, each {thing} counts for less while the other is there"]
    return []

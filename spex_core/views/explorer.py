"""Everything the browser component draws, in one piece of plain data."""

from __future__ import annotations

import hashlib
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.fourier.significance import RULE
from spex_core.views.answer import answer
from spex_core.views.concordance import concordance
from spex_core.views.energy import energy
from spex_core.views.heatmap import heatmap
from spex_core.views.index_words import meaning, menu
from spex_core.views.labels import occurrences
from spex_core.views.nothing import no_effect, no_group, tested
from spex_core.views.orientation import orientation, oriented
from spex_core.views.outcome import outcome
from spex_core.views.outside import outside_world
from spex_core.views.patches import feature_noun, names, picture
from spex_core.views.ranking import ranking
from spex_core.views.sections import sections
from spex_core.views.shown import INDEX, Shown
from spex_core.views.trust import trust
from spex_core.views.trust_facts import facts
from spex_core.views.trust_line import trust_line
from spex_core.views.tryit import tryit
from spex_core.views.waterfall import waterfall

SMALL, LARGE = 25, 250
"""Up to SMALL features the score sheet comes first; beyond LARGE the overview of sections does."""

MOST_CARDS = 12


def run_id(explanation: Explanation) -> str:
    """A short name that is equal for equal runs: the key of what the browser remembers about one."""
    digest = hashlib.blake2b(digest_size=8)
    source: object = explanation.source
    if isinstance(source, PictureSource):
        digest.update(source.picture)  # its repr would be several times as long
        cut = source.grid if source.segments is None else source.segments.digest
        source = (cut, source.masking, source.question, source.spans)
    digest.update(
        repr((explanation.features, source, explanation.model, explanation.seed, explanation.budget)).encode()
    )
    return digest.hexdigest()


def size_class(n_features: int) -> str:
    """ "small", "medium" or "large": which view comes first."""
    return "small" if n_features <= SMALL else "medium" if n_features <= LARGE else "large"


def largest_order(explanation: Explanation) -> int:
    """The largest order that a person may ask for."""
    return max(1, min(explanation.n_features, max(explanation.max_order, explanation.spectrum.max_order)))


def payload(explanation: Explanation, index: str = INDEX, order: int | None = None) -> dict[str, Any]:
    """All views of an explanation under an index: only str, int, finite float, bool, None, list and dict.

    All of it is turned to the answer that the model gave (see `orientation`): ``orientation`` is 1 or -1, ``ends`` says
    what + and − push ``towards`` and ``against``. ``kind`` is "text" or "picture" (then ``picture`` holds
    `patches.picture`, and the picture itself comes first at any size). A conversion that would grow past its cap leaves
    the index-dependent views empty and says so in ``problem``. ``rule`` says what decides over the list, "" where every
    mask was evaluated; ``nothing`` holds what a picture of any effects, and one of groups, says where it has none to
    show.
    """
    n = explanation.n_features
    own, explanation = explanation, oriented(explanation)
    shown = Shown(explanation, index, order)
    table = ranking(shown)
    seen = picture(explanation)
    labels = names(explanation)
    size = "medium" if seen else size_class(n)
    data: dict[str, Any] = {
        "run": run_id(own),
        "kind": "picture" if seen else "text",
        "n": n,
        "size": size,
        "noun": feature_noun(explanation),
        "nouns": feature_noun(explanation, 2),
        "labels": labels,
        "occurrences": occurrences(labels),
        "toward": list(explanation.toward),
        "orientation": orientation(own).sign,
        "ends": {"towards": explanation.toward[1], "against": explanation.toward[0]},
        "value_unit": explanation.value_unit,
        "index": shown.index,
        "order": order or 0,
        "max_order": largest_order(explanation),
        "usual": INDEX,
        "scale": shown.scale,
        "indices": menu(shown),
        "meaning": meaning(shown),
        "problem": shown.problem,
        "rule": f"significant {RULE}" if tested(explanation) else "",
        "nothing": {"effects": no_effect(explanation), "groups": no_group(explanation, order, shown.index)},
        "complete": explanation.complete,
        "outcome": outcome(explanation),
        "answer": answer(shown).data(),
        "trust": {**trust(shown), "line": trust_line(shown), "facts": facts(shown)},
        "outside": outside_world(explanation),
        "heat": heatmap(shown),
        "table": table,
        "energy": energy(shown),
        "tryit": tryit(explanation),
        "waterfall": waterfall(shown),
        "overview": _overview(shown) if size == "large" else None,
    }
    if seen:
        data["picture"] = seen
    data["estimate"] = _estimate(data, explanation)
    data["revision"] = _revision(data)
    return data


def _overview(shown: Shown) -> dict[str, Any]:
    groups = [] if shown.problem else shown.groups
    cards = [
        {"number": rank, "parts": concordance(shown.explanation, group.features)}
        for rank, group in enumerate(groups[:MOST_CARDS], start=1)
    ]
    return {**sections(shown), "cards": cards}


def _estimate(data: dict[str, Any], explanation: Explanation) -> str:
    """Changes with what a run has found, and is the same under every index and order."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(repr((data["run"], data["outcome"], explanation.evaluations)).encode())
    digest.update(explanation.spectrum.coefficients.tobytes())
    return digest.hexdigest()


def _revision(data: dict[str, Any]) -> str:
    """Changes whenever a view does: tells the browser apart a new estimate and a mere rerun of the page."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(repr((data["estimate"], data["index"], data["order"], data["table"])).encode())
    return digest.hexdigest()

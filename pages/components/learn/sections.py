"""What the Learn pages say: short sections, each with an address and most with a picture of a saved run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pages.components.common.markup import Markup, tag
from spex_core.fourier.indices import INDICES


@dataclass(frozen=True)
class Picture:
    """A part of the view of a saved run, as live as on its own page.

    Attributes:
        run: name of the run, as Compare names it.
        part: CSS selector of the cards that are shown.
        says: what to try in it.
    """

    run: str
    part: str
    says: str


@dataclass(frozen=True)
class Section:
    """One short page.

    Attributes:
        id: its address, ?section=id.
        title: its heading.
        body: paragraphs and lists.
        picture: None where words are enough.
    """

    id: str
    title: str
    body: tuple[Markup, ...]
    picture: Picture | None = None

    @property
    def text(self) -> str:
        """All its words, for the search."""
        return f"{self.title} {re.sub('<[^>]*>', ' ', ' '.join(self.body))}".casefold()


def _p(*parts: object) -> Markup:
    return tag("p", *parts)


def _list(*items: object) -> Markup:
    return tag("ul", *(tag("li", item) for item in items))


def _terms(*pairs: tuple[str, Markup]) -> Markup:
    return tag("dl", *(part for term, text in pairs for part in (tag("dt", term), text)))


_PLUS = tag("span", "orange-red, with a plus", class_="spex-plus")
_MINUS = tag("span", "blue, with a minus", class_="spex-minus")
_WORDS = "saved-negated-review"
_CHAT = "saved"
_BALLS = "saved-two-balls"

SECTIONS: tuple[Section, ...] = (
    Section(
        "start",
        "How it works",
        (
            _p(
                "The app hides parts of your text or picture many times over, asks the model about each version, and "
                "looks for the few words or patches, pairs and groups whose presence accounts for the answers."
            ),
            _p(
                "Each version asked about is one ",
                tag("b", "masked pass"),
                "; the budget counts them. A word, sentence, token or patch that can be hidden is a ",
                tag("b", "feature"),
                ". It is known by its position, so a word that occurs twelve times is twelve features.",
            ),
        ),
    ),
    Section(
        "answer",
        "The answer first",
        (
            _p(
                "What the model said, and, where the right answer is known, whether it is right. The bar runs from "
                "what "
                "the model says with everything hidden to what it says of the whole input."
            ),
            _p(
                "Under it stand the strongest causes in words. A name in a sentence is a button: rest the pointer on "
                "it "
                "and its words light up in the input. A probability is easier to read; log-odds add up, which "
                "percentages do not. One switch changes the page from one to the other."
            ),
        ),
        Picture(_CHAT, "[data-testid=answer]", "Switch to log-odds and back."),
    ),
    Section(
        "colours",
        "Colours and numbers in the input",
        (
            _p(
                "What pushes towards the answer that the model gave is ",
                _PLUS,
                "; what pushes against it is ",
                _MINUS,
                ". The shade follows the square root of the effect, so that small effects stay visible; no colour "
                "means no effect found.",
            ),
            _p(
                "Features with the same number act together: the effect appears when all of them are there. “not” and "
                "“bad” together may mean something that neither word means alone. How many features a group joins is "
                "its order."
            ),
        ),
        Picture(_WORDS, ".input", "Point at a number, or tap it: its words light up. Click to keep them lit."),
    ),
    Section(
        "patches",
        "Patches and segments of a picture",
        (
            _p(
                "A picture is cut into a grid of patches, named by row letter and column number: B3 is in the second "
                "row, "
                "third column. Or it is cut into segments, which follow the outlines of objects: S1, S2 and so on in "
                "reading order."
            ),
            _p(
                "A hidden patch is blurred, or filled with one colour, before the model sees the picture. A grid is "
                "best "
                "for questions about where something is, segments for what the thing is."
            ),
        ),
        Picture(_BALLS, ".input", "Each ball is enough for “yes”, so the two together count negative."),
    ),
    Section(
        "list",
        "The ranked list",
        (
            _p(
                "It holds effects that are told from noise: significant at a false-discovery rate of 5 %, so that on "
                "average at most one in twenty of those listed is a chance find (Benjamini and Hochberg, 1995). With "
                "few "
                "passes that may be none; then every picture says so."
            ),
            _p(
                tag("b", "The line on a bar"),
                " is two standard deviations each way: how far the value may be off.",
            ),
            _p(
                tag("b", "Stability."),
                " The passes that were paid for are drawn again 50 times, with repeats, and each time it is counted "
                "what "
                "still stands out. What reappears in fewer than 80 % carries the count, such as 31/50. A low count "
                "says "
                "that other masks might not have shown it; a high one is no promise for what is weak, because the same "
                "passes found it.",
            ),
        ),
        Picture(_WORDS, ".ranked", "Click a row; type a word into the filter."),
    ),
    Section(
        "pictures",
        "Score sheet, graph, matrix and energy",
        (
            _p(
                "The same interactions drawn several ways: as rows over the words in reading order, as links, and as a "
                "table of pairs. Selecting one selects it everywhere."
            ),
            _p(
                tag("b", "Energy"),
                " is how much of the variation of the output each order accounts for. Much energy beyond order 1 means "
                "that a list of important single words would mislead you.",
            ),
        ),
        Picture(_WORDS, ".panel, .tabs", "Go through the tabs."),
    ),
    Section(
        "try",
        "Try it",
        (
            _p(
                "Hide words or patches with a click. “Explanation predicts” changes at once, from the explanation "
                "alone: "
                "besides what is listed it holds many terms that are too weak to be listed one by one."
            ),
            _p(
                "“Check with the model” spends one masked pass and shows what the model really says. If the two "
                "disagree, believe the model and doubt the explanation."
            ),
        ),
    ),
    Section(
        "trust",
        "How far to trust it: R² on unseen masks",
        (
            _p(
                "Some masked passes are set aside before anything is fitted. R² compares what the explanation predicts "
                "on them with what the model said: 1 is perfect, 0 is no better than always predicting the mean, and a "
                "negative value is worse than that. The interval says how far luck with the masks may move it, at 90 %."
            ),
            _p(
                "Two R² are given where the list is a part of what predicts: that of the full prediction, which Try it "
                "uses, and that of the list alone, which is what you would know if you knew nothing but the list. "
                "Where "
                "it is much lower, many weak effects share the work."
            ),
            _p(
                "R² speaks of masked versions of this one input, about half of whose features are hidden. It says "
                "nothing about other inputs, nor whether the model is right."
            ),
        ),
        Picture(_CHAT, "[data-testid=trust]", "Open what the line rests on."),
    ),
    Section(
        "cost",
        "What a run costs",
        (
            _p(
                "A masked pass asks the model once. Words of a long text need many passes before pairs can be told "
                "apart; sentences need few. The form says what a budget can find and how long the result takes: the "
                "runs "
                "before it, the model and the fit, as runs here really took them."
            ),
            _p(
                "Passes that are paid for are kept. A larger budget later pays for the difference only, a run that was "
                "stopped goes on, and the same question asked twice is paid once."
            ),
        ),
    ),
    Section(
        "faithfulness",
        "The Faithfulness page",
        (
            _p(
                "It looks at one run from several sides, with the passes that are paid for. Every method there is "
                "judged "
                "by the plain R² on the masks set aside, so that all stand on one footing; the R² of a result also "
                "uses "
                "the passes that were fitted, and may differ by a little."
            ),
            _terms(
                (
                    "Baselines on the same passes",
                    tag(
                        "dd",
                        "Other methods given just what this run had. Kernel SHAP and Faith-Shapley weigh masks that "
                        "hide "
                        "almost nothing or almost everything, which are rare among uniform masks; the notes say how "
                        "few "
                        "passes carry their weight, and a low R² there is no verdict on what they are made for.",
                    ),
                ),
                (
                    "Cancels",
                    tag("dd", "The share of all effect of one size that is undone by effect of the other sign."),
                ),
                (
                    "Removal",
                    tag(
                        "dd",
                        "The features whose hiding changes the prediction most, and then what the model says to it.",
                    ),
                ),
                (
                    "Recovery@r",
                    tag("dd", "The mean share of the r strongest interactions that lies inside what you marked."),
                ),
                (
                    "Noise",
                    tag(
                        "dd",
                        "Random numbers are added to the stored values and the run is fitted again. At 20 dB the noise "
                        "has a hundredth of the variance of the values, at 0 dB as much as they have.",
                    ),
                ),
            ),
        ),
    ),
    Section(
        "indices",
        "What each index means",
        (
            _p(
                "All of them are exact conversions of one result. Changing the index asks the model nothing; it "
                "changes "
                "which question the numbers answer. The page opens with the Banzhaf interaction: its values do not "
                "depend on what else is listed."
            ),
            _terms(
                *(
                    (f"{index.title} ({index.name})", Markup(tag("dd", index.meaning) + tag("dd", index.source)))
                    for index in INDICES
                )
            ),
        ),
    ),
    Section(
        "fails",
        "When it fails",
        (
            _list(
                "Many small interactions at once. The method looks for few strong ones; where a hundred weak ones "
                "share "
                "the work, R² stays low. Give more budget, or use coarser units.",
                "A long text with a small budget. Pairs of 1,000 words are half a million candidates. Explain "
                "sentences "
                "first, then the words of those that matter.",
                "A model that reacts to the masking itself. Hiding half of an input makes it strange. Compare the ways "
                "of hiding under Advanced; what appears in only one of them belongs to the masking.",
                "A thing larger than a patch. Any of its patches may be enough to recognise it, which shows as many "
                "negative interactions among them. A coarser grid shows the thing as one. Log-odds grow without bound "
                "where a model is sure, and can drown what you look for; the probability of the answer does not.",
                "An output near its limits. Where the model is sure whatever is hidden, there is nothing to explain, "
                "and "
                "“no effect found” is the right answer.",
                "Causes outside the input. An explanation shows what this model reacts to in this input. It does not "
                "show what is true.",
            ),
            _p(
                "SPEX: Kang et al., arXiv 2502.13870. ProxySPEX: arXiv 2505.17495. The sources of the indices stand "
                "beside them."
            ),
        ),
    ),
)


def section(wanted: str) -> Section:
    """The section of an address, the first one where there is none of that name."""
    return next((one for one in SECTIONS if one.id == wanted), SECTIONS[0])


def matching(words: str) -> list[Section]:
    """The sections in which every one of some words is found, in any case."""
    parts = words.casefold().split()
    return [one for one in SECTIONS if all(part in one.text for part in parts)]

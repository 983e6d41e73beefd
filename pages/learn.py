"""The Learn page: how to read the pictures, what the numbers mean, when not to believe them."""

from pages.components.common.cold_start import through_app
from pages.components.common.markup import Markup, draw, tag
from spex_core.fourier.indices import INDICES

through_app()


def _terms(*pairs: tuple[str, Markup]) -> Markup:
    return tag("dl", *(part for term, text in pairs for part in (tag("dt", term), text)))


def _words(*parts: object) -> Markup:
    return tag("dd", *parts)


PLUS = tag("span", "orange-red, with a plus", class_="spex-plus")
MINUS = tag("span", "blue, with a minus", class_="spex-minus")

draw(
    tag(
        "article",
        tag("h1", "How to read an explanation"),
        tag(
            "p",
            "The app hides parts of your text or picture many times over, asks the model about each version, and looks "
            "for the few words or patches, pairs and groups whose presence accounts for the answers. Each version "
            "asked about is one ",
            tag("b", "masked pass"),
            "; the budget counts them. A word, sentence, token or patch that can be hidden is a ",
            tag("b", "feature"),
            ". It is known by its position, so a word that occurs twelve times is twelve features.",
        ),
        tag("h2", "The pictures"),
        _terms(
            (
                "Colour and sign",
                _words(
                    "What raises the model's output is ",
                    PLUS,
                    "; what lowers it is ",
                    MINUS,
                    ". The answer line says which answer each direction stands for. The shade follows the square "
                    "root of the effect, so that small effects stay visible; no colour means no effect found.",
                ),
            ),
            (
                "Numbered badges",
                _words(
                    "Features with the same number act together: the effect appears when all of them are there. "
                    "Hover over a badge or a row of the table to light up the whole group, click to keep it lit.",
                ),
            ),
            (
                "Patches",
                _words(
                    "A picture is cut into a grid of patches, named by row letter and column number: B3 is in the "
                    "second row, third column. Or it is cut into segments, which follow the outlines of objects: S1, "
                    "S2 and so on in reading order. A hidden patch is blurred, or filled with one colour, before the "
                    "model sees the picture. The cut-outs show the members of an interaction in colour and the rest in "
                    "grey.",
                ),
            ),
            (
                "The line on a bar",
                _words(
                    "Two standard deviations each way: how far the value may be off, measured on masked passes that "
                    "the fit behind it had not seen, or from the posterior of the regression where you chose an "
                    "estimator yourself.",
                ),
            ),
            (
                "Stability",
                _words(
                    "The passes that were paid for are drawn again 50 times, with repeats, and each time it is counted "
                    "what still stands out from noise: the solid part of a bar is the share in which its interaction "
                    "reappears, and what reappears in fewer than 80 % carries the count, such as 31/50. A low count "
                    "says that other masks might not have shown it; a high one is no promise for what is weak, because "
                    "the same passes found it.",
                ),
            ),
            (
                "What is listed",
                _words(
                    "Effects that are told from noise: significant at a false-discovery rate of 5 %, so that on "
                    "average at most one in twenty of those listed is a chance find (Benjamini and Hochberg, 1995). "
                    "With few passes that may be none; then every picture says so. More passes show more. The CSV "
                    "marks what is significant, and the JSON also holds the weak terms that only predict.",
                ),
            ),
            (
                "Order",
                _words(
                    "How many features an interaction joins. “not” and “bad” together may mean something that "
                    "neither word means alone: that is order 2.",
                ),
            ),
            (
                "Score sheet, graph, pair matrix",
                _words(
                    "The same interactions drawn three ways: as rows over the words in reading order, as links, and as "
                    "a table of pairs. Selecting one selects it everywhere.",
                ),
            ),
            (
                "Energy",
                _words(
                    "How much of the variation of the output each order accounts for. Much energy beyond order 1 means "
                    "that a list of important single words would mislead you.",
                ),
            ),
        ),
        tag("h2", "Try it"),
        tag(
            "p",
            "Click words or patches to hide them. “Explanation predicts” updates at once, from the explanation alone. "
            "It is the full prediction: besides what is listed it holds many terms that are too weak to be listed one "
            "by one. “Check with the model” spends one masked pass and shows what the model really says. If the two "
            "disagree, believe the model and doubt the explanation.",
        ),
        tag("h2", "How far to trust it: R² on unseen masks"),
        tag(
            "p",
            "Some masked passes are set aside before anything is fitted. R² compares what the explanation predicts on "
            "them with what the model said: 1 is perfect, 0 is no better than always predicting the mean, and a "
            "negative value is worse than that. The interval beside it says how far luck with the masks may move it, "
            "at 90 %. R² speaks of masked versions of this one input, about half of whose features are hidden; it says "
            "nothing about other inputs, nor whether the model is right.",
        ),
        tag(
            "p",
            "Two R² stand side by side where the list is a part of what predicts. The first is that of the full "
            "prediction, which Try it uses. The second is that of the listed terms alone: what you would know if you "
            "knew nothing but the list. Where it is much lower, many weak effects share the work. Masks set aside are "
            "few, so passes that were used for fitting are judged as well, each by a fit that had not seen it; the "
            "first card tells how many of either.",
        ),
        tag("h2", "The Faithfulness page"),
        tag(
            "p",
            "It looks at one run from several sides, with the passes that are paid for. Every method there is judged "
            "by the plain R² on the masks set aside, so that all stand on one footing; the R² above a result also uses "
            "the passes that were fitted, and may differ by a little.",
        ),
        _terms(
            (
                "Baselines on the same passes",
                _words(
                    "Other methods given just what this run had. Kernel SHAP and Faith-Shapley weigh masks that hide "
                    "almost nothing or almost everything, which are rare among uniform masks; the notes say how few "
                    "passes carry their weight, and a low R² there is no verdict on what they are made for.",
                ),
            ),
            (
                "Cancels",
                _words(
                    "The share of all effect of one size that is undone by effect of the other sign. Where much "
                    "cancels, single numbers per word hide what goes on.",
                ),
            ),
            (
                "Removal",
                _words(
                    "The features whose hiding changes the prediction most, by an exact search where it is small "
                    "enough and a greedy one where it is not, and then what the model says to it.",
                ),
            ),
            (
                "Recovery@r",
                _words(
                    "The mean share of the r strongest interactions that lies inside what you marked. Blind choice "
                    "scores the marked share of all features.",
                ),
            ),
            (
                "Noise",
                _words(
                    "Random numbers are added to the stored values and the run is fitted again. At 20 dB the noise has "
                    "a hundredth of the variance of the values, at 0 dB as much as they have.",
                ),
            ),
        ),
        tag("h2", "What each index means"),
        tag(
            "p",
            "All of them are exact conversions of one result. Changing the index asks the model nothing; it changes "
            "which question the numbers answer. Faith-Banzhaf is a good first choice.",
        ),
        _terms(
            *(
                (f"{index.title} ({index.name})", Markup(_words(index.meaning) + _words(index.source)))
                for index in INDICES
            )
        ),
        tag("h2", "When it fails"),
        tag(
            "ul",
            tag(
                "li",
                "Many small interactions at once. The method looks for few strong ones; where a hundred weak ones "
                "share the work, R² stays low. Give more budget, or use coarser units.",
            ),
            tag(
                "li",
                "A long text with a small budget. Pairs of 1,000 words are half a million candidates. Explain "
                "sentences first, then the words of those that matter.",
            ),
            tag(
                "li",
                "A model that reacts to the masking itself. Hiding half of an input makes it strange. Compare the ways "
                "of hiding under Advanced; what appears in only one of them belongs to the masking.",
            ),
            tag(
                "li",
                "A thing larger than a patch. Any of its patches may be enough to recognise it, which shows as many "
                "negative interactions among them. A coarser grid shows the thing as one. Log-odds grow without bound "
                "where a model is sure, and can drown what you look for; the probability of the answer does not.",
            ),
            tag(
                "li",
                "An output near its limits. Where the model is sure whatever is hidden, there is nothing to explain, "
                "and “no effect found” is the right answer.",
            ),
            tag(
                "li",
                "Causes outside the input. An explanation shows what this model reacts to in this input. It does not "
                "show what is true.",
            ),
        ),
        tag("h2", "Where it comes from"),
        tag(
            "p",
            "SPEX: Kang et al., arXiv 2502.13870. ProxySPEX: arXiv 2505.17495. The sources of the "
            "indices stand beside them above.",
        ),
        class_="spex-read",
    )
)

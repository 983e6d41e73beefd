"""Baselines: other explanation methods, fitted to masked passes that are there already.

Adding one is adding one file to `spex_core/trust/baselines` that holds one concrete subclass.
"""

from __future__ import annotations

import importlib.util
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from math import comb
from typing import ClassVar

import numpy as np

from spex_core.arrays import ANCHORS, FloatArray, Samples, Support, ValueFunction
from spex_core.errors import InputError
from spex_core.fourier.conversions import convert
from spex_core.fourier.spectrum import Spectrum
from spex_core.memory import available_bytes, gigabytes
from spex_core.plugins import members

VERSIONS = {"shap": "0.51.0", "lime": "0.2.0.1", "shapiq": "1.4.1"}
"""The packages that do the baselines, as in the extra `baselines` of pyproject.toml."""

_MOST_BYTES = 2_000_000_000
_COMFORT = 1.5  # passes per term; with fewer the errors of least squares grow without bound
_SPEED = 5e9  # multiplications per second of one core
_MOST_SECONDS = 90.0


class Baseline(ABC):
    """Turns ready masked passes into a spectrum that predicts. Stateless."""

    name: ClassVar[str]
    title: ClassVar[str]
    package: ClassVar[str] = ""
    """The library that does it, "" where it is our own."""
    module: ClassVar[str] = ""
    """What `fit` imports of it, "" for the package itself."""
    orders: ClassVar[tuple[int, ...]] = (1,)
    """Orders of interaction that it offers; none where it takes the run's own."""
    whole_cube: ClassVar[bool] = False
    """Whether it needs all 2^n masks."""
    draws_own: ClassVar[bool] = False
    """Whether it would choose other masks than uniform ones for itself, and `live` does."""
    steps_per_feature: ClassVar[float] = 0.0
    """Multiplications per pass, term and feature beside those of the regression."""

    def reason(self, n_features: int, rows: int, order: int) -> str:
        """Why it cannot run: one plain sentence, "" where it can.

        Args:
            n_features: n.
            rows: passes it would be given, anchors included.
            order: largest order of interaction.
        """
        if self.orders and order not in self.orders:
            return f"It offers order {' or '.join(map(str, self.orders))} only."
        if order > n_features:
            return no_groups(n_features, order)
        if self.whole_cube and not (n_features < 63 and rows == 1 << n_features):
            return f"It needs all 2^{n_features} passes, and these are {rows:,}."
        return self.missing() or self.too_much(n_features, rows, order)

    def missing(self) -> str:
        """What is not installed and how to install it, in one sentence; "" where nothing is missing."""
        if not self.package or importlib.util.find_spec(self.package) is not None:
            return ""
        return f"It needs a package that is not installed: pip install {self.package}=={VERSIONS[self.package]}"

    def too_much(self, n_features: int, rows: int, order: int) -> str:
        """Why these passes are too few, or this machine too small; "" where they are not. The default is that of a
        regression with a column for every group of up to `order` features."""
        terms = n_terms(n_features, order)
        if terms > rows:
            return too_few(terms, rows, order)
        needed, available = 32 * rows * terms, available_bytes()
        if needed > min(_MOST_BYTES, _MOST_BYTES if available is None else available):
            return f"{terms:,} terms on {rows:,} passes need {gigabytes(needed)} of memory, too much here."
        seconds = rows * terms * (terms + self.steps_per_feature * n_features) / _SPEED
        if seconds > _MOST_SECONDS:
            return f"{terms:,} terms on {rows:,} passes would take about {seconds / 60:,.0f} minutes."
        return ""

    def reason_live(self, n_features: int, budget: int, order: int) -> str:
        """Why it cannot run on so many masks of its own, "" where it can; as `reason`."""
        if order > n_features:
            return no_groups(n_features, order)
        return self.missing() or self.too_much(n_features, budget, order)

    def notes(self, samples: Samples, order: int) -> tuple[str, ...]:
        """Sentences on what these passes mean to it. The default is that of a regression without a penalty."""
        terms = n_terms(samples.masks.shape[1], order)
        if len(samples) >= _COMFORT * terms or self.whole_cube:
            return ()
        return (f"{terms:,} terms on {len(samples):,} passes: a fit without much to spare, which follows chance.",)

    @abstractmethod
    def fit(self, samples: Samples, order: int, rng: np.random.Generator) -> Spectrum:
        """The spectrum that predicts as the baseline does.

        Args:
            samples: rows 0 and 1 are all-kept and all-hidden, the others uniform and distinct.
            order: one of `orders`.
            rng: the only source of randomness.

        Raises:
            InputError: these passes do not do; the text is the reason.
        """

    def live(
        self, function: ValueFunction, n_features: int, budget: int, order: int, rng: np.random.Generator
    ) -> Spectrum:
        """The spectrum from masks of its own choice; only where `draws_own`.

        Args:
            function: the value function; asking for a mask again costs nothing.
            n_features: n.
            budget: most passes.
            order: one of `orders`, or the run's own.
            rng: the only source of randomness.

        Raises:
            InputError: the budget does not do; the text is the reason.
        """
        raise InputError(f"{self.title} chooses no masks of its own.")


def no_groups(n_features: int, order: int) -> str:
    """The sentence for groups larger than the input."""
    return f"There are no groups of {order} among {n_features} features."


def too_few(terms: int, rows: int, order: int) -> str:
    """The sentence for more terms than passes."""
    return f"Order {order} has {terms:,} terms here, more than the {rows:,} passes."


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps a library's warnings (of its own imports, of singular systems) to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def n_terms(n_features: int, order: int) -> int:
    """Groups of up to `order` of n features, the empty one included."""
    return sum(comb(n_features, size) for size in range(order + 1))


def from_moebius(n_features: int, supports: list[Support], values: FloatArray) -> Spectrum:
    """The spectrum of ``g(S) = sum of values of the T in supports that lie in S``; distinct sorted supports.

    With m_i = (1 - chi_i) / 2 a product over T is ``2^-|T| sum over K in T of (-1)^|K| chi_K``.
    """
    sizes = np.array([len(support) for support in supports])
    # The same sum over subsets as that of Walsh functions into Möbius terms, where a term's subset K weighs (-2)^|K|.
    found, sums = convert(n_features, supports, values * 0.5**sizes, "Moebius")
    weights = 0.5 ** np.array([len(support) for support in found])
    return Spectrum.from_terms(n_features, found, (sums * weights).tolist())


def chances(samples: Samples) -> FloatArray:
    """(m,) weights with which a sum over the rows estimates a mean over all masks: the inverse of each row's chance to
    be among them, which is 1 for the anchors and one and the same for the others (Horvitz and Thompson, JASA 47, 1952).
    They add up to 1."""
    m, n = samples.masks.shape
    weights = np.full(m, (1.0 - 2.0 ** (1 - n)) / max(m - ANCHORS, 1))
    weights[:ANCHORS] = 2.0**-n
    return weights


def baselines() -> dict[str, type[Baseline]]:
    """Name -> class of every baseline."""
    return members("spex_core.trust.baselines", Baseline)  # type: ignore[type-abstract]  # only used as a filter

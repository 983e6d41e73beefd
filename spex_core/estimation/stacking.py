"""Several models of one function, averaged by weights that unseen rows choose, and what they cannot tell apart.

Stacked regressions (Breiman, Machine Learning 24, 1996): weights are not negative and sum to one, so the average is
about as good as the best of the models or better, and it is again a spectrum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import ANCHORS, BoolArray, FloatArray, IntArray, Samples, Support
from spex_core.estimation.posterior import Process, coefficients_together, correlate, predict_together
from spex_core.fourier.spectrum import Spectrum
from spex_core.fourier.stability import RESAMPLES, multiplicities

FOLDS = 3
_MORE_FOLDS = 5  # of fewer rows than _SPARE: two thirds of them may show much less than all do
_SPARE = 400
_FEW_ROWS = 5000  # with more, the rows know the variance well enough
_SMALLEST_SHARE = 0.05
_GAIN = 0.01  # of the squared error, that an average must win over the best of its parts
_FIRM = 1e4
_ALIKE = 1e-8  # standard deviations of the values, by which predictions may differ by rounding alone


@dataclass(frozen=True, eq=False)
class Mixture:
    """A weighted mean of fitted models."""

    parts: tuple[tuple[float, Spectrum | Process], ...]

    def predict(self, masks: BoolArray) -> FloatArray:
        """Values on (m, n) masks: (m,)."""
        values: FloatArray = predictions([self], masks)[0]
        return values

    def coefficients(self, supports: Sequence[Support]) -> FloatArray:
        """Fourier coefficients at (k,) supports."""
        values: FloatArray = coefficients([self], supports)[0]
        return values


def predictions(mixtures: Sequence[Mixture], masks: BoolArray) -> FloatArray:
    """(c, m) values of mixtures of the same kinds of parts on (m, n) masks."""
    total = np.zeros((len(mixtures), len(masks)))
    for weights, models in _parts(mixtures):
        processes = [model for model in models if isinstance(model, Process)]
        if len(processes) == len(models):
            total += weights * predict_together(processes, masks)
        else:
            total += weights * np.stack([model.predict(masks) for model in models])
    return total


def coefficients(mixtures: Sequence[Mixture], supports: Sequence[Support]) -> FloatArray:
    """(c, k) Fourier coefficients of mixtures of the same kinds of parts at (k,) supports."""
    total = np.zeros((len(mixtures), len(supports)))
    for weights, models in _parts(mixtures):
        processes = [model for model in models if isinstance(model, Process)]
        if len(processes) == len(models):
            total += weights * coefficients_together(processes, list(supports))
        else:
            terms = [model.to_dict() for model in models if isinstance(model, Spectrum)]
            total += weights * np.array([[term.get(support, 0.0) for support in supports] for term in terms])
    return total


def _parts(mixtures: Sequence[Mixture]) -> Iterator[tuple[FloatArray, list[Spectrum | Process]]]:
    """Of each part its weights, (c, 1), and its models."""
    for parts in zip(*(mixture.parts for mixture in mixtures), strict=True):
        yield np.array([[weight] for weight, _ in parts]), [model for _, model in parts]


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Models that each left out a part of the rows, and what they made of it.

    Attributes:
        folds: positions of the rows that each model left out; together all rows but the anchors.
        models: one per fold.
        residuals: per fold, values less the model's prediction on the rows it left out.
    """

    folds: tuple[IntArray, ...]
    models: tuple[Mixture, ...]
    residuals: tuple[FloatArray, ...]

    def squared_errors(self) -> FloatArray:
        """Of every row that some model left out: (m - 2,)."""
        return np.concatenate(self.residuals) ** 2

    def mean_squared_errors(self, masks: BoolArray, values: FloatArray) -> FloatArray:
        """On masks that no model has seen, the mean of the models' squared errors: (p,)."""
        errors: FloatArray = ((values - predictions(self.models, masks)) ** 2).mean(axis=0)
        return errors

    def spreads(self, values: FloatArray, fresh: BoolArray) -> FloatArray:
        """Numbers whose mean estimates the variance of the function over all masks, one per left-out row.

        The rows alone know it badly, being few. But how much each model varies is known from as many `fresh` masks as
        one likes, since they cost no pass, so that the rows need only tell how much more the values vary.

        Args:
            values: of all samples.
            fresh: (p, n) uniform masks.
        """
        parts = []
        few = len(values) < _FEW_ROWS
        known = predictions(self.models, fresh).var(axis=1) if few else np.zeros(len(self.models))
        for fold, variance, residual in zip(self.folds, known, self.residuals, strict=True):
            here = values[fold]
            own = (here - here.mean()) ** 2
            if few:
                predicted = here - residual
                own += variance - (predicted - predicted.mean()) ** 2
            parts.append(own)
        return np.concatenate(parts)

    def estimates(self, samples: Samples, supports: list[Support]) -> tuple[FloatArray, float]:
        """Unbiased estimates of F at (k,) supports and their common standard error."""
        total = np.zeros(len(supports))
        rows = sum(len(fold) for fold in self.folds)
        for fold, known, residual in zip(self.folds, coefficients(self.models, supports), self.residuals, strict=True):
            total += len(fold) * known
            total += correlate(samples.masks[fold], supports, residual)
        return total / rows, float(np.sqrt(self.squared_errors().mean() / rows))

    def resampled(
        self, samples: Samples, supports: list[Support], estimates: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """The estimates had other rows been drawn, (B, k), and their common standard errors, (B,).

        Every fold is drawn from by itself, so that a row is always judged by a model that has not seen it.
        """
        rows = sum(len(fold) for fold in self.folds)
        moved, squares = np.zeros((RESAMPLES, len(supports))), np.zeros(RESAMPLES)
        for fold, residual in zip(self.folds, self.residuals, strict=True):
            times = multiplicities(len(fold), rng)
            moved += correlate(samples.masks[fold], supports, (times - 1.0) * residual)
            squares += times @ residual**2
        return estimates + moved / rows, np.sqrt(squares) / rows


def fold_rows(masks: BoolArray, rng: np.random.Generator) -> tuple[IntArray, ...]:
    """Thirds of the rows, or fifths of few, never the anchors; a mask and its complement are left out together.

    On both, even orders are the same and odd ones opposite: a fit that holds the one knows more of the other than of a
    mask that nobody has seen.
    """
    rest = masks[ANCHORS:]
    either = np.packbits(rest ^ ~rest[:, :1], axis=1)  # of a mask and its complement the one that keeps feature 0
    group = np.unique(either, axis=0, return_inverse=True)[1].ravel()
    folds = FOLDS if len(rest) >= _SPARE else _MORE_FOLDS
    parts = np.array_split(rng.permutation(int(group.max()) + 1), folds)
    return tuple(ANCHORS + np.flatnonzero(np.isin(group, part)) for part in parts)


def stack(predictions: Mapping[str, FloatArray], values: FloatArray) -> dict[str, float]:
    """Weights of models by their predictions on rows that they have not seen, the simpler models first; those without
    weight are left out."""
    from scipy.optimize import nnls

    names = _distinct(predictions, _ALIKE * float(values.std()))
    errors = {name: float(((values - predictions[name]) ** 2).mean()) for name in names}
    best = min(names, key=lambda name: errors[name])
    unit = max(float(values.std()), 1e-300)
    columns = (np.stack([predictions[name] for name in names], axis=1) - values.mean()) / unit
    firm = _FIRM * np.sqrt(len(values))
    equations = np.concatenate([columns, np.full((1, len(names)), firm)])
    weights = nnls(equations, np.append((values - values.mean()) / unit, firm))[0]
    weights = np.where(weights < _SMALLEST_SHARE, 0.0, weights)
    if weights.sum() > 0:
        weights /= weights.sum()
        together = sum(w * predictions[name] for w, name in zip(weights, names, strict=True))
        if float(((values - together) ** 2).mean()) < (1 - _GAIN) * errors[best]:
            return {name: float(w) for name, w in zip(names, weights, strict=True) if w > 0}
    return {best: 1.0}


def _distinct(predictions: Mapping[str, FloatArray], rounding: float) -> list[str]:
    """The models that predict otherwise than all before them: between two that differ by rounding, which is another on
    every processor, the choice would be a coin."""
    names: list[str] = []
    for name, values in predictions.items():
        if all(float(np.abs(values - predictions[before]).max(initial=0.0)) > rounding for before in names):
            names.append(name)
    return names


def combine(spectra: Mapping[str, Spectrum], weights: Mapping[str, float]) -> Spectrum:
    """The weighted mean of spectra."""
    n_features = next(iter(spectra.values())).n_features
    total: dict[Support, float] = {}
    for name, weight in weights.items():
        for support, coefficient in spectra[name].to_dict().items():
            total[support] = total.get(support, 0.0) + weight * coefficient
    return Spectrum.from_dict(n_features, total)

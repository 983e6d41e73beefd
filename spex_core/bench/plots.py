"""Pictures of a benchmark like the paper's figures: one panel per length group, one line per method."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spex_core.bench.settings import BenchSettings
from spex_core.bench.tables import MEASURES, OF_EXPERIMENT, Cell, put

_LOWEST = -0.25  # R² below is left outside: some methods fall to -500
_STYLES = ("o-", "s--", "^-.", "v:", "D-", "P--", "X-.", "*:")
_WIDTH, _HEIGHT, _LEGEND_ROW = 3.2, 3.4, 0.2  # inches: of a panel, and of a row of the legend below


def write_plots(settings: BenchSettings, cells: Sequence[Cell]) -> tuple[list[Path], str]:
    """Write an SVG per measure into the folder of the results.

    R² is drawn by budget, the other measures by r at the largest budget; whiskers are one standard error.

    Returns:
        The files, and one sentence where there is none or something lies outside, else "".

    Raises:
        StoreError: the disk refused.
    """
    try:
        import matplotlib
    except ImportError:
        return [], "no pictures: they need a package that is not installed (pip install matplotlib)"
    matplotlib.use("svg")
    written, outside = [], False
    with matplotlib.rc_context({"svg.hashsalt": "spex", "svg.fonttype": "path"}):
        for measure in OF_EXPERIMENT[settings.experiment]:
            drawn = _drawn(measure, cells)
            if drawn:
                path = settings.out / f"{measure if measure != 'r2' else 'faithfulness'}.svg"
                put(path, _svg(measure, drawn))
                written.append(path)
                outside |= measure == "r2" and any(cell.mean < _LOWEST for cell in drawn)
    return written, f"means below {_LOWEST} lie outside the picture; the tables hold them" if outside else ""


def _drawn(measure: str, cells: Sequence[Cell]) -> list[Cell]:
    largest = max((cell.budget for cell in cells), default=0)
    return [
        cell
        for cell in cells
        if cell.measure == measure and cell.examples and (measure == "r2" or cell.budget == largest)
    ]


def _svg(measure: str, cells: Sequence[Cell]) -> bytes:
    from matplotlib import pyplot

    groups = sorted({cell.group for cell in cells})
    titles = list(dict.fromkeys(cell.title for cell in cells))
    columns = min(4, len(groups) + 1)
    legend = _LEGEND_ROW * -(-len(titles) // columns)
    size = (_WIDTH * len(groups) + 0.6, _HEIGHT + legend)
    figure, grid = pyplot.subplots(1, len(groups), figsize=size, sharey=True, squeeze=False)
    try:
        for axes, group in zip(grid[0], groups, strict=True):
            _panel(axes, measure, [cell for cell in cells if cell.group == group], titles)
        grid[0][0].set_ylabel(MEASURES[measure])
        if measure == "r2":
            lowest = min(cell.mean for cell in cells)
            grid[0][0].set_ylim(max(_LOWEST, min(0.0, lowest)) - 0.02, 1.02)
        found = [axes.get_legend_handles_labels() for axes in grid[0]]
        handles = {label: handle for pair in found for handle, label in zip(*pair, strict=True)}
        shown = [handles[title] for title in titles]
        figure.legend(shown, titles, loc="outside lower center", ncols=columns, frameon=False, fontsize=8)
        figure.set_layout_engine("constrained")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    finally:
        pyplot.close(figure)
    return buffer.getvalue()


def _panel(axes: Any, measure: str, cells: Sequence[Cell], titles: Sequence[str]) -> None:
    budgets = sorted({cell.budget for cell in cells})
    for number, title in enumerate(titles):
        of_method = sorted((cell for cell in cells if cell.title == title), key=lambda cell: (cell.budget, cell.r))
        if not of_method:
            continue
        across = [cell.budget if measure == "r2" else cell.r for cell in of_method]
        means = [cell.mean for cell in of_method]
        errors = [0.0 if cell.error != cell.error else cell.error for cell in of_method]
        style, colour = _STYLES[number % len(_STYLES)], f"C{number % 10}"
        axes.errorbar(across, means, errors, fmt=style, color=colour, label=title, markersize=4, capsize=2, linewidth=1)
    low, high = cells[0].group
    axes.set_title(f"n {low}–{high}", fontsize=10)
    if measure == "r2":
        axes.set_xscale("log")
        axes.set_xticks(budgets, [f"{budget:,}" for budget in budgets], fontsize=7)
        axes.minorticks_off()
        axes.set_xlabel("masked passes")
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("features removed" if measure != "recovery" else "top interactions r")
    axes.grid(alpha=0.3)

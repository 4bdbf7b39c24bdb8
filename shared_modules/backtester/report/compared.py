"""Several results side by side as one page: growth over one another, figures with the best marked, correlation."""

from __future__ import annotations

from html import escape

import numpy as np

from shared_modules.backtester.comparison import ComparedMetric, Comparison
from shared_modules.backtester.explain import written

from .html import document, section
from .plots import span_of
from .svg import Plot

# classes of the page's style, one a result in turn
COLOURS = 6


def comparison_page(comparison: Comparison, title: str = "") -> str:
    """The whole page as text."""
    title = title or f"{len(comparison.names)} runs side by side"
    head = f'<h1>{escape(title)}</h1><p class="quiet">{escape(" · ".join(comparison.names))}</p>'
    said = "Equity over starting cash, each from the beginning of its own run."
    return document(
        title,
        head,
        section("Growth", _legend(comparison) + growth_plot(comparison), said),
        section("Figures", _figures(comparison), "The best of a row is marked; figures without a better are not."),
        section("Correlation of daily returns", _correlation(comparison), "On the days that both traded."),
    )


def growth_plot(comparison: Comparison) -> str:
    """Equity over starting cash of each result."""
    x = comparison.time.astype(np.float64)
    known = comparison.growth[np.isfinite(comparison.growth)]
    low, high = span_of(np.r_[known, 1.0])
    plot = Plot(float(x[0]), float(x[-1]), low, high, 380, "Growth of the compared runs")
    plot.y_axis(lambda value: f"{value:g} ×")
    plot.time_axis()
    plot.level(1.0)
    for n, name in enumerate(comparison.names):
        plot.line(x, comparison.growth[n], f"run{n % COLOURS}", name)
    return plot.text()


def _legend(comparison: Comparison) -> str:
    marks = (
        f'<span><i style="background:var(--run{n % COLOURS})"></i>{escape(name)}</span>'
        for n, name in enumerate(comparison.names)
    )
    return f'<div class="legend">{"".join(marks)}</div>'


def _figures(comparison: Comparison) -> str:
    rows = "".join(map(_figure, comparison.metrics))
    return f'<div class="scroll whole"><table>{_head("figure", comparison)}<tbody>{rows}</tbody></table></div>'


def _figure(compared: ComparedMetric) -> str:
    cells = "".join(
        f"<td{' class=best' if compared.is_best(n) else ''}>{written(value, compared.metric.unit)}</td>"
        for n, value in enumerate(compared.values)
    )
    return f"<tr><td>{escape(compared.metric.title)}</td>{cells}</tr>"


def _correlation(comparison: Comparison) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{written(float(v), 'ratio')}</td>" for v in row) + "</tr>"
        for name, row in zip(comparison.names, comparison.correlation, strict=True)
    )
    return f"<table>{_head('', comparison)}<tbody>{rows}</tbody></table>"


def _head(first: str, comparison: Comparison) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in comparison.names)
    return f"<thead><tr><th>{first}</th>{names}</tr></thead>"

"""Several results beside each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import DAY

from .metrics import METRICS, Metric, day_ends
from .result import BacktestResult

POINTS = 2_000
# figures of which less is better; where more is neither better nor worse, nothing is marked
_LESS = {"max_drawdown_days", "volatility", "longest_losing_streak", "fees", "funding"}
_NEITHER = {"buy_and_hold_return", "trades", "exposure", "turnover", "beta", "correlation", "average_holding_days"}


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """One figure of all results in their order; ``best`` is the row of the first best, None where none is better."""

    metric: Metric
    values: tuple[float, ...]
    best: int | None

    def is_best(self, row: int) -> bool:
        """Whether no other is better than ``row``; several may share the best value."""
        return self.best is not None and self.values[row] == self.values[self.best]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """``growth[i]`` is the equity of result ``i`` over its starting cash at each of ``time``, NaN outside its run.

    ``correlation[i, j]`` is that of the daily returns on the days both traded, NaN with less than three.
    """

    names: tuple[str, ...]
    metrics: tuple[ComparedMetric, ...]
    time: Times
    growth: Floats
    correlation: Floats

    def to_json(self) -> dict[str, Any]:
        """Plain values for machines: what is not defined is None, times are ms UTC."""
        return {
            "names": list(self.names),
            "metrics": {m.metric.name: {"values": [_known(v) for v in m.values], "best": m.best} for m in self.metrics},
            "time": self.time.tolist(),
            "growth": [[_known(v) for v in row] for row in self.growth.tolist()],
            "correlation": [[_known(v) for v in row] for row in self.correlation.tolist()],
        }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def compare(results: Sequence[BacktestResult], names: Sequence[str] | None = None) -> Comparison:
    """``results`` side by side, called ``names``; their strategies' when absent.

    Raises `InvalidInput` for less than two.
    """
    if len(results) < 2:
        raise InvalidInput("a comparison needs at least two results")
    given = [r.request.strategy for r in results] if names is None else list(names)
    if len(given) != len(results):
        raise InvalidInput(f"there are {len(given)} names for {len(results)} results")
    return Comparison(_distinct(given), tuple(_compared(m, results) for m in METRICS), *_overlaid(results),
                      _correlation(results))  # fmt: skip


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(n if names.count(n) == 1 else f"{n} {1 + names[:i].count(n)}" for i, n in enumerate(names))


def _compared(metric: Metric, results: Sequence[BacktestResult]) -> ComparedMetric:
    values = tuple(r.metrics.get(metric.name, math.nan) for r in results)
    known = {v for v in values if not math.isnan(v)}
    best = None
    if metric.name not in _NEITHER and len(known) > 1:
        best = values.index(min(known) if metric.name in _LESS else max(known))
    return ComparedMetric(metric, values, best)


def _overlaid(results: Sequence[BacktestResult]) -> tuple[Times, Floats]:
    closes = [r.close_time for r in results]
    first, last = min(int(c[0]) for c in closes), max(int(c[-1]) for c in closes)
    every = np.unique(np.concatenate(closes)) if sum(map(len, closes)) < 20 * POINTS else np.empty(0, np.int64)
    time = every if 0 < len(every) <= POINTS else np.linspace(first, last, POINTS).astype(np.int64)
    growth = np.full((len(results), len(time)), np.nan)
    for row, (result, close) in enumerate(zip(results, closes, strict=True)):
        at = np.searchsorted(close, time, side="right") - 1
        inside = (at >= 0) & (time <= close[-1])
        growth[row, inside] = result.equity[at[inside]] / result.request.cash
    return time, growth


def _correlation(results: Sequence[BacktestResult]) -> Floats:
    daily = [_by_day(r) for r in results]
    found = np.eye(len(results))
    for i, (days, returns) in enumerate(daily):
        for j, (other_days, other) in enumerate(daily[:i]):
            _, a, b = np.intersect1d(days, other_days, return_indices=True)
            found[i, j] = found[j, i] = _correlated(returns[a], other[b])
    return found


def _by_day(result: BacktestResult) -> tuple[Times, Floats]:
    closes = result.close_time
    ends = day_ends(closes)
    values = np.r_[result.request.cash, result.equity[ends]]
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.where(values[:-1] > 0.0, values[1:] / values[:-1] - 1.0, 0.0)
    return (closes[ends] - 1) // DAY, returns


def _correlated(a: Floats, b: Floats) -> float:
    if len(a) < 3:
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    spread = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / spread if spread > 1e-24 else math.nan

"""Many combinations of parameters on the same bars: the same steps as single runs, figures instead of full results."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.errors import InvalidInput
from shared_modules.core.parameters import build
from shared_modules.core.progress import Progress
from shared_modules.indicators.memo import Memo, remembering
from shared_modules.strategies.registry import strategy as strategy_called

from .data import load
from .extras import check_symbols
from .metrics import NAN, curve_metrics, day_ends, figures_of
from .request import BacktestRequest
from .run import _check_stops, _fresh, order_terms, prepare, rules_of
from .wishes import LISTS, VALUES, higher_bars, wishes

if TYPE_CHECKING:
    from shared_modules.matching.feed import Feed, Wishes
    from shared_modules.matching.state import Codes, Rules, State
    from shared_modules.strategies.base import Signals, Strategy

    from .data import SymbolData
    from .finer import Grid

_MOST = 1_000_000


@dataclass(frozen=True, eq=False)
class SweepTable:
    """One row for each combination in the order asked: ``metrics[name][i]`` belongs to ``parameters[i]``.

    A combination that the strategy refuses has NaN in every column and its sentence in ``refused[i]``.
    """

    parameters: tuple[dict[str, Any], ...]
    metrics: dict[str, Floats]
    refused: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.parameters)

    def best(self, metric: str = "total_return", count: int = 10) -> list[int]:
        """The rows with the highest values of ``metric``, the best first; those without a value are left out."""
        if metric not in self.metrics:
            raise InvalidInput(f"a sweep has no figure '{metric}'; it has {', '.join(self.metrics)}")
        values = self.metrics[metric]
        order = np.argsort(-np.where(np.isnan(values), -np.inf, values), kind="stable")
        return [int(i) for i in order if not np.isnan(values[i])][:count]


def combinations(grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Every combination of the values of ``grid``, the last name changing fastest; a list of combinations as it is."""
    if isinstance(grid, Mapping):
        rows = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    else:
        rows = [dict(row) for row in grid]
    if not rows or len(rows) > _MOST:
        raise InvalidInput(f"a sweep needs 1 to {_MOST:,} combinations, not {len(rows):,}")
    return tuple(rows)


def sweep(
    request: BacktestRequest,
    grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]],
    progress: Progress | None = None,
    workers: int | None = None,
) -> SweepTable:
    """Run ``request`` once for each combination of ``grid``, whose values replace those of its parameters.

    Each indicator is computed once for each set of its parameters. ``workers``: threads, all cores when absent; the
    compiled steps do not hold the interpreter. Raises as `run_backtest` does, and `Cancelled` when told to stop.
    """
    progress = Progress() if progress is None else progress
    rows = combinations(grid)
    data, _ = load(request, progress.part(0.0, 0.1))
    check_symbols(request, [d.symbol for d in data])
    progress.step(0.1, "Loading the compiled kernel")
    prepare()
    bench = _Bench(request, data)
    found: list[dict[str, float] | str] = []
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, "sweep") as pool:
        try:
            for done, figures in enumerate(pool.map(bench.figures, rows)):
                found.append(figures)
                progress.step(0.1 + 0.9 * (done + 1) / len(rows), f"Combination {done + 1:,} of {len(rows):,}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    refused = {i: row for i, row in enumerate(found) if isinstance(row, str)}
    names = next((list(row) for row in found if isinstance(row, dict)), [])
    columns = {n: np.array([row[n] if isinstance(row, dict) else NAN for row in found]) for n in names}
    return SweepTable(rows, columns, refused)


class _Bench:
    """What all combinations share, and each thread's own room for an equity curve and a ledger."""

    def __init__(self, request: BacktestRequest, data: Sequence[SymbolData]) -> None:
        folder = None if request.strategy_folder is None else Path(request.strategy_folder)
        self._request, self._data = request, data
        self._class = strategy_called(request.strategy, folder)
        self._memo, self._own = Memo(), local()
        self._plain_feed: Feed | None = None
        self._known: dict[Any, Rules] = {}
        self._plain_rules: dict[int, bool] = {}
        self._untouched = _fresh(request, data)
        self._taker = float(self._untouched.book["taker"][0])
        one = len(data) == 1
        self._times = data[0].traded.time if one else np.unique(np.concatenate([d.traded.time for d in data]))
        frame = data[0].frame
        self._lasting = 0 if frame.is_month else frame.ms
        self._closes = self._times
        if frame.is_month:
            self._closes = np.array([frame.next(int(t)) for t in self._times], np.int64)
        self._ends = day_ends(self._closes, self._lasting)
        self._grid = self._grid_of()

    def _grid_of(self) -> Grid | None:
        from .finer import grid_of

        return grid_of(self._request, self._data)

    def figures(self, parameters: Mapping[str, Any]) -> dict[str, float] | str:
        """The figures of one combination, or why the strategy refuses it."""
        try:
            strategy = build(self._class, {**self._request.parameters, **parameters})
        except InvalidInput as error:
            return str(error)
        return self._played(strategy)

    def _played(self, strategy: Strategy) -> dict[str, float]:
        from shared_modules.matching.coasting import events_of
        from shared_modules.matching.kernel import new_walk, run
        from shared_modules.matching.state import grown, new_ledger
        from shared_modules.matching.sweep import all_known

        from .passes import falls
        from .play import filled

        request, times, cash = self._request, self._times, self._request.cash
        with remembering(self._memo):
            for d in self._data:
                higher_bars(strategy, d)
            signals = [wishes(strategy, d) for d in self._data]
        _check_stops(request, signals)
        rules = self._rules(strategy, signals)
        feed, wished = self._feed(signals)
        shared = feed.wished is not wished
        if self._knows(rules, feed, shared) and all_known(wished[1]):
            return self._plain(feed, rules, *wished)
        feed = filled(feed, wished)
        state = _fresh(request, self._data)
        if self._grid is not None:
            return self._finely(self._grid, feed, rules, state)
        own = self._own
        if not hasattr(own, "equity"):
            own.equity = np.empty(len(times))
            own.ledger = new_ledger(4096 + 3 * len(self._data) * feed.sub, len(feed.wishes))
        walk, at = new_walk(feed, times, rules.latency, events=events_of(feed, times, rules.latency, *wished)), 0
        while at < len(times):
            at = run(state, own.ledger, rules, feed, walk, times, own.equity, at, len(times))
            if at < len(times):
                own.ledger = grown(own.ledger, 2 * len(own.ledger.trades))
        trades = own.ledger.trades[: int(state.account["trades"][0])]
        fall = falls(own.equity, cash, int(times[0]), self._closes, self._lasting)
        exposure = float(state.account["exposed"][0]) / len(times)
        return self._row(own.equity[self._ends], fall, trades["pnl"], trades["fees"], exposure)

    def _finely(self, grid: Grid, feed: Feed, rules: Rules, state: State) -> dict[str, float]:
        """The figures of a run on shorter bars."""
        from .passes import falls

        played = grid.play(feed, state, rules, Progress())
        fall = falls(played.equity, self._request.cash, int(self._times[0]), self._closes, self._lasting)
        trades = played.ledger.trades
        return self._row(played.equity[self._ends], fall, trades["pnl"], trades["fees"], played.exposure)

    def _rules(self, strategy: Strategy, signals: list[Signals]) -> Rules:
        """The rules of a run; combinations with the same terms of orders have the same."""
        terms = order_terms(strategy, signals), strategy.max_entries
        known = self._known.get(terms)
        # threads that come at once agree on those of the first
        return known or self._known.setdefault(terms, rules_of(self._request, *terms, self._data[0].frame))

    def _knows(self, rules: Rules, feed: Feed, shared: bool) -> bool:
        """Whether `plain_run` knows the rules and the columns; asked once for each rules and the ``shared`` feed."""
        from shared_modules.matching.sweep import knows

        if not shared:
            return knows(self._untouched, rules, feed)
        # the rules are kept, so that no others come to have their number
        if id(rules) not in self._plain_rules:
            self._plain_rules[id(rules)] = knows(self._untouched, rules, feed)
        return self._plain_rules[id(rules)]

    def _feed(self, signals: list[Signals]) -> tuple[Feed, tuple[Codes, Wishes]]:
        """The feed of ``signals`` and their flags; where these are all they have, the feed is one of other flags."""
        from shared_modules.matching.feed import wished_of

        from .play import feed_of, flags_of

        plain = not any(getattr(s, name) is not None for s in signals for name in VALUES)
        if not plain or any(getattr(s, name) for s in signals for name in LISTS):
            feed = feed_of(self._data, signals, self._request)
            return feed, wished_of(feed)
        if self._plain_feed is None:
            self._plain_feed = feed_of(self._data, signals, self._request)
        return self._plain_feed, flags_of(signals, self._plain_feed.end - self._plain_feed.begin)

    def _row(
        self, daily: Floats, fall: tuple[float, ...], pnl: Floats, fees: Floats, exposure: float
    ) -> dict[str, float]:
        """The figures; ``daily`` is the equity at the end of each UTC day, of which the last is that of the run."""
        from .sums import sums_of_columns

        last = self._closes[-1:] + self._lasting
        days, request = np.arange(len(daily)), self._request
        return {
            "final_equity": float(daily[-1]),
            **curve_metrics(self._times[:1], last, daily, request.cash, request.risk_free, None, fall, days),
            **figures_of(sums_of_columns(pnl, fees)),
            "exposure": exposure,
        }

    def _plain(self, feed: Feed, rules: Rules, wished: Codes, asked: Wishes) -> dict[str, float]:
        """The figures of a run whose rules `plain_run` knows; it needs neither a ledger nor a curve."""
        from shared_modules.matching.sweep import plain_run

        opens, closes = (np.require(feed.kept[name][0], requirements="W") for name in ("open", "close"))
        pnl, fees = np.empty((2, len(wished) + 1))
        daily, found = np.empty(len(self._ends)), np.empty(4)
        count = plain_run(
            opens, closes, self._closes, self._lasting, asked, wished, self._ends,
            self._request.cash, rules.size, rules.slip, self._taker, pnl, fees, daily, found,
        )  # fmt: skip
        fall, exposure = (float(found[1]), float(found[2])), float(found[3]) / len(closes)
        return self._row(daily, fall, pnl[:count], fees[:count], exposure)

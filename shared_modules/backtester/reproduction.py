"""Making an old result again, and naming what is not as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput
from shared_modules.core.progress import Progress

from .passport import DataPrint, Passport
from .request import BarSource
from .result import BacktestResult, trade_json

_SHOWN = 5


@dataclass(frozen=True)
class Reproduction:
    """Whether the result came out as the same bytes, and all ``differences`` in sentences, of inputs first.

    ``same`` may be true though something differs, such as a library's version, when it made no difference.
    """

    same: bool
    differences: tuple[str, ...]


def reproduce(
    stored: BacktestResult, sources: Iterable[BarSource] | None = None, progress: Progress | None = None
) -> Reproduction:
    """Run the request of ``stored`` again and compare; ``sources`` stand in for candles that were handed over as bars.

    Raises `InvalidInput` when such candles are needed and not given, and whatever a backtest raises.
    """
    from .run import run_backtest

    given = stored.request.sources if sources is None else tuple(sources)
    _check_sources(given)
    request = replace(stored.request, sources=given, parameters=dict(stored.parameters))
    again = run_backtest(request, progress)
    then, now = stored.passport, again.passport
    same = then.outcome == now.outcome
    found = [*_inputs(then, now), *([] if same else _outcome(stored, again))]
    return Reproduction(same, tuple(found))


def _check_sources(sources: Iterable[BarSource]) -> None:
    for source in sources:
        if source.bars is not None and not len(source.bars):
            raise InvalidInput(
                f"the candles of {source.symbol} {source.timeframe} are not kept with a result; hand them over again"
            )


def wanted(prints: Iterable[DataPrint], symbol: str) -> dict[str, DataPrint]:
    """The prints of ``symbol`` by kind."""
    return {p.kind: p for p in prints if p.symbol == symbol}


def rebuilt(source: BarSource, candles: Bars) -> BarSource:
    """``source`` of a stored request with its candles again."""
    return replace(source, bars=candles)


def cut(source: BarSource, prints: Mapping[str, DataPrint]) -> BarSource:
    """``source``, which may know more by now, over the spans of ``prints`` alone; what they lack is left out."""
    bars: dict[str, Any] = {name: _span(getattr(source, name), prints.get(kind)) for kind, name in _SERIES.items()}
    time, rate = source.funding_time, source.funding_rate
    print_ = prints.get("funding")
    if time is None or rate is None or print_ is None:
        return replace(source, **bars, funding_time=None, funding_rate=None)
    inside = (time >= print_.first) & (time <= print_.last)
    return replace(source, **bars, funding_time=time[inside], funding_rate=rate[inside])


_SERIES = {"candles": "bars", "detail": "detail", "mark": "mark"}


def _span(bars: Bars | None, print_: DataPrint | None) -> Bars | None:
    return None if bars is None or print_ is None else bars.between(print_.first, print_.last + 1)


def _inputs(then: Passport, now: Passport) -> Iterable[str]:
    yield from _data(then.data, now.data)
    if then.strategy_code != now.strategy_code:
        yield f"The code of the strategy '{then.strategy}' has changed."
    yield from _values("parameter", then.parameters, now.parameters)
    yield from _values("setting", then.settings, now.settings)
    if then.seed != now.seed:
        yield f"The seed was {then.seed} and is {now.seed}."
    if then.engine_version != now.engine_version:
        yield f"The engine was version {then.engine_version} and is {now.engine_version}."
    elif then.engine_code != now.engine_code:
        yield "The code of the engine has changed."
    for name in sorted({*then.versions, *now.versions}):
        before, after = then.versions.get(name, "none"), now.versions.get(name, "none")
        if before != after:
            yield f"{name} was version {before} and is {after}."


def _data(then: Iterable[DataPrint], now: Iterable[DataPrint]) -> Iterable[str]:
    before, after = ({(p.symbol, p.kind): p for p in prints} for prints in (then, now))
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            yield f"The {new} were not there."
        elif new is None and old is not None:
            yield f"The {old} are missing."
        elif old is not None and new is not None and old.sha256 != new.sha256:
            yield f"The {old} are not the same: {_change(old, new)}."


def _change(old: DataPrint, new: DataPrint) -> str:
    said = []
    if old.rows != new.rows:
        said.append(f"{old.rows:,} rows then, {new.rows:,} now")
    if (old.first, old.last) != (new.first, new.last):
        said.append("another span of time")
    return ", ".join(said) or "the same times with other values"


def _values(word: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    for name in sorted({*then, *now}):
        # a setting that came with a later version has its default, which changes nothing
        if name in then and name in now and _plain(then[name]) != _plain(now[name]):
            yield f"The {word} '{name}' was {then[name]} and is {now[name]}."


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, (tuple, list)) else value


def _outcome(then: BacktestResult, now: BacktestResult) -> Iterable[str]:
    yield from _trades(then, now)
    if len(then.time) != len(now.time) or not np.array_equal(then.time, now.time):
        yield f"It now runs over {len(now.time):,} bars, not {len(then.time):,}, or over others."
    elif not np.array_equal(then.equity, now.equity):
        far = float(np.abs(then.equity - now.equity).max())
        ends = f"{now.final_equity:,.2f}, not {then.final_equity:,.2f}"
        yield f"The equity differs by up to {far:,.6g}; it ends at {ends}."


def _trades(then: BacktestResult, now: BacktestResult) -> Iterable[str]:
    if len(then.trades) != len(now.trades):
        yield f"There are {len(now.trades):,} trades, not {len(then.trades):,}."
    for i, (old, new) in enumerate(zip(then.trades, now.trades, strict=False), 1):
        before, after = trade_json(old), trade_json(new)
        changed = [name for name in before if before[name] != after.get(name)]
        if changed:
            said = ", ".join(f"{name} {before[name]} then, {after.get(name)} now" for name in changed[:_SHOWN])
            yield f"Trade {i:,} is the first that differs: {said}."
            return

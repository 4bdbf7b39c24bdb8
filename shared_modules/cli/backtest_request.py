"""The options of `backtest` as a request: files by symbol, and texts as the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import InvalidInput
from shared_modules.core.spelled import fraction, number
from shared_modules.core.timeframes import TIMEFRAMES

from . import values

if TYPE_CHECKING:
    from shared_modules.backtester.request import BacktestRequest, BarSource
    from shared_modules.matching import FillRule, Margin, Sizing, Slippage


def request_of(options: Mapping[str, Any]) -> BacktestRequest:
    """The request that ``options``, the arguments of the command by name, ask for; raises `InvalidInput` for others."""
    from shared_modules.backtester.request import BacktestRequest
    from shared_modules.backtester.spelled import fees_of, rules_of, tiers_of

    sources, own_detail = _sources(options)
    slippage = options["slippage"]
    levels: dict[str, Any] = {n: _optional(options[n], n.replace("_", " "), 0.999) for n in _LEVELS}
    counts: dict[str, Any] = {n: options[n] for n in ("max_bars", "max_entries", "max_positions")}
    latency, latency_ms = _latency(options["latency"])
    model = _slippage(slippage) if "=" in slippage else None
    return BacktestRequest(
        strategy=options["strategy"],
        parameters=values.assignments([*(options["set_"] or []), *(options["more"] or [])]),
        sources=sources,
        timeframe=options["timeframe"],
        newest=options["bars"],
        start=values.moment(options["start"]),
        end=values.moment(options["end"]),
        cash=options["cash"],
        fee=fraction(options["fee"], "the fee"),
        maker_fee=_optional(options["maker_fee"], "the maker fee", 0.05),
        fees=fees_of(options["fees"] or []),
        slippage_bps=0.0 if model else fraction(slippage, "the slippage") * 1e4,
        slippage=model,
        size=_size(options["size"]),
        fill_rule=_fill_rule(options["fill_rule"]),
        margin=_margin(options["leverage"], options["margin"]),
        detail=own_detail,
        risk_free=fraction(options["risk_free"], "the risk-free rate", 1.0),
        borrow=fraction(options["borrow"], "the borrow rate", 10.0),
        decide_by=options["decide_by"],
        latency=latency,
        latency_ms=latency_ms,
        target_order=options["target_order"],
        strategy_folder=_strategies(options.get("data_dir")),
        instruments=rules_of(options["rules"] or []),
        risk_tiers=tiers_of(options["tiers"] or []),
        **levels,
        **counts,
    )


_LEVELS = ("stop_loss", "take_profit", "trailing_stop", "break_even")


def _optional(text: str | None, what: str, most: float) -> float | None:
    return None if text is None else fraction(text, what, most)


# -- files ------------------------------------------------------------------------------------------------------------


def _strategies(data_dir: Path | None) -> str | None:
    """The folder of the user's strategies where another data folder is asked for."""
    from shared_modules.core.paths import DataPaths

    return None if data_dir is None else str(DataPaths(data_dir).strategies)


def _sources(options: Mapping[str, Any]) -> tuple[tuple[BarSource, ...], bool]:
    """The sources, and whether those that are resampled decide themselves what came first within a bar."""
    from shared_modules.backtester.files import candle_files, file_sources

    given = _paths([*(options["csv"] or []), *([options["portfolio"]] if options["portfolio"] else [])])
    if options["symbols"]:
        given += _stored(options)
    if not given:
        raise InvalidInput("give candle files with --csv, a folder with --portfolio, or --symbols of the data folder")
    detail = options["detail"]
    if detail is not None and detail not in TIMEFRAMES:
        (detail,) = map(str, _paths([detail]))
    funding, mark = _paths(options["funding"] or []), _paths(options["mark"] or [])
    return file_sources(candle_files(given), options["timeframe"], detail, funding, mark)


def _stored(options: Mapping[str, Any]) -> list[Path]:
    """The files of the data folder for the symbols asked for."""
    from shared_modules.backtester.files import stored_files
    from shared_modules.core.paths import DataPaths, default_data_dir

    paths = DataPaths(options.get("data_dir") or default_data_dir())
    return stored_files(paths, values.names(options["symbols"]) or (), options["timeframe"])


def _paths(texts: Iterable[str]) -> list[Path]:
    """Folders as they are, files with wildcards and commas."""
    return [
        path for text in texts for path in ([Path(text)] if Path(text).is_dir() else map(Path, values.paths([text])))
    ]


# -- texts ------------------------------------------------------------------------------------------------------------


def _size(text: str) -> Sizing:
    """'equity=0.1', 'risk=1%' or 'notional=1000'; shares may be written in per cent."""
    from shared_modules.matching import Sizing

    kind, _, value = text.partition("=")
    if value.lower().endswith(("%", "bps")) and kind.strip().lower() not in ("notional", "qty"):
        value = str(fraction(value, f"the size '{kind}'", 1.0))
        return Sizing.parse(f"{kind}={value}")
    return Sizing.parse(text)


def _slippage(text: str) -> Slippage:
    """'spread=3bps', 'impact=0.5' or 'table=1000:1,10000:3' (quote coin to basis points)."""
    from shared_modules.matching import Slippage

    kind, _, value = text.partition("=")
    if kind == "table":
        rows = [row.partition(":") for row in value.split(",")]
        if not all(colon for _, colon, _ in rows):
            raise InvalidInput(
                f"a slippage table is written VALUE:BPS,..., such as table=1000:1,10000:3, not '{value}'"
            )
        return Slippage(kind, table=tuple((number(a, "a size"), number(b, "its slippage")) for a, _, b in rows))
    if kind in ("spread", "bps"):
        return Slippage(kind, round(fraction(value, f"the {kind}") * 1e4, 9))
    return Slippage(kind, number(value, f"the slippage '{kind}'"))


def _fill_rule(text: str) -> FillRule:
    """'touch', 'through', 'volume', 'volume=0.1' or 'volume=10%'."""
    from shared_modules.matching import FillRule

    kind, equals, share = text.partition("=")
    return FillRule(kind, fraction(share, "the share of the volume", 1.0)) if equals else FillRule(kind)


def _latency(text: str) -> tuple[int, float]:
    """'2' as bars, '250ms' or '1.5s' as a time in milliseconds."""
    word = text.strip().lower()
    if word.endswith("ms"):
        return 0, number(word[:-2], "the latency")
    if word.endswith("s"):
        return 0, number(word[:-1], "the latency") * 1000.0
    try:
        return int(word), 0.0
    except ValueError:
        raise InvalidInput(
            f"the latency is a number of bars, such as 2, or a time, such as 250ms, not '{text}'"
        ) from None


def _margin(leverage: float | None, mode: str | None) -> Margin | None:
    from shared_modules.matching import Margin

    if leverage is None and mode is None:
        return None
    return Margin(1.0 if leverage is None else leverage, mode or "isolated")

"""The options of `backtest` as a request: files by symbol, and texts as the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.timeframes import TIMEFRAMES, timeframe

from . import values

if TYPE_CHECKING:
    from shared_modules.backtester.request import BacktestRequest, BarSource
    from shared_modules.core.market import Instrument
    from shared_modules.matching import Fees, FillRule, Margin, RiskTier, Slippage

CANDLES = (".csv", ".csv.gz")


def request_of(options: Mapping[str, Any]) -> BacktestRequest:
    """The request that ``options``, the arguments of the command by name, ask for; raises `InvalidInput` for others."""
    from shared_modules.backtester.request import BacktestRequest
    from shared_modules.matching import Sizing

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
        start=values.moment(options["start"]),
        end=values.moment(options["end"]),
        cash=options["cash"],
        fee=values.fraction(options["fee"], "the fee"),
        maker_fee=_optional(options["maker_fee"], "the maker fee", 0.05),
        fees=_fees(options["fees"] or []),
        slippage_bps=0.0 if model else values.fraction(slippage, "the slippage") * 1e4,
        slippage=model,
        size=Sizing.parse(options["size"]),
        fill_rule=_fill_rule(options["fill_rule"]),
        margin=_margin(options["leverage"], options["margin"]),
        detail=own_detail,
        risk_free=values.fraction(options["risk_free"], "the risk-free rate", 1.0),
        borrow=values.fraction(options["borrow"], "the borrow rate", 10.0),
        decide_by=options["decide_by"],
        latency=latency,
        latency_ms=latency_ms,
        target_order=options["target_order"],
        strategy_folder=_strategies(options.get("data_dir")),
        instruments=tuple(_instrument(text) for text in options["rules"] or []),
        risk_tiers=dict(_tiers(text) for text in options["tiers"] or []),
        **levels,
        **counts,
    )


_LEVELS = ("stop_loss", "take_profit", "trailing_stop", "break_even")


def _optional(text: str | None, what: str, most: float) -> float | None:
    return None if text is None else values.fraction(text, what, most)


# -- files ------------------------------------------------------------------------------------------------------------


def _strategies(data_dir: Path | None) -> str | None:
    """The folder of the user's strategies where another data folder is asked for."""
    from shared_modules.core.paths import DataPaths

    return None if data_dir is None else str(DataPaths(data_dir).strategies)


def _sources(options: Mapping[str, Any]) -> tuple[tuple[BarSource, ...], bool]:
    """The sources, and whether those that are resampled decide themselves what came first within a bar."""
    from shared_modules.backtester.request import BarSource
    from shared_modules.core.candle_files import symbol_of

    files = _candle_files(options["csv"] or [], options["portfolio"])
    detail = options["detail"]
    of_frame = detail is not None and detail in TIMEFRAMES
    beside: dict[str, dict[str, Any]] = {
        "detail_path": {} if of_frame or detail is None else _by_symbol([detail], files, "detail candles"),
        "funding_path": _by_symbol(options["funding"] or [], files, "funding"),
        "mark_path": _by_symbol(options["mark"] or [], files, "mark prices"),
    }
    sources = []
    for path in files:
        symbol = symbol_of(path)
        more: dict[str, Any] = {name: found.get(symbol) for name, found in beside.items()}
        sources.append(BarSource(symbol, path=str(path), **more))
    if not of_frame:
        return tuple(sources), False
    return _with_detail(sources, str(detail), options["timeframe"])


def _candle_files(csv: list[str], portfolio: str | None) -> list[Path]:
    texts = [*csv, *([portfolio] if portfolio else [])]
    if not texts:
        raise InvalidInput("give candle files with --csv, or a folder of them with --portfolio")
    folders = [Path(text) for text in texts if Path(text).is_dir()]
    found = [p for folder in folders for p in sorted(folder.iterdir()) if p.name.lower().endswith(CANDLES)]
    for folder in folders:
        if not any(p.parent == folder for p in found):
            raise InvalidInput(f"there is no candle file in {folder}")
    files = values.paths([text for text in texts if not Path(text).is_dir()])
    return [*map(Path, files), *(p.resolve() for p in found)]


def _by_symbol(texts: Iterable[str], files: list[Path], what: str) -> dict[str, str]:
    """The files of ``texts`` by the symbol that they are of; a single one belongs to a single candle file."""
    from shared_modules.core.candle_files import symbol_of

    symbols = [symbol_of(path) for path in files]
    given: list[Path] = []
    for text in texts:
        folder = Path(text)
        given += sorted(folder.iterdir()) if folder.is_dir() else map(Path, values.paths([text]))
    if len(given) == len(symbols) == 1:
        return {symbols[0]: str(given[0])}
    found = {symbol_of(path): str(path) for path in given if symbol_of(path) in symbols}
    if texts and not found:
        raise InvalidInput(f"no file with {what} is called after one of {', '.join(symbols)}")
    return found


def _with_detail(sources: list[BarSource], detail: str, to: str | None) -> tuple[tuple[BarSource, ...], bool]:
    from dataclasses import replace

    from shared_modules.backtester.data import resampled
    from shared_modules.core.candle_files import read_candle_file

    wanted, found, own = timeframe(detail), [], []
    for source in sources:
        file = read_candle_file(Path(source.path or ""))
        if wanted.ms >= timeframe(to or file.timeframe).ms:
            raise InvalidInput(f"the detail must be shorter than the bars traded; {wanted} is not below "
                               f"{to or file.timeframe}: give --timeframe a longer one")  # fmt: skip
        own.append(wanted == file.timeframe)
        shorter = None if own[-1] else resampled(file.bars, file.timeframe, wanted)
        found.append(replace(source, timeframe=file.timeframe.name, detail=shorter))
    return tuple(found), all(own)


# -- texts ------------------------------------------------------------------------------------------------------------


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"{what} must be a number, not '{text}'") from None


def _slippage(text: str) -> Slippage:
    """'spread=3bps', 'impact=0.5' or 'table=1000:1,10000:3' (quote coin to basis points)."""
    from shared_modules.matching import Slippage

    kind, _, value = text.partition("=")
    if kind == "table":
        rows = [row.partition(":") for row in value.split(",")]
        return Slippage(kind, table=tuple((_number(a, "a size"), _number(b, "its slippage")) for a, _, b in rows))
    if kind in ("spread", "bps"):
        return Slippage(kind, round(values.fraction(value, f"the {kind}") * 1e4, 9))
    return Slippage(kind, _number(value, f"the slippage '{kind}'"))


def _fill_rule(text: str) -> FillRule:
    """'touch', 'through', 'volume' or 'volume=0.1'."""
    from shared_modules.matching import FillRule

    kind, equals, share = text.partition("=")
    return FillRule(kind, _number(share, "the share of the volume")) if equals else FillRule(kind)


def _latency(text: str) -> tuple[int, float]:
    """'2' as bars, '250ms' as milliseconds."""
    word = text.strip().lower()
    if word.endswith("ms"):
        return 0, _number(word[:-2], "the latency")
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


def _fees(texts: Iterable[str]) -> dict[str, Fees]:
    """'BTCUSDT=0.0001:0.0005', maker and taker."""
    from shared_modules.matching import Fees

    found = {}
    for text in texts:
        symbol, _, both = text.partition("=")
        maker, colon, taker = both.partition(":")
        if not colon:
            raise InvalidInput(f"'{text}' names no fees; write SYMBOL=maker:taker, such as BTCUSDT=0.0001:0.0005")
        found[symbol.strip().upper()] = Fees(values.fraction(maker, "the maker fee"), values.fraction(taker, "the fee"))
    return found


_RULES = {
    "tick": "tick_size",
    "step": "qty_step",
    "min": "min_qty",
    "max": "max_market_qty",
    "notional": "min_notional",
}


def _instrument(text: str) -> Instrument:
    """'BTCUSDT=tick:0.1,step:0.001,min:0.001,notional:5'; what is not given is not bounded."""
    from decimal import Decimal, InvalidOperation

    from shared_modules.core.market import Category, Instrument, InstrumentStatus, Market

    symbol, given = _named(text, "rules", "BTCUSDT=tick:0.1,step:0.001")
    found: dict[str, Any] = {name: Decimal(0) for name in _RULES.values()}
    for rule in given.split(","):
        name, _, value = rule.partition(":")
        if name.strip() not in _RULES:
            raise UnknownName.of("rule", name.strip(), _RULES)
        try:
            found[_RULES[name.strip()]] = Decimal(value.strip())
        except InvalidOperation:
            raise InvalidInput(f"the {name.strip()} of {symbol} must be a number, not '{value}'") from None
    none, most = Decimal(0), found["max_market_qty"]
    return Instrument(
        Market("file", Category.LINEAR, symbol), symbol, "", "", "", InstrumentStatus.TRADING, max_qty=most,
        min_price=none, max_price=none, min_leverage=none, max_leverage=none, leverage_step=none,
        funding_interval_minutes=0, launch_time=0, **found,
    )  # fmt: skip


def _tiers(text: str) -> tuple[str, tuple[RiskTier, ...]]:
    """'BTCUSDT=2000000:0.005:100,inf:0.05:10': value up to, maintenance rate, most leverage."""
    from shared_modules.matching import RiskTier

    symbol, given = _named(text, "risk tiers", "BTCUSDT=2000000:0.005:100,inf:0.05:10")
    rows = [[_number(part, "a risk tier's part") for part in row.split(":")] for row in given.split(",")]
    if any(len(row) != 3 for row in rows):
        raise InvalidInput(f"a risk tier is LIMIT:RATE:LEVERAGE, such as 2000000:0.005:100; '{given}' is not")
    return symbol, tuple(RiskTier(*row) for row in rows)


def _named(text: str, what: str, form: str) -> tuple[str, str]:
    symbol, equals, given = text.partition("=")
    if not equals or not symbol.strip() or not given.strip():
        raise InvalidInput(f"'{text}' names no {what}; write them like {form}")
    return symbol.strip().upper(), given

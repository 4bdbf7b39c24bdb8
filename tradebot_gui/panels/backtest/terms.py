"""From the fields of the form to the terms of a request, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import InvalidInput, TradeBotError

if TYPE_CHECKING:
    from shared_modules.system_integration.backtesting import BarSource
    from shared_modules.system_integration.sources import Wanted

Values = Mapping[str, Any]
SOURCES = ("of the terminal", "of files")
RANGES = ("newest", "dates", "everything")
OWN, AS_FILE = "as is", "as the file"
TARGETS = {"rest in the book": "limit", "at the market": "market"}
DECIDES = {"all at once": "signals", "candle by candle": "on_bar"}
# words of the form: kind of the engine, first value, per cent or not
SIZES: dict[str, tuple[str, float, bool]] = {
    "% of equity": ("equity", 100.0, True),
    "amount each": ("notional", 1000.0, False),
    "quantity": ("qty", 0.01, False),
    "% at risk": ("risk", 1.0, True),
    "% per average range": ("atr", 1.0, True),
    "% yearly volatility": ("volatility", 20.0, True),
    "% Kelly at most": ("kelly", 50.0, True),
}
SLIPPAGES = {"none": "", "bps": "bps", "bps spread": "spread", "× impact": "impact", "by size": "table"}
MARGINS = ("none", "isolated", "cross")
FILLS = {"fill when touched": "touch", "fill when passed": "through", "share of volume": "volume"}
NO_DETAIL = "none"
BESIDE = ("detail_files", "funding_files", "mark_files")
_SHARES = ("stop_loss", "take_profit", "trailing_stop", "break_even")


def terms_of(v: Values) -> dict[str, Any]:
    """Keywords for `BacktestRequest`; raises `InvalidInput` for what does not go together."""
    found: dict[str, Any] = {name: v[name] / 100 or None for name in _SHARES}
    return found | {
        "cash": v["cash"],
        "size": _sizing(v),
        "fee": v["fee"] / 100,
        "maker_fee": None if v["maker_fee"] < 0 else v["maker_fee"] / 100,
        "slippage": _slippage(v),
        "fill_rule": _fill_rule(v),
        "latency": v["latency"],
        "latency_ms": v["latency_ms"],
        "target_order": TARGETS[v["target_order"]],
        "decide_by": DECIDES[v["decide_by"]],
        "borrow": v["borrow"] / 100,
        "fees": _fees(v),
        "risk_tiers": _tiers(v),
        "max_bars": v["max_bars"],
        "max_entries": v["max_entries"],
        "max_positions": v["max_positions"],
        "margin": _margin(v),
        "risk_free": v["risk_free"] / 100,
        "start": _moment(v["start"]) if v["range"] == RANGES[1] else None,
        **(_file_terms(v) if of_files(v) else _terminal_terms(v)),
    }


def of_files(v: Values) -> bool:
    """Whether the candles are those of files."""
    return bool(v["source"] == SOURCES[1])


def _terminal_terms(v: Values) -> dict[str, Any]:
    made = v["base"] != OWN
    return {"timeframe": v["timeframe"] if made else None, "detail": made and v["detail"] == v["base"]}


def _file_terms(v: Values) -> dict[str, Any]:
    return {
        "timeframe": None if v["file_timeframe"] == AS_FILE else v["file_timeframe"],
        "end": _moment(v["end"]) if v["range"] == RANGES[1] else None,
        "newest": v["bars"] if v["range"] == RANGES[0] else None,
        "instruments": _rules(v),
    }


def sources_of(v: Values) -> tuple[tuple[BarSource, ...], bool]:
    """The sources of the files named, and whether they decide themselves what came first; reads files."""
    from shared_modules.system_integration.backtesting import candle_files, file_sources

    frame = None if v["file_timeframe"] == AS_FILE else v["file_timeframe"]
    detail = None if v["detail"] == NO_DETAIL else v["detail"]
    shorter, funding, mark = _beside(v)
    return file_sources(candle_files(map(Path, v["files"])), frame, detail, funding, mark, shorter)


def with_files_of(v: Values, sources: Sequence[BarSource]) -> tuple[BarSource, ...]:
    """The ``sources`` of the terminal with the files that are named in place of what is stored."""
    from shared_modules.system_integration.backtesting import with_files

    return with_files(sources, *_beside(v))


def _beside(v: Values) -> tuple[tuple[Path, ...], ...]:
    """The files with shorter candles, funding rates and mark prices."""
    return tuple(tuple(map(Path, v[name])) for name in BESIDE)


def wanted_of(v: Values, warmup: int = 0) -> Wanted:
    """The candles that the form asks for."""
    from shared_modules.system_integration.sources import Wanted

    dated = v["range"] == RANGES[1]
    return Wanted(
        symbols=tuple(v["symbols"]),
        timeframe=v["timeframe"],
        bars=v["bars"] if v["range"] == RANGES[0] else None,
        start=_moment(v["start"]) if dated else None,
        end=_moment(v["end"]) if dated else None,
        warmup=warmup if dated else 0,
        detail="" if v["detail"] == NO_DETAIL else v["detail"],
        funding=v["funding"] and not v["funding_files"],
        mark=v["mark"] and not v["mark_files"] and (v["funding"] or v["margin"] != MARGINS[0]),
        base="" if v["base"] == OWN else v["base"],
        everything=v["range"] == RANGES[2],
    )


def problems(v: Values) -> dict[str, str]:
    """A sentence for each field that cannot be run as it stands, by the field's name."""
    checks: tuple[tuple[str, Callable[[Values], Any]], ...] = (
        ("symbols", _symbols), ("end", _range), ("size", _sizing), ("slippage_value", _slippage_value),
        ("slippage_table", _slippage_table), ("break_even", _stop), ("leverage", _margin), ("fill_share", _fill_rule),
        ("detail", _detail), ("files", _files), ("base", _base), ("rules", _rules), ("fees", _fees), ("tiers", _tiers),
        ("detail_files", _detail_files), ("funding_files", lambda v: _there(v, "funding_files")),
        ("mark_files", lambda v: _there(v, "mark_files")),
    )  # fmt: skip
    found = {}
    for name, check in checks:
        try:
            check(v)
        except TradeBotError as error:
            text = str(error)
            found[name] = text[:1].upper() + text[1:] + "."
    return found


def _sizing(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import Sizing

    kind, _, per_cent = SIZES[v["kind"]]
    if per_cent and v["size"] > 100:
        raise InvalidInput(f"'{v['kind']}' goes up to 100 %, not {v['size']:g}")
    return Sizing(kind, v["size"] / 100 if per_cent else v["size"])


def _slippage(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import Slippage

    kind = SLIPPAGES[v["slippage"]]
    if not kind or (kind != "table" and not v["slippage_value"]):
        return None
    return Slippage(kind, table=_table(v["slippage_table"])) if kind == "table" else Slippage(kind, v["slippage_value"])


def _slippage_value(v: Values) -> None:
    if SLIPPAGES[v["slippage"]] != "table":
        _slippage(v)


def _slippage_table(v: Values) -> None:
    if SLIPPAGES[v["slippage"]] == "table":
        _slippage(v)


def _table(text: str) -> tuple[tuple[float, float], ...]:
    try:
        pairs = [part.split(":") for part in text.split(",") if part.strip()]
        found = tuple((float(size), float(bps)) for size, bps in pairs)
    except ValueError:
        found = ()
    if not found:
        raise InvalidInput("write the table as notional up to, colon, basis points: 1000: 1, 10000: 3")
    return found


def _fill_rule(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import FillRule

    kind = FILLS[v["fill_rule"]]
    return FillRule(kind, v["fill_share"] / 100) if kind == "volume" else FillRule(kind)


def _margin(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import Margin

    return None if v["margin"] == MARGINS[0] else Margin(v["leverage"], v["margin"])


def _symbols(v: Values) -> None:
    if of_files(v):
        return
    if not v["symbols"]:
        raise InvalidInput("choose a symbol to test on")
    if len(set(v["symbols"])) < len(v["symbols"]):
        raise InvalidInput("a symbol is named twice; once is enough")


def _range(v: Values) -> None:
    if v["range"] == RANGES[1] and v["end"] <= v["start"]:
        raise InvalidInput("the end must come after the start")


def _detail(v: Values) -> None:
    if v["detail"] != NO_DETAIL and not of_files(v):
        wanted_of({**v, "symbols": ("any",), "range": RANGES[0]})


def _base(v: Values) -> None:
    if v["base"] != OWN and not of_files(v):
        wanted_of({**v, "symbols": ("any",), "range": RANGES[0], "detail": NO_DETAIL})


def _files(v: Values) -> None:
    if of_files(v):
        if not v["files"]:
            raise InvalidInput("choose candle files to test on, or drop them here")
        _there(v, "files")


def _there(v: Values, name: str) -> None:
    missing = [path for path in v[name] if not Path(path).exists()]
    if missing:
        raise InvalidInput(f"there is no file {missing[0]}")


def _detail_files(v: Values) -> None:
    if v["detail_files"] and v["detail"] != NO_DETAIL:
        raise InvalidInput("the detail is a timeframe already; set that to none, or name no files")
    _there(v, "detail_files")


def _rules(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import rules_of

    return rules_of(_each(v["rules"])) if of_files(v) else ()


def _fees(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import fees_of

    return _listed(v, fees_of(_each(v["fees"])))


def _tiers(v: Values) -> Any:
    from shared_modules.system_integration.backtesting import tiers_of

    return {} if v["margin"] == MARGINS[0] else _listed(v, tiers_of(_each(v["tiers"])))


def _each(text: str) -> list[str]:
    """The texts of single symbols, which semicolons divide."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _listed(v: Values, given: Any) -> Any:
    """``given`` by symbol; raises for a symbol that is not tested, of files the run itself finds that."""
    for symbol in given:
        if not of_files(v) and symbol not in v["symbols"]:
            raise InvalidInput(f"{symbol} is not among the symbols; they are {', '.join(v['symbols']) or 'none'}")
    return given


def _stop(v: Values) -> None:
    if v["break_even"] and v["take_profit"] and v["break_even"] >= v["take_profit"]:
        raise InvalidInput("break-even at or above the target is never reached; make it smaller")


def _moment(text: str) -> int:
    """Ms UTC of '2025-01-31 08:30'; a day alone is its beginning."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

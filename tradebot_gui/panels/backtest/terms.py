"""From the fields of the form to the terms of a request, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import InvalidInput, TradeBotError

if TYPE_CHECKING:
    from shared_modules.system_integration.sources import Wanted

Values = Mapping[str, Any]
RANGES = ("newest", "dates")
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
        "max_bars": v["max_bars"],
        "max_entries": v["max_entries"],
        "max_positions": v["max_positions"],
        "margin": _margin(v),
        "risk_free": v["risk_free"] / 100,
        "start": _day(v["start"]) if v["range"] == RANGES[1] else None,
    }


def wanted_of(v: Values, warmup: int = 0) -> Wanted:
    """The candles that the form asks for."""
    from shared_modules.system_integration.sources import Wanted

    dated = v["range"] == RANGES[1]
    return Wanted(
        symbols=tuple(v["symbols"]),
        timeframe=v["timeframe"],
        bars=None if dated else v["bars"],
        start=_day(v["start"]) if dated else None,
        end=_day(v["end"]) if dated else None,
        warmup=warmup if dated else 0,
        detail="" if v["detail"] == NO_DETAIL else v["detail"],
        funding=v["funding"],
    )


def problems(v: Values) -> dict[str, str]:
    """A sentence for each field that cannot be run as it stands, by the field's name."""
    checks: tuple[tuple[str, Callable[[Values], Any]], ...] = (
        ("symbols", _symbols), ("end", _range), ("size", _sizing), ("slippage_value", _slippage_value),
        ("slippage_table", _slippage_table), ("break_even", _stop), ("leverage", _margin), ("fill_share", _fill_rule),
        ("detail", _detail),
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
    if not v["symbols"]:
        raise InvalidInput("choose a symbol to test on")
    if len(set(v["symbols"])) < len(v["symbols"]):
        raise InvalidInput("a symbol is named twice; once is enough")


def _range(v: Values) -> None:
    if v["range"] == RANGES[1] and v["end"] <= v["start"]:
        raise InvalidInput("the end must come after the start")


def _detail(v: Values) -> None:
    if v["detail"] != NO_DETAIL:
        wanted_of({**v, "symbols": ("any",), "range": RANGES[0]})


def _stop(v: Values) -> None:
    if v["break_even"] and v["take_profit"] and v["break_even"] >= v["take_profit"]:
        raise InvalidInput("break-even at or above the target is never reached; make it smaller")


def _day(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)

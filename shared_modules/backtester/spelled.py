"""Terms of a run as people write them, on the command line and in the form, one symbol a text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.market import Category, Instrument, InstrumentStatus, Market
from shared_modules.core.spelled import fraction, number
from shared_modules.matching import Fees, RiskTier

FEES_FORM = "BTCUSDT=0.01%:0.05%"
TIERS_FORM = "BTCUSDT=2000000:0.005:100,inf:0.05:10"
RULES_FORM = "BTCUSDT=tick:0.1,step:0.001"
_RULES = {
    "tick": "tick_size",
    "step": "qty_step",
    "min": "min_qty",
    "max": "max_market_qty",
    "notional": "min_notional",
}


def fees_of(texts: Iterable[str]) -> dict[str, Fees]:
    """'BTCUSDT=0.01%:0.05%': what a symbol's maker and taker pay; raises `InvalidInput` for other texts."""
    found = {}
    for text in texts:
        symbol, given = _named(text, "fees", FEES_FORM)
        maker, colon, taker = given.partition(":")
        if not colon:
            raise InvalidInput(f"'{text}' names no fees; write SYMBOL=maker:taker, such as {FEES_FORM}")
        found[symbol] = Fees(
            fraction(maker.strip(), f"the maker fee of {symbol}"), fraction(taker.strip(), f"the taker fee of {symbol}")
        )
    return found


def tiers_of(texts: Iterable[str]) -> dict[str, tuple[RiskTier, ...]]:
    """'BTCUSDT=2000000:0.005:100,inf:0.05:10': value up to, maintenance rate, most leverage; raises `InvalidInput`."""
    found = {}
    for text in texts:
        symbol, given = _named(text, "risk tiers", TIERS_FORM)
        rows = [[number(part, "a risk tier's part") for part in row.split(":")] for row in given.split(",")]
        if any(len(row) != 3 for row in rows):
            raise InvalidInput(f"a risk tier is LIMIT:RATE:LEVERAGE, such as 2000000:0.005:100; '{given}' is not")
        found[symbol] = tuple(RiskTier(*row) for row in rows)
    return found


def rules_of(texts: Iterable[str]) -> tuple[Instrument, ...]:
    """'BTCUSDT=tick:0.1,step:0.001,min:0.001,notional:5': what is not given is not bounded; raises `InvalidInput`."""
    return tuple(_instrument(text) for text in texts)


def _instrument(text: str) -> Instrument:
    symbol, given = _named(text, "rules", RULES_FORM)
    found: dict[str, Any] = {name: Decimal(0) for name in _RULES.values()}
    for rule in given.split(","):
        name, _, value = rule.partition(":")
        if name.strip() not in _RULES:
            raise UnknownName.of("rule", name.strip(), _RULES)
        found[_RULES[name.strip()]] = _size(value.strip(), f"the {name.strip()} of {symbol}")
    none, most = Decimal(0), found["max_market_qty"]
    return Instrument(
        Market("file", Category.LINEAR, symbol), symbol, "", "", "", InstrumentStatus.TRADING, max_qty=most,
        min_price=none, max_price=none, min_leverage=none, max_leverage=none, leverage_step=none,
        funding_interval_minutes=0, launch_time=0, **found,
    )  # fmt: skip


def _size(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise InvalidInput(f"{what} must be a number, not '{text}'") from None
    if not value.is_finite() or value < 0:
        raise InvalidInput(f"{what} must be 0 or more, not {text}")
    return value


def _named(text: str, what: str, form: str) -> tuple[str, str]:
    symbol, equals, given = text.partition("=")
    if not equals or not symbol.strip() or not given.strip():
        raise InvalidInput(f"'{text}' names no {what}; write them like {form}")
    return symbol.strip().upper(), given

"""From REST results to our types; missing and unknown fields are borne, an empty string means no value.

Each function takes the ``result`` object of an answer. What is not of the documented shape at all raises KeyError,
TypeError or ValueError, which the caller reports as a broken answer.
"""

import logging
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars, Floats
from shared_modules.core.market import (
    Category,
    FundingRate,
    Instrument,
    InstrumentStatus,
    Market,
    OpenInterest,
    OrderBook,
    PublicTrade,
    Side,
    Ticker,
)

Row = Mapping[str, Any]
_log = logging.getLogger(__name__)
_UNLIMITED = Decimal("Infinity")

# wire name -> field of our Ticker; the stream's deltas use it too
TICKER_FIELDS: dict[str, str] = {
    "lastPrice": "last", "bid1Price": "bid", "bid1Size": "bid_size", "ask1Price": "ask", "ask1Size": "ask_size",
    "markPrice": "mark", "indexPrice": "index", "usdIndexPrice": "index", "highPrice24h": "high_24h",
    "lowPrice24h": "low_24h", "prevPrice24h": "previous_24h", "price24hPcnt": "change_24h", "volume24h": "volume_24h",
    "turnover24h": "turnover_24h", "openInterest": "open_interest", "fundingRate": "funding_rate",
}  # fmt: skip
NO_FIGURES: dict[str, float] = dict.fromkeys(TICKER_FIELDS.values(), math.nan)


def number(text: Any) -> float:
    """``text`` as a float; NaN for nothing."""
    return math.nan if text is None or text == "" else float(text)


def whole(text: Any) -> int:
    """``text`` as an int; 0 for nothing."""
    return int(text) if text not in (None, "") else 0


def exact(text: Any, otherwise: Decimal = Decimal(0)) -> Decimal:
    """``text`` as a Decimal; ``otherwise`` for nothing and for what is no number."""
    try:
        return Decimal(str(text)) if text not in (None, "") else otherwise
    except InvalidOperation:
        return otherwise


def rows(result: Any) -> list[Any]:
    """The ``list`` of a result."""
    found = result["list"]
    if not isinstance(found, list):
        raise TypeError(f"'list' is a {type(found).__name__}")
    return found


def cursor(result: Any) -> str:
    """The cursor of the next page, still percent-encoded; empty on the last page."""
    return str(result.get("nextPageCursor") or "")


def bars(result: Any) -> Bars:
    """Candle rows, newest first and perhaps repeated, as bars; rows without volume (mark, index) get 0."""
    found = rows(result)
    if not found:
        return Bars.empty()
    table = _table(found)[::-1]
    if not (np.abs(table[:, 0]) < 1e15).all():
        raise ValueError("a candle without a time that is one")
    times, first = np.unique(table[:, 0].astype(np.int64), return_index=True)
    return Bars(times, *(np.ascontiguousarray(column) for column in table[first, 1:].T))


def _table(found: list[Any]) -> Floats:
    """Time, prices, volume and turnover of each row, shape (n, 7)."""
    try:
        # one conversion for all: a page must not hold up the other threads
        table = np.array(found, object).astype(np.float64)
    except (TypeError, ValueError):
        # something is empty, or rows differ in length
        width = len(COLUMNS)
        table = np.array([([number(x) for x in row[:width]] + [0.0] * width)[:width] for row in found])
    missing = len(COLUMNS) - table.shape[1]
    return np.pad(table, ((0, 0), (0, missing))) if missing > 0 else table[:, : len(COLUMNS)]


def instruments(result: Any, exchange: str, category: Category) -> list[Instrument]:
    """The instruments of one page; a row without a symbol is left out."""
    found = []
    for row in rows(result):
        if isinstance(row, Mapping) and row.get("symbol"):
            found.append(_instrument(row, Market(exchange, category, str(row["symbol"]))))
        else:
            _log.warning("an instrument without a symbol was left out")
    return found


def _instrument(row: Row, market: Market) -> Instrument:
    price, lot, leverage = _part(row, "priceFilter"), _part(row, "lotSizeFilter"), _part(row, "leverageFilter")
    quote = str(row.get("quoteCoin") or "")
    return Instrument(
        market=market,
        base=str(row.get("baseCoin") or ""),
        quote=quote,
        settle=str(row.get("settleCoin") or quote),
        contract_type=str(row.get("contractType") or ("Spot" if market.category is Category.SPOT else "")),
        status=_status(row.get("status")),
        tick_size=exact(price.get("tickSize"), _scale(row)),
        qty_step=exact(lot.get("qtyStep"), exact(lot.get("basePrecision"), Decimal(1))),
        min_qty=exact(lot.get("minOrderQty")),
        max_qty=_first(lot, "maxOrderQty", "maxLimitOrderQty"),
        max_market_qty=_first(lot, "maxMktOrderQty", "maxMarketOrderQty", "maxOrderQty"),
        min_notional=exact(lot.get("minNotionalValue"), exact(lot.get("minOrderAmt"))),
        min_price=exact(price.get("minPrice")),
        max_price=exact(price.get("maxPrice"), _UNLIMITED),
        min_leverage=exact(leverage.get("minLeverage"), Decimal(1)),
        max_leverage=exact(leverage.get("maxLeverage"), Decimal(1)),
        leverage_step=exact(leverage.get("leverageStep"), Decimal("0.01")),
        funding_interval_minutes=whole(row.get("fundingInterval")),
        launch_time=whole(row.get("launchTime")),
        delivery_time=whole(row.get("deliveryTime")),
    )


def _part(row: Row, name: str) -> Row:
    part = row.get(name)
    return part if isinstance(part, Mapping) else {}


def _first(part: Row, *names: str) -> Decimal:
    return next((exact(part[n]) for n in names if part.get(n) not in (None, "")), _UNLIMITED)


def _scale(row: Row) -> Decimal:
    return Decimal(1).scaleb(-whole(row.get("priceScale")))


def _status(name: Any) -> InstrumentStatus:
    try:
        return InstrumentStatus(name)
    except ValueError:
        # a state we do not know is one in which we do not trade
        return InstrumentStatus.TRADING if not name else InstrumentStatus.CLOSED


def tickers(result: Any, time: int) -> list[Ticker]:
    """Tickers of all symbols of a category at ``time``."""
    return [ticker(row, time) for row in rows(result)]


def ticker(row: Row, time: int) -> Ticker:
    figures = NO_FIGURES | {ours: number(row[theirs]) for theirs, ours in TICKER_FIELDS.items() if theirs in row}
    return Ticker(symbol=row["symbol"], time=time, next_funding_time=whole(row.get("nextFundingTime")), **figures)


def order_book(result: Any) -> OrderBook:
    """One whole book, best prices first on both sides."""
    bids, asks = sorted(levels(result["b"]), reverse=True), sorted(levels(result["a"]))
    return OrderBook(result["s"], whole(result.get("ts")), whole(result.get("u")), tuple(bids), tuple(asks))


def levels(pairs: Iterable[Any]) -> list[tuple[float, float]]:
    return [(float(p[0]), float(p[1])) for p in pairs]


def recent_trades(result: Any) -> list[PublicTrade]:
    """Trades oldest first; those of one moment keep the order of their sequence."""
    found = list(rows(result))
    found.reverse()  # newest first on the wire; the sort keeps this order among equals
    found.sort(key=lambda r: (whole(r["time"]), whole(r.get("seq"))))
    return [
        PublicTrade(whole(r["time"]), float(r["price"]), float(r["size"]), Side(r["side"]), str(r["execId"]))
        for r in found
    ]


def funding_rates(result: Any) -> list[FundingRate]:
    found = [FundingRate(whole(r["fundingRateTimestamp"]), number(r["fundingRate"])) for r in rows(result)]
    return sorted(found, key=lambda f: f.time)


def open_interest(result: Any) -> list[OpenInterest]:
    found = [OpenInterest(whole(r["timestamp"]), number(r["openInterest"])) for r in rows(result)]
    return sorted(found, key=lambda o: o.time)


def server_time(result: Any, envelope: int) -> float:
    """The exchange's clock in ms; from the envelope when the result does not say it more finely."""
    nanos = result.get("timeNano") if isinstance(result, Mapping) else None
    return int(nanos) / 1e6 if nanos else float(envelope)

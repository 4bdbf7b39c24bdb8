"""What is traded and what the market says: instruments, candles, trades, tickers, books.

Values that arrive thousands of times a second are msgspec structs, the others frozen dataclasses. Prices in
them are floats for showing and computing; what goes *to* an exchange is Decimal, rounded by the `Instrument`.
"""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

import msgspec

from .timeframes import Timeframe


class Side(StrEnum):
    BUY = "Buy"
    SELL = "Sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1


class GapKind(StrEnum):
    """Why candles are missing."""

    EXCHANGE = "exchange outage"
    NO_TRADES = "no trades"
    OURS = "our fault"
    UNREPAIRED = "unrepaired"


class Category(StrEnum):
    LINEAR = "linear"
    INVERSE = "inverse"
    SPOT = "spot"


@dataclass(frozen=True, slots=True, order=True)
class Market:
    """One thing traded in one place."""

    exchange: str
    category: Category
    symbol: str
    # markets and series are keys of most dictionaries: computed once, thousands of times a second would be much
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.exchange, self.category.value, self.symbol)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Market"], tuple[str, Category, str]]:
        # texts hash otherwise in another process
        return Market, (self.exchange, self.category, self.symbol)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.category.value}:{self.symbol}"


@dataclass(frozen=True, slots=True)
class Series:
    """The candles of one market at one timeframe."""

    market: Market
    timeframe: Timeframe
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.market, self.timeframe)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Series"], tuple[Market, Timeframe]]:
        return Series, (self.market, self.timeframe)

    def __str__(self) -> str:
        return f"{self.market.symbol} {self.timeframe.name}"


class InstrumentStatus(StrEnum):
    PRELAUNCH = "PreLaunch"
    TRADING = "Trading"
    DELIVERING = "Delivering"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class Instrument:
    """The exchange's rules for one market; quantities in base coin, prices and notional in quote coin."""

    market: Market
    base: str
    quote: str
    settle: str
    contract_type: str
    status: InstrumentStatus
    tick_size: Decimal
    qty_step: Decimal
    min_qty: Decimal
    max_qty: Decimal
    max_market_qty: Decimal
    min_notional: Decimal
    min_price: Decimal
    max_price: Decimal
    min_leverage: Decimal
    max_leverage: Decimal
    leverage_step: Decimal
    funding_interval_minutes: int
    launch_time: int
    delivery_time: int = 0

    @property
    def symbol(self) -> str:
        return self.market.symbol

    @property
    def price_decimals(self) -> int:
        return decimals(self.tick_size)

    @property
    def qty_decimals(self) -> int:
        return decimals(self.qty_step)

    def round_price(self, price: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
        """``price`` on the tick grid."""
        return ((price / self.tick_size).to_integral_value(rounding) * self.tick_size).quantize(self.tick_size)

    def round_qty(self, qty: Decimal) -> Decimal:
        """``qty`` rounded down to the quantity step."""
        return ((qty / self.qty_step).to_integral_value(ROUND_DOWN) * self.qty_step).quantize(self.qty_step)

    def refusal(self, qty: Decimal, price: Decimal, market_order: bool = False) -> str | None:
        """Why the exchange would refuse an order of ``qty`` at ``price``, in a sentence; None when it would not."""
        most = self.max_market_qty if market_order else self.max_qty
        if not (qty.is_finite() and price.is_finite()):
            return f"quantity {qty} at price {price} is not a number"
        # ranges first: a value far outside has too many digits to be put on the grid
        if qty < self.min_qty:
            return f"quantity {qty} is below the minimum {self.min_qty}"
        if qty > most:
            return f"quantity {qty} is above the maximum {most}"
        if qty != self.round_qty(qty):
            return f"quantity {qty} is not a multiple of the step {self.qty_step}"
        if not self.min_price <= price <= self.max_price:
            return f"price {price} is outside {self.min_price} to {self.max_price}"
        if price != self.round_price(price):
            return f"price {price} is not a multiple of the tick {self.tick_size}"
        if qty * price < self.min_notional:
            return f"value {qty * price} {self.quote} is below the minimum {self.min_notional} {self.quote}"
        return None


def decimals(step: Decimal) -> int:
    """Digits after the point that ``step`` needs; 0 for whole steps."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar; ``time`` is its open in ms UTC, ``confirmed`` says that the exchange will not change it again."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    confirmed: bool = False


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """One trade of the tape; ``side`` is the taker's."""

    time: int
    price: float
    size: float
    side: Side
    id: str


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The newest figures of one market; NaN where the exchange has told none. ``change_24h`` is a fraction."""

    symbol: str
    time: int
    last: float
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    mark: float
    index: float
    high_24h: float
    low_24h: float
    previous_24h: float
    change_24h: float
    volume_24h: float
    turnover_24h: float
    open_interest: float
    funding_rate: float
    next_funding_time: int


class OrderBook(msgspec.Struct, frozen=True, gc=False):
    """Price levels, best first: ``bids`` falling and ``asks`` rising, each (price, size)."""

    symbol: str
    time: int
    update_id: int
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class FundingRate(msgspec.Struct, frozen=True, gc=False):
    """The rate paid at ``time``; a fraction of the position's value, positive when longs pay."""

    time: int
    rate: float


class OpenInterest(msgspec.Struct, frozen=True, gc=False):
    """Open contracts at ``time`` in base coin."""

    time: int
    value: float

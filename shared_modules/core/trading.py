"""What we want and what became of it: signals, orders, fills, positions, balances, round trips."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from .market import Market, Side


class OrderType(StrEnum):
    MARKET = "Market"
    LIMIT = "Limit"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "PostOnly"


class OrderStatus(StrEnum):
    """States of an order; `UNKNOWN` is a state, never a failure: only the exchange's answer ends an order."""

    PENDING = "Pending"
    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    UNTRIGGERED = "Untriggered"
    TRIGGERED = "Triggered"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    DEACTIVATED = "Deactivated"
    UNKNOWN = "Unknown"

    @property
    def final(self) -> bool:
        return self in (OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.DEACTIVATED)


class ExitReason(StrEnum):
    """Why a position was left; the texts appear in results and files."""

    SIGNAL = "signal"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    REVERSE = "reverse"
    LIQUIDATION = "liquidation"
    END = "end"
    TRAILING_STOP = "trailing_stop"
    BREAK_EVEN = "break_even"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Signal:
    """A strategy's opinion: ``direction`` +1, 0 or -1 with a ``confidence`` from 0 to 1 and its reasons."""

    market: Market
    time: int
    strategy: str
    direction: int
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.direction not in (-1, 0, 1):
            raise ValueError(f"a direction is -1, 0 or 1, not {self.direction}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, not {self.confidence}")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as we know it; ``link_id`` is ours and written down before anything is sent."""

    market: Market
    link_id: str
    side: Side
    type: OrderType
    qty: Decimal
    status: OrderStatus = OrderStatus.PENDING
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    order_id: str = ""
    filled_qty: Decimal = Decimal(0)
    average_price: Decimal | None = None
    created: int = 0
    updated: int = 0
    reason: str = ""

    @property
    def remaining(self) -> Decimal:
        return self.qty - self.filled_qty


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution, exactly as the exchange told it; ``fee`` above zero is paid."""

    market: Market
    order_id: str
    execution_id: str
    side: Side
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    is_maker: bool
    time: int
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """What is held in one market; ``size`` is signed, above zero long."""

    market: Market
    size: Decimal
    entry_price: Decimal
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    leverage: Decimal = Decimal(1)
    realised_pnl: Decimal = Decimal(0)
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    opened: int = 0

    @property
    def unrealised_pnl(self) -> Decimal | None:
        """Profit at the mark price in quote coin (linear contracts); None while no mark price is known."""
        return None if self.mark_price is None else (self.mark_price - self.entry_price) * self.size


@dataclass(frozen=True, slots=True)
class Balance:
    """One coin of an account, in coin units."""

    coin: str
    wallet: Decimal
    available: Decimal
    unrealised_pnl: Decimal = Decimal(0)

    @property
    def equity(self) -> Decimal:
        return self.wallet + self.unrealised_pnl


@dataclass(frozen=True, slots=True)
class Account:
    """An account at one instant."""

    exchange: str
    time: int
    balances: tuple[Balance, ...]
    positions: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True)
class PartialExit:
    """One of the exits of a round trip."""

    time: int
    price: float
    qty: float
    fee: float
    reason: ExitReason


@dataclass(frozen=True, slots=True)
class Trade:
    """A round trip: entry to last exit; ``pnl`` is after ``fees`` and ``funding``, all in quote coin."""

    symbol: str
    side: Side
    qty: float
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    fees: float
    pnl: float
    exit_reason: ExitReason
    funding: float = 0.0
    bars: int = 0
    entry_reason: str = ""
    mae: float = 0.0
    mfe: float = 0.0
    exits: tuple[PartialExit, ...] = field(default=())

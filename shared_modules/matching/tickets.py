"""What is asked of a market one order at a time, and what is told about it."""

import math
from dataclasses import dataclass

from shared_modules.core.errors import InvalidInput, OutOfRange
from shared_modules.core.market import Side
from shared_modules.core.trading import OrderStatus, TimeInForce

from .orders import Outcome

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order of ``qty`` base coin: at the market, at a ``limit``, once ``trigger`` trades, or both (stop-limit).

    ``stop`` and ``target`` hold for the position it opens. ``reduce_only`` never opens one. Orders of the same
    ``group`` above 0 cancel each other. Raises `OutOfRange` or `InvalidInput` for what no market would take.
    """

    symbol: str
    side: Side
    qty: float
    limit: float | None = None
    trigger: float | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    stop: float | None = None
    target: float | None = None
    group: int = 0

    def __post_init__(self) -> None:
        for name in ("qty", "limit", "trigger", "stop", "target"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < math.inf:
                raise OutOfRange(f"the {name} of an order must be above 0, not {value}")
        if self.time_in_force is TimeInForce.POST_ONLY and self.limit is None:
            raise InvalidInput("a post-only order needs a limit price; an order at the market always takes")
        if self.group < 0:
            raise OutOfRange(f"the group of an order is 0 for none or a number above it, not {self.group}")

    @property
    def direction(self) -> int:
        """+1 buys, -1 sells."""
        return 1 if self.side is Side.BUY else -1


@dataclass(frozen=True, slots=True)
class OrderReport:
    """Where an order stands; ``average`` is the mean fill price, NaN before any, ``outcome`` says why it ended."""

    number: int
    ticket: Ticket
    status: OrderStatus
    filled: float = 0.0
    left: float = 0.0
    average: float = NAN
    outcome: str = ""


ENDED = {
    Outcome.FILLED: OrderStatus.FILLED,
    Outcome.CANCELLED: OrderStatus.CANCELLED,
    Outcome.UNFILLED: OrderStatus.CANCELLED,
    Outcome.WAITING: OrderStatus.CANCELLED,
    Outcome.PARTLY_FILLED: OrderStatus.CANCELLED,
}

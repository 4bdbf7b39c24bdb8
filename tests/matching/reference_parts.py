"""What the plain reference holds: an order, a position, an exit that waits."""

import math
from dataclasses import dataclass, field

NAN = float("nan")


def given(*values):
    return [v for v in values if v is not None and not math.isnan(v)]


@dataclass
class Order:
    """A waiting entry."""

    sign: int
    row: int
    adds: bool
    ask: dict
    limit: float
    trigger: float
    opens: int = 0
    left: float | None = None
    partly: bool = False
    last_row: int = -1

    @property
    def strength(self):
        return self.ask.get("strength", NAN)


@dataclass
class Position:
    sign: int
    time: int
    row: int
    qty: float = 0.0
    price: float = 0.0
    fees: float = 0.0
    margin: float = 0.0
    entered: float = 0.0
    entries: int = 0
    stop: float = NAN
    kind: str = "stop_loss"
    target: float = NAN
    ladder: list = field(default_factory=list)
    trail: float = NAN
    even: float = NAN
    bars: float = NAN
    pnl: float = 0.0
    funding: float = 0.0
    sold: list = field(default_factory=list)


@dataclass
class Exit:
    """A decided exit that waits."""

    reason: str
    limit: float = NAN
    share: float = NAN
    left: float | None = None
    rested: bool = False

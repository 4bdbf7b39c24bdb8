"""What the plain reference holds: decimals, an order, a rung, a position, an exit that waits."""

import math
from dataclasses import dataclass, field
from decimal import Context, Decimal, setcontext

setcontext(Context(prec=40))
ZERO, ONE, DUST = Decimal(0), Decimal(1), Decimal("1e-9")
NEVER = Decimal("Infinity")


def dec(value):
    """``value`` as people write it; None for what is not given."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return Decimal("Infinity") if value == math.inf else Decimal(repr(float(value)))


def nearest(sign, *levels):
    """The level that a price moving in the direction of ``sign`` meets first, None without any."""
    levels = [sign * x for x in levels if x is not None]
    return sign * min(levels) if levels else None


def at_or_past(sign, price, level):
    """Whether ``price`` has moved in the direction of ``sign`` as far as ``level``."""
    return level is not None and sign * price >= sign * level


@dataclass
class Order:
    """A waiting entry."""

    sign: int
    row: int
    adds: bool
    ask: dict
    limit: Decimal | None
    trigger: Decimal | None
    opens: int = 0
    left: Decimal | None = None
    partly: bool = False
    last_row: int = -1


@dataclass
class Rung:
    """One price of a grid: it buys, then sells what it bought at its target."""

    sign: int
    entry: Decimal
    target: Decimal | None
    share: Decimal
    number: int
    limit: Decimal
    selling: bool = False
    again: bool = True
    opens: int = 0
    left: Decimal | None = None
    done: Decimal = ZERO
    row: int = -1
    fresh: bool = False


@dataclass
class Grid:
    """What the newest wish for a grid has told of itself."""

    sign: int
    row: int
    ask: dict
    numbers: set
    met: set = field(default_factory=set)
    told: str = ""


@dataclass
class Position:
    sign: int
    time: int
    row: int
    qty: Decimal = ZERO
    price: Decimal = ZERO
    fees: Decimal = ZERO
    margin: Decimal = ZERO
    entered: Decimal = ZERO
    entries: int = 0
    stop: Decimal | None = None
    kind: str = "stop_loss"
    target: Decimal | None = None
    ladder: list = field(default_factory=list)
    trail: Decimal | None = None
    even: Decimal | None = None
    bars: Decimal | None = None
    pnl: Decimal = ZERO
    funding: Decimal = ZERO
    borrow: Decimal = ZERO
    sold: list = field(default_factory=list)


@dataclass
class Exit:
    """A decided exit that waits."""

    reason: str
    limit: Decimal | None = None
    share: Decimal | None = None
    left: Decimal | None = None
    rested: bool = False
    trigger: Decimal | None = None

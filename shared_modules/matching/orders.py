"""How resting orders are filled, and what became of each wish to enter."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from shared_modules.core.errors import OutOfRange, UnknownName
from shared_modules.core.trading import TimeInForce

TOUCH, THROUGH, VOLUME = range(3)
FILL_RULES: dict[str, tuple[int, str]] = {
    "touch": (TOUCH, "a resting order fills when its price is touched"),
    "through": (THROUGH, "a resting order fills when the price went beyond it"),
    "volume": (VOLUME, "a resting order fills when its price is touched, and no order gets more than a share of a "
                       "bar's volume"),
}  # fmt: skip

GTC, IOC, FOK, POST_ONLY = range(4)
TIMES_IN_FORCE: dict[TimeInForce, int] = {
    TimeInForce.GTC: GTC,
    TimeInForce.IOC: IOC,
    TimeInForce.FOK: FOK,
    TimeInForce.POST_ONLY: POST_ONLY,
}


def constant(value: int) -> int:
    """``value`` for compiled steps to hand on: numba makes a step of its own for each plain int."""
    return np.int64(value)  # type: ignore[return-value]


NO: bool
YES: bool
NO, YES = np.bool_(False), np.bool_(True)  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class FillRule:
    """``kind`` is one of `FILL_RULES`; ``share`` of a bar's volume is what 'volume' lets one order have."""

    kind: str = "touch"
    share: float = 0.1

    def __post_init__(self) -> None:
        if self.kind not in FILL_RULES:
            raise UnknownName.of("fill rule", self.kind, FILL_RULES)
        if not 0.0 < self.share <= 1.0:
            raise OutOfRange(f"the share of a bar's volume must be above 0 and at most 1, not {self.share}")

    @property
    def code(self) -> int:
        """The kind as the kernel's number."""
        return FILL_RULES[self.kind][0]

    def __str__(self) -> str:
        return f"{FILL_RULES[self.kind][1]}" + (f" ({self.share:g})" if self.kind == "volume" else "")


class Outcome(StrEnum):
    """What became of a wish to enter; the texts appear in results and files."""

    FILLED = "filled"
    PARTLY_FILLED = "partly filled"
    WAITING = "still waiting at the end"
    HELD = "position already held"
    BOTH_WAYS = "wishes for both directions"
    NO_NEXT_BAR = "no bar after the signal"
    REPLACED = "replaced by a newer wish"
    CANCELLED = "withdrawn"
    EXPIRED = "expired unfilled"
    UNFILLED = "not filled at once"
    POST_ONLY = "post-only would have filled at once"
    CASH = "not enough free cash"
    NO_STOP = "no stop to measure the risk by"
    NO_UNIT = "no volatility known yet"
    NO_EDGE = "Kelly's share is nothing"
    STEP = "below one quantity step"
    MIN_QTY = "below the smallest quantity"
    MAX_QTY = "above the largest quantity"
    MIN_NOTIONAL = "below the smallest notional"
    RISK_LIMIT = "leverage above the risk tier's"
    MAX_POSITIONS = "as many positions as allowed"
    NO_POSITION = "nothing to reduce"
    TOO_MANY = "as many open orders as allowed"


# the kernel's code of an outcome is its place from 1 on; 0 stands for no wish
OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)
CODES: dict[Outcome, int] = {outcome: constant(i + 1) for i, outcome in enumerate(OUTCOMES)}

"""What a simulated exchange is asked to be, and where it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shared_modules.core.errors import InvalidInput, OutOfRange

# from this speed on the pace is set by the consumers, and a replay waits for the first of them
AS_FAST_AS_POSSIBLE = 10_000.0
# above this speed a consumer that lags is waited for instead of being cut off
LOSSLESS = 20.0
MOST_SYMBOLS = 2_000


@dataclass(frozen=True, slots=True)
class VenueOptions:
    """A synthetic market of ``symbols`` (a number, or names), or a replay of the candle files in ``replay``.

    ``speed``: exchange seconds per real second. ``start``: exchange time in ms UTC at which it begins. ``port``: 0
    takes a free one. ``ack_delay``: seconds until a subscription is answered. ``snapshot_first``: the first data of a
    topic goes out before its ack. ``queue``: messages that may wait for one consumer before it is cut off. ``faults``:
    path of a fault script. ``limits``: keep the real exchange's limits per address.
    """

    seed: int = 7
    symbols: int | tuple[str, ...] = 12
    replay: tuple[str, ...] = ()
    speed: float = 1.0
    port: int = 0
    host: str = "127.0.0.1"
    start: int | None = None
    ack_delay: float = 0.05
    snapshot_first: bool = False
    queue: int = 20_000
    faults: str | None = None
    limits: bool = False

    def check(self) -> None:
        """Raise `OutOfRange` or `InvalidInput` for what cannot be."""
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise OutOfRange(f"the speed must be a number above 0, not {self.speed}")
        if not 0 <= self.port <= 65_535:
            raise OutOfRange(f"a port lies between 0 and 65535, not {self.port}")
        if isinstance(self.symbols, int):
            if not 1 <= self.symbols <= MOST_SYMBOLS:
                raise OutOfRange(f"the number of symbols lies between 1 and {MOST_SYMBOLS}, not {self.symbols}")
        elif not self.symbols and not self.replay:
            raise InvalidInput("name at least one symbol")


@dataclass(frozen=True, slots=True)
class VenueAddresses:
    """Where it answers: ``rest`` without a path, ``public_ws`` up to ``/v5/public`` without the category."""

    rest: str
    public_ws: str
    symbols: tuple[str, ...] = ()

"""What a market tells beside its trades: mark and index price, premium, funding, open interest, the day's figures."""

from __future__ import annotations

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.timeframes import DAY, HOUR, MINUTE, TIMEFRAMES, Timeframe

from .contracts import Contract
from .feed import Feed, past, running
from .kept import Kept
from .noise import Ints, bits, key, part, smooth
from .ticks import Row, Ticks

OI_INTERVALS = {"5min": "5m", "15min": "15m", "30min": "30m", "1h": "1h", "4h": "4h", "1d": "1d"}
FUNDING_CAP = 0.005
_GRID = 5 * MINUTE


class Figures:
    """Derived figures of a feed, functions of seed, symbol and time like the feed itself."""

    def __init__(self, seed: int, feed: Feed) -> None:
        self._seed = seed
        self._feed = feed
        self._keys: dict[tuple[str, str], np.uint64] = {}
        self._once: Kept[tuple[str, str, int], float] = Kept(8_000)
        self._days: dict[str, tuple[int, Row | None, int, int]] = {}

    def _key(self, symbol: str, name: str) -> np.uint64:
        found = self._keys.get((symbol, name))
        if found is None:
            found = self._keys[symbol, name] = key(self._seed, symbol, name)
        return found

    def basis(self, symbol: str, kind: str, time: Ints) -> Floats:
        """Distance of the ``kind`` ('mark' or 'index') price from the last price, a fraction; constant for an hour."""
        width = 0.00012 if kind == "mark" else 0.0005
        return np.asarray((part(bits(self._key(symbol, kind), time // HOUR), 0) - 0.5) * width)

    def price(self, symbol: str, kind: str, last: int, now: int) -> int:
        """The ``kind`` price in ticks when the last price is ``last``."""
        at = (symbol, kind, now // HOUR)
        factor = self._once.get(at)
        if factor is None:
            factor = 1 + float(self.basis(symbol, kind, np.array([now]))[0])
            self._once.keep(at, factor)
        return max(1, round(last * factor))

    def funding_at(self, contract: Contract, time: int) -> float:
        """The funding rate that is settled at ``time``."""
        at = (contract.symbol, "funding", time)
        found = self._once.get(at)
        if found is None:
            found = float(self.funding(contract, np.array([time]))[0])
            self._once.keep(at, found)
        return found

    def interest_now(self, contract: Contract, now: int) -> int:
        """Open contracts of both sides in steps at ``now``."""
        at = (contract.symbol, "interest", now // _GRID)
        found = self._once.get(at)
        if found is None:
            found = float(self.open_interest(contract, np.array([now]))[0])
            self._once.keep(at, found)
        return int(found)

    def kind_bars(self, symbol: str, kind: str, timeframe: Timeframe, start: int, end: int, now: int) -> Ticks:
        """Candles of the mark or index price that open in [start, end), with the running one at ``now``."""
        fine = timeframe if timeframe.ms <= HOUR or self._feed.base(symbol) >= HOUR else TIMEFRAMES["1h"]
        first, last = timeframe.floor(start), min(timeframe.next(end - 1), now + 1)
        found = self._feed.bars(symbol, fine, first, fine.floor(now))
        found = found.between(first, last)
        live = running(self._feed, symbol, fine, now)
        if live is not None and first <= live.time < last:
            found = Ticks.joined([found, _single(live)])
        if not len(found):
            return found
        factor = 1 + self.basis(symbol, kind, found.time)
        prices = [np.maximum(1, np.rint(c * factor)).astype(np.int64) for c in found.columns()[1:5]]
        found = Ticks(found.time, prices[0], prices[1], prices[2], prices[3], found.volume, found.turnover)
        return (found if fine is timeframe else found.grouped(timeframe)).between(start, end)

    def funding(self, contract: Contract, time: Ints) -> Floats:
        """The funding rate that is settled at each ``time``; a fraction to eight decimals."""
        symbol = contract.symbol
        slow = smooth(self._key("", "mood"), time, 9 * DAY) + smooth(self._key(symbol, "mood"), time, 4 * DAY)
        quick = part(bits(self._key(symbol, "funding"), time // HOUR), 0) - 0.5
        rate = 0.0001 * contract.funding_minutes / 480 + 0.00011 * slow + 0.00005 * quick
        # a premium within the band leaves the interest rate alone, as on the exchange
        rate = np.minimum(rate, 0.0001 * contract.funding_minutes / 480 + np.maximum(rate - 0.00018, 0) * 4)
        return np.asarray(np.round(np.clip(rate, -FUNDING_CAP, FUNDING_CAP), 8), np.float64)

    def next_funding(self, contract: Contract, now: int) -> int:
        interval = contract.funding_minutes * MINUTE
        return (now // interval + 1) * interval

    def open_interest(self, contract: Contract, time: Ints) -> Ints:
        """Open contracts of both sides in steps at each ``time``; changes every five minutes."""
        at = time // _GRID * _GRID
        name = contract.symbol
        shape = 0.35 * smooth(self._key(name, "oi"), at, 6 * DAY) + 0.06 * smooth(
            self._key(name, "oi fast"), at, 6 * HOUR
        )
        shape = shape + 0.004 * (part(bits(self._key(name, "oi now"), at // _GRID), 0) - 0.5)
        base = contract.daily_turnover * 0.4 / contract.price * 10.0**contract.size_decimals
        return np.asarray(np.maximum(2, 2 * np.rint(base * np.exp(shape) / 2)), np.int64)

    def day(self, symbol: str, now: int) -> tuple[Row | None, int, int]:
        """The last 24 h as one candle, the price 24 h ago and the price 1 h ago, in ticks (0 when unknown)."""
        tape = self._feed.tape(symbol, now)
        base = self._feed.base(symbol)
        minute = now // base * base if tape is None else tape.row.time
        known = self._days.get(symbol)
        if known is None or known[0] != minute:
            coarse = self._feed.coarse(symbol)
            start = coarse.floor(minute - DAY)
            before = past(self._feed, symbol, start, minute)
            known = (minute, before, before.open if before else 0, self._open_at(symbol, minute - HOUR))
            self._days[symbol] = known
        _, whole, yesterday, hour = known
        live = None if tape is None else tape.so_far(now)
        if whole is None:
            return live, 0 if live is None else live.open, 0 if live is None else live.open
        return whole.then(live), yesterday, hour or yesterday

    def _open_at(self, symbol: str, time: int) -> int:
        found = self._feed.tape(symbol, time)
        return 0 if found is None else found.row.open


def _single(row: Row) -> Ticks:
    values = (row.time, row.open, row.high, row.low, row.close, row.volume, row.turnover)
    return Ticks(*(np.array([v], np.int64) for v in values))

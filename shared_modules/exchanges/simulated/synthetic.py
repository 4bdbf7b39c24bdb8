"""A market made from a seed: days from a chain of regimes, hours from days, minutes from hours, trades from minutes.

It is a pure function of seed, symbol and time. Days are drawn first (a market factor and each symbol's own part, both
with regimes of drift and volatility); what happens within a day is divided out of it level by level, so that long
candles are cheap and short ones agree with them exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.timeframes import DAY, MINUTE, TIMEFRAMES, Timeframe

from .cascade import Level, divided
from .contracts import EPOCH, Contract, contract, names
from .kept import Kept
from .noise import Ints, bits, key, normal, part
from .tape import Tape, tape
from .ticks import Ticks

_SPAN = 256
DAYS = 37 * _SPAN  # from the epoch into 2045
BLOCK = 4  # days computed together
_QUARTER = TIMEFRAMES["15m"]
# a span for which minutes, which streams need anyway, are cheaper than blocks
_FEW_DAYS = 3 * DAY
_MOST_VOLUME = 10**13
# European and American hours move and trade most
_HOURS = np.array([0.95, 0.9, 0.85, 0.8, 0.75, 0.75, 0.8, 0.95, 1.05, 1.05, 1.0, 0.95,
                   1.05, 1.3, 1.5, 1.45, 1.3, 1.15, 1.05, 1.0, 0.95, 0.9, 0.9, 0.85])  # fmt: skip
# drift and volatility of a day in units of the usual one: calm, rising, falling, wild
_DRIFT = np.array([0.02, 0.14, -0.12, -0.05])
_WILDNESS = np.array([0.65, 1.0, 1.15, 2.1])


@dataclass(frozen=True, slots=True)
class _Days:
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints


class SyntheticFeed:
    """A `Feed` of ``symbols`` (a number, or names) from ``seed``."""

    def __init__(self, seed: int, symbols: int | tuple[str, ...]) -> None:
        self._seed = seed
        chosen = names(symbols) if isinstance(symbols, int) else list(dict.fromkeys(symbols))
        self._contracts = {s: contract(s, i + 1, seed) for i, s in enumerate(chosen)}
        self._told = dict(self._contracts)
        self._days: dict[str, _Days] = {}
        # the figures of 24 hours need two days of each symbol, and midnight a third
        self._minutes: Kept[tuple[str, int], Ticks] = Kept(max(700, 3 * len(chosen)))
        self._quarters: Kept[tuple[str, int], Ticks] = Kept(6_000)
        self._daily: dict[tuple[str, int], Ticks] = {}
        self._tapes: Kept[tuple[str, int], Tape] = Kept(max(4_000, 5 * len(chosen)))
        self._market = _market_factor(seed)

    @property
    def contracts(self) -> Mapping[str, Contract]:
        return self._told

    def relist(self, contract: Contract) -> None:
        self._told[contract.symbol] = contract

    def offers(self, symbol: str, timeframe: Timeframe) -> bool:
        return True

    def base(self, symbol: str) -> int:
        return MINUTE

    def coarse(self, symbol: str) -> Timeframe:
        return _QUARTER

    def bars(self, symbol: str, timeframe: Timeframe, start: int, end: int, limit: int | None = None) -> Ticks:
        start = max(start, timeframe.floor(self._contracts[symbol].launch))
        if end <= start:
            return Ticks.empty()
        last = timeframe.next(end - 1)
        if limit is not None:
            start = max(start, timeframe.floor(last - limit * (31 * DAY if timeframe.is_month else timeframe.ms)))
        found = self._whole(symbol, timeframe, timeframe.floor(start), last).between(start, end)
        return found if limit is None else found[max(0, len(found) - limit) :]

    def _whole(self, symbol: str, timeframe: Timeframe, start: int, end: int) -> Ticks:
        """Candles of [start, end), edges of ``timeframe``, from the longest known ones that add up to them."""
        first = max(start, self._contracts[symbol].launch)
        if timeframe.ms < _QUARTER.ms or (end - first <= _FEW_DAYS and timeframe.ms < DAY):
            days = range(first // DAY, (end - 1) // DAY + 1)
            minutes = Ticks.joined([self._minutes_of(symbol, d) for d in days]).between(start, end)
            return minutes if timeframe.ms == MINUTE else minutes.grouped(timeframe)
        blocks = range(_block(first), _block(end - 1) + 1)
        wanted = self._daily_of if timeframe.ms >= DAY else self._quarters_of
        found = Ticks.joined([wanted(symbol, b) for b in blocks]).between(start, end)
        return found if timeframe.ms in (_QUARTER.ms, DAY) else found.grouped(timeframe)

    def prepare(self, symbol: str, timeframe: Timeframe, start: int, end: int) -> Iterator[None]:
        if timeframe.ms >= _QUARTER.ms:
            first = max(start, self._contracts[symbol].launch)
            for block in range(_block(first), _block(end - 1) + 1):
                self._daily_of(symbol, block)
                yield

    def tape(self, symbol: str, time: int) -> Tape | None:
        rules = self._contracts[symbol]
        if time < rules.launch:
            return None
        minute = time // MINUTE
        found = self._tapes.get((symbol, minute))
        if found is None:
            day = self._minutes_of(symbol, time // DAY)
            at = minute - time // DAY * 1440
            trades = 150 if rules.daily_turnover > 2e9 else 90 if rules.daily_turnover > 2e8 else 60
            found = tape(key(self._seed, symbol, "tape"), day[at : at + 1].rows()[0], MINUTE, trades, True)
            self._tapes.keep((symbol, minute), found)
        return found

    def _minutes_of(self, symbol: str, day: int) -> Ticks:
        found = self._minutes.get((symbol, day))
        if found is None:
            # who asks for a day first asks for the one before it too: both cost little more than one
            first = day if self._minutes.get((symbol, day - 1)) is not None else max(day - 1, EPOCH // DAY)
            both = self._computed(symbol, first, day + 1)
            for one in range(first, day + 1):
                found = both.between(one * DAY, (one + 1) * DAY)
                self._minutes.keep((symbol, one), found)
        assert found is not None
        return found

    def _quarters_of(self, symbol: str, block: int) -> Ticks:
        found = self._quarters.get((symbol, block))
        if found is None:
            start = EPOCH // DAY + block * BLOCK
            found = self._computed(symbol, start, start + BLOCK).grouped(_QUARTER)
            found = found.between(self._contracts[symbol].launch, 1 << 62)
            self._quarters.keep((symbol, block), found)
            self._daily[symbol, block] = found.grouped(TIMEFRAMES["1d"])
        return found

    def _daily_of(self, symbol: str, block: int) -> Ticks:
        if (symbol, block) not in self._daily:
            self._quarters_of(symbol, block)
        return self._daily[symbol, block]

    def _computed(self, symbol: str, first: int, last: int) -> Ticks:
        """Minutes of the days [first, last), counted from 1970."""
        days = self._days_of(symbol, last - EPOCH // DAY)
        rows = slice(first - EPOCH // DAY, last - EPOCH // DAY)
        level = Level(
            np.arange(first, last),
            days.open[rows],
            days.high[rows],
            days.low[rows],
            days.close[rows],
            days.volume[rows],
        )
        rho = 0.9 if self._contracts[symbol].daily_turnover > 3e8 else 0.7
        for name, k, season in (("hour", 24, _HOURS), ("quarter", 4, np.ones(4)), ("minute", 15, np.ones(15))):
            level = divided(level, k, self._key(symbol, name), self._key("", name), rho, season)
        # the mean price of a minute; its trades are sized to it
        turnover = (level.open + level.high + level.low + level.close) * level.volume // 4
        return Ticks(level.index * MINUTE, level.open, level.high, level.low, level.close, level.volume, turnover)

    def _key(self, symbol: str, name: str) -> np.uint64:
        return _keyed(self._seed, symbol, name)

    def _days_of(self, symbol: str, until: int) -> _Days:
        """At least the days before ``until``, counted from the epoch; what is computed does not depend on how many."""
        found = self._days.get(symbol)
        if found is None or len(found.open) < until:
            count = min(DAYS, (until // _SPAN + 2) * _SPAN)
            found = self._days[symbol] = _days(self._seed, self._contracts[symbol], self._market[:count])
        return found


@cache
def _keyed(seed: int, symbol: str, name: str) -> np.uint64:
    return key(seed, symbol, name)


def _block(time: int) -> int:
    return (time - EPOCH) // DAY // BLOCK


def _regimes(at: np.uint64, leave: float, count: int = DAYS) -> Ints:
    """The regime of each of ``count`` days: a Markov chain that leaves its state with probability ``leave``."""
    days = np.arange(count)
    random = bits(at, days)
    since = np.maximum.accumulate(np.where(part(random, 0) < leave, days, 0))
    return np.asarray(np.searchsorted([0.42, 0.68, 0.88], part(random, 1)[since]))


def _market_factor(seed: int) -> Floats:
    """Returns of the whole market a day, in units of its usual deviation."""
    regime = _regimes(key(seed, "market regime"), 0.06)
    z = normal(bits(key(seed, "market"), np.arange(DAYS)))
    return np.asarray(_DRIFT[regime] + _WILDNESS[regime] * z)


def _days(seed: int, rules: Contract, market: Floats) -> _Days:
    """Candles of a symbol's days, as many as ``market`` has; the price is drawn back to its base over the years."""
    at, count = key(seed, rules.symbol, "days"), len(market)
    regime = _regimes(key(seed, rules.symbol, "regime"), 0.1, count)
    random = bits(at, np.arange(count))
    share = 0.8 if rules.daily_turnover > 3e8 else 0.65
    own = normal(bits(key(seed, rules.symbol, "own"), np.arange(count))) * _WILDNESS[regime] * 0.9
    wanted = (share * market + np.sqrt(1 - share * share) * own) * rules.volatility
    # over the years the price stays within a factor of a few of its base price
    keep = 1 - max(0.002, 1.7 * rules.volatility**2)
    path = _pulled(np.clip(wanted, -0.35, 0.3), keep, (float(part(random[:1], 0)[0]) - 0.5) * 0.8)
    scale = 10**rules.price_decimals
    close = np.maximum(np.rint(rules.price * np.exp(path) * scale), 50).astype(np.int64)
    opens = np.concatenate((close[:1], close[:-1]))
    sigma = rules.volatility * (0.5 + 0.5 * _WILDNESS[regime]) * opens
    move = (close - opens).astype(float)
    up = (move + np.sqrt(move * move - 2 * sigma**2 * np.log(part(random, 1)))) / 2
    down = (move - np.sqrt(move * move - 2 * sigma**2 * np.log(part(random, 2)))) / 2
    high = np.maximum(opens + np.rint(up), np.maximum(opens, close)).astype(np.int64)
    low = np.minimum(opens + np.rint(down), np.minimum(opens, close))
    low = np.maximum(low, np.rint(np.minimum(opens, close) * 0.7)).astype(np.int64)
    busy = np.exp(0.8 * (part(random, 3) - 0.5)) * (0.6 + 0.4 * (high - low) / (1.6 * rules.volatility * opens))
    volume = rules.daily_turnover * busy / (close / scale) * 10.0**rules.size_decimals
    return _Days(opens, high, low, close, np.clip(volume, 500_000, _MOST_VOLUME).astype(np.int64))


def _pulled(moves: Floats, keep: float, x: float) -> Floats:
    """The path x = keep * x + move, span by span so that no power grows too large."""
    powers = keep ** np.arange(1, _SPAN + 1)
    parts = []
    for start in range(0, len(moves), _SPAN):
        parts.append(powers * (x + np.cumsum(moves[start : start + _SPAN] / powers)))
        x = float(parts[-1][-1])
    return np.concatenate(parts)

"""The trades inside one short candle: open, extremes and close in a likely order, volume to the last step."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np

from shared_modules.core.bars import Floats

from .noise import Ints, bits, key, normal, part
from .ticks import Row


@dataclass(frozen=True)
class Tape:
    """Trades of one candle in time order; ``sizes`` may be 0 where the candle has less volume than prices.

    ``key`` names the candle, so that trade ids are the same whenever they are computed.
    """

    key: np.uint64
    row: Row
    end: int
    times: Ints
    prices: Ints
    sizes: Ints

    @cached_property
    def moments(self) -> list[int]:
        return [int(t) for t in self.times]

    @cached_property
    def _running(self) -> tuple[list[int], list[int], list[int], list[int]]:
        return (
            np.maximum.accumulate(self.prices).tolist(),
            np.minimum.accumulate(self.prices).tolist(),
            np.cumsum(self.sizes).tolist(),
            np.cumsum(self.sizes * self.prices).tolist(),
        )

    @cached_property
    def price_list(self) -> list[int]:
        return [int(p) for p in self.prices]

    @cached_property
    def buys(self) -> list[bool]:
        """Whether the taker bought: it did when the price rose, on an unchanged price the side is drawn."""
        change = np.diff(self.prices, prepend=self.row.open)
        drawn = part(bits(self.key, np.arange(len(change))), 3) < 0.5
        return np.where(change == 0, drawn, change > 0).tolist()  # type: ignore[no-any-return]

    def count(self, now: int) -> int:
        """Trades done by ``now``."""
        return bisect_right(self.moments, now)

    def so_far(self, now: int) -> Row | None:
        """The candle as it stands at ``now``; None before its first trade."""
        n = self.count(now)
        if not n:
            return None
        if now >= self.end:
            return self.row
        high, low, volume, turnover = self._running
        turned = min(turnover[n - 1], self.row.turnover)
        return Row(self.row.time, self.row.open, high[n - 1], low[n - 1], self.price_list[n - 1], volume[n - 1], turned)

    def id(self, i: int) -> str:
        """The id of trade ``i``, a UUID."""
        a, b = bits(self.key, np.array([2 * i + 1_000_001, 2 * i + 1_000_002])).tolist()
        return str(UUID(int=a << 64 | b, version=4))


def tape(at: np.uint64, row: Row, length: int, trades: int, fair: bool) -> Tape:
    """The trades of ``row``, a candle of ``length`` ms; the first comes with its open.

    ``fair``: sizes are chosen so that the trades' turnover is the candle's too (to rounding).
    """
    name = key(int(at), row.time)
    i = np.arange(trades)
    random = bits(name, i + 10_000)
    slot = length / trades
    times = row.time + np.floor((i + np.where(i == 0, 0.0, part(random, 0) * 0.98)) * slot).astype(np.int64)
    knots, prices = _path(name, row, trades)
    sizes = _sizes(row, prices, knots, np.exp(2.4 * (part(random, 1) - 0.5) + 1.2 * (part(random, 2) - 0.5)), fair)
    return Tape(name, row, row.time + length, times, prices, sizes)


def _path(name: np.uint64, row: Row, n: int) -> tuple[Ints, Ints]:
    """Places of open, first extreme, second extreme and close, and a price for each trade."""
    u = part(bits(name, np.arange(2)), 0)
    first = 1 + int(u[0] * 0.42 * (n - 3))
    second = first + 1 + int((0.15 + 0.8 * u[1]) * (n - 3 - first))
    # a rising candle tends to try the low first
    extremes = (row.low, row.high) if row.close >= row.open else (row.high, row.low)
    knots = np.array([0, first, second, n - 1])
    values = np.array([row.open, *extremes, row.close])
    steps = normal(bits(name, np.arange(n) + 20_000)) * (row.high - row.low) * 0.6 / np.sqrt(n)
    walk = np.cumsum(steps)
    wander = walk - np.interp(np.arange(n), knots, walk[knots])
    prices = np.rint(np.interp(np.arange(n), knots, values) + wander).astype(np.int64)
    prices = np.clip(prices, row.low, row.high)
    prices[knots] = values
    return knots, prices


def _sizes(row: Row, prices: Ints, knots: Ints, weight: Floats, fair: bool) -> Ints:
    least = np.zeros(len(prices), np.int64)
    if row.volume >= 2 * len(prices):
        least[:] = 1
    elif row.volume >= len(knots):
        least[knots] = 1
    rest = row.volume - int(least.sum())
    weight = weight / weight.sum()
    if fair and rest > 0:
        weight = _tilted(weight, prices, (row.turnover - int((least * prices).sum())) / rest)
    reached = np.rint(np.cumsum(weight) * rest).astype(np.int64)
    reached[-1] = rest
    return np.asarray(np.diff(reached, prepend=0) + least)


def _tilted(weight: Floats, prices: Ints, wanted: float) -> Floats:
    """``weight`` with as much moved to the highest or lowest price as brings the mean price to ``wanted``."""
    mean = float((weight * prices).sum())
    edge = int(np.argmax(prices)) if wanted > mean else int(np.argmin(prices))
    gap = float(prices[edge]) - mean
    if abs(gap) < 1e-9:
        return weight
    share = min(1.0, max(0.0, (wanted - mean) / gap))
    weight = weight * (1 - share)
    weight[edge] += share
    return weight

"""The order book around the last trade, and the figures of a ticker, at one moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .contracts import Contract
from .feed import Feed
from .figures import FUNDING_CAP, Figures
from .noise import Bits, Ints, bits, key, part, share, word
from .tape import Tape
from .ticks import padded

_SIZE = key("size")
DEPTHS = (1, 50, 200)
Levels = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quote:
    """The last trade and the best prices, in ticks."""

    time: int
    last: int
    bid: int
    ask: int


class Quotes:
    """Books and tickers of a feed."""

    def __init__(self, seed: int, feed: Feed, figures: Figures) -> None:
        self._seed = seed
        self._feed = feed
        self._figures = figures
        self._keys: dict[str, np.uint64] = {}
        self._last: dict[str, tuple[int, Quote]] = {}

    def _key(self, symbol: str) -> np.uint64:
        found = self._keys.get(symbol)
        if found is None:
            found = self._keys[symbol] = key(self._seed, symbol, "book")
        return found

    def quote(self, symbol: str, now: int) -> Quote | None:
        """The best prices at ``now``; None before the first trade."""
        tape = self._feed.tape(symbol, now)
        n = 0 if tape is None else tape.count(now)
        if tape is None or not n:
            return self._before(symbol, now)
        return self._at_trade(symbol, tape, n - 1)

    def _at_trade(self, symbol: str, tape: Tape, i: int) -> Quote:
        last = tape.price_list[i]
        rules = self._feed.contracts[symbol]
        # mostly the usual spread, now and then a tick or two more
        spread = rules.spread + int(((tape.moments[i] * 0x9E3779B1 >> 16 & 0xFF) / 256) ** 3 * 3)
        # a buyer took the best ask, a seller hit the best bid
        ask = max(2, last) if tape.buys[i] else last + spread
        bid = max(1, ask - spread) if tape.buys[i] else last
        return Quote(tape.moments[i], last, bid, ask)

    def _before(self, symbol: str, now: int) -> Quote | None:
        """The quote left standing when nothing trades."""
        earlier = self._feed.bars(symbol, self._feed.coarse(symbol), 0, now, 1)
        if not len(earlier):
            return None
        tape = self._feed.tape(symbol, int(earlier.time[-1]))
        if tape is None or tape.end > now:
            return None
        return self._at_trade(symbol, tape, len(tape.moments) - 1)

    def book(self, symbol: str, now: int, depth: int) -> tuple[Quote, Levels, Levels] | None:
        """Bids falling and asks rising as (price, size), at most ``depth`` of each."""
        quote = self.quote(symbol, now)
        if quote is None:
            return None
        return quote, self._side(symbol, quote.bid, -1, now, depth), self._side(symbol, quote.ask, 1, now, depth)

    def _side(self, symbol: str, best: int, way: int, now: int, depth: int) -> Levels:
        at, rules = self._key(symbol), self._feed.contracts[symbol]
        distance = np.arange(1 if depth == 1 else depth * 2 + 8)
        prices = best + way * distance
        fixed = bits(at, prices * 4 + way)
        # a level exists for minutes, its size is redrawn every few seconds, each level at its own moment
        there = (part(fixed, 0) < 0.72) & (prices > 0)
        there[0] = True
        prices, fixed, distance = prices[there][:depth], fixed[there][:depth], distance[there][:depth]
        epoch = (now + (part(fixed, 1) * 60_000).astype(np.int64)) // (
            2_000 + (part(fixed, 2) * 20_000).astype(np.int64)
        )
        sizes = self._sizes(rules, fixed, epoch, distance)
        return list(zip(prices.tolist(), sizes.tolist(), strict=True))

    def _best_size(self, symbol: str, best: int, way: int, now: int) -> int:
        """The size of the first level that `_side` gives, for tickers, of which there are many."""
        fixed = word(int(self._key(symbol)), best * 4 + way)
        epoch = (now + int(share(fixed, 1) * 60_000)) // (2_000 + int(share(fixed, 2) * 20_000))
        drawn = share(word(int(_SIZE), (fixed >> 16) + epoch), 0)
        return max(1, round(_usual(self._feed.contracts[symbol]) * math.exp(2.5 * (drawn - 0.5)) * 2))

    @staticmethod
    def _sizes(rules: Contract, fixed: Bits, epoch: Ints, distance: Ints) -> Ints:
        drawn = part(bits(_SIZE, (fixed >> np.uint64(16)).astype(np.int64) + epoch), 0)
        fall = 0.88 ** np.floor(np.log2(distance + 1))
        return np.maximum(1, np.rint(_usual(rules) * fall * np.exp(2.5 * (drawn - 0.5)) * 2)).astype(np.int64)

    def ticker(self, symbol: str, now: int) -> dict[str, str] | None:
        """The fields that a ticker has on the stream; None before the first trade."""
        rules, quote = self._feed.contracts[symbol], self.quote(symbol, now)
        if quote is None:
            return None
        p, q = rules.price_decimals, rules.size_decimals
        day, yesterday, hour = self._figures.day(symbol, now)
        yesterday, hour = yesterday or quote.last, hour or quote.last
        mark = self._figures.price(symbol, "mark", quote.last, now)
        interest = self._figures.interest_now(rules, now)
        funding_at = self._figures.next_funding(rules, now)
        sizes = self._best_size(symbol, quote.bid, -1, now), self._best_size(symbol, quote.ask, 1, now)
        return {
            "symbol": symbol,
            "tickDirection": self._direction(symbol, now),
            "price24hPcnt": f"{(quote.last - yesterday) / yesterday:.6f}",
            "lastPrice": padded(quote.last, p),
            "prevPrice24h": padded(yesterday, p),
            "highPrice24h": padded(day.high if day else quote.last, p),
            "lowPrice24h": padded(day.low if day else quote.last, p),
            "prevPrice1h": padded(hour, p),
            "markPrice": padded(mark, p),
            "indexPrice": padded(self._figures.price(symbol, "index", quote.last, now), p),
            "openInterest": padded(interest, q),
            "openInterestValue": f"{interest * mark / 10.0 ** (p + q):.2f}",
            "turnover24h": f"{(day.turnover if day else 0) / 10.0**rules.turnover_decimals:.4f}",
            "volume24h": padded(day.volume if day else 0, q),
            "fundingIntervalHour": f"{rules.funding_minutes / 60:g}",
            "fundingCap": f"{FUNDING_CAP:g}",
            "nextFundingTime": str(funding_at),
            "fundingRate": f"{self._figures.funding_at(rules, funding_at):.8f}",
            "bid1Price": padded(quote.bid, p),
            "bid1Size": padded(sizes[0], q),
            "ask1Price": padded(quote.ask, p),
            "ask1Size": padded(sizes[1], q),
            "preOpenPrice": "",
            "preQty": "",
            "curPreListingPhase": "",
        }

    def _direction(self, symbol: str, now: int) -> str:
        tape = self._feed.tape(symbol, now)
        n = 0 if tape is None else tape.count(now)
        return "ZeroPlusTick" if tape is None or not n else directions(tape, n - 1)


def _usual(rules: Contract) -> float:
    """The size of a level in steps: what is traded in a second or two."""
    return rules.daily_turnover / 86_400 / rules.price * 10.0**rules.size_decimals


def directions(tape: Tape, i: int) -> str:
    """How trade ``i`` compares with the one before."""
    before = tape.price_list[i - 1] if i else tape.row.open
    price = tape.price_list[i]
    if price == before:
        return "ZeroPlusTick" if tape.buys[i] else "ZeroMinusTick"
    return "PlusTick" if price > before else "MinusTick"


def sequence(now: int) -> int:
    """A cross sequence number that rises with time."""
    return (now - 1_500_000_000_000) * 16

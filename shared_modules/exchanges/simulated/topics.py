"""The topics of the public socket: what a new subscriber gets, and what follows as time goes on."""

from __future__ import annotations

from typing import Protocol

import orjson

from shared_modules.core.timeframes import TIMEFRAMES, Timeframe

from .asked import INTERVALS
from .candles import CandleReplies
from .connection import Connection
from .feed import Feed, closed, running
from .quotes import DEPTHS, Levels, Quotes, directions, sequence
from .tape import Tape
from .ticks import Row, padded

# the most trades in one message
_TRADES = 1024
_REPEAT = 3.0


class Topic(Protocol):
    """A stream of frames with its subscribers; ``real``: monotonic time in seconds, ``now``: the exchange's in ms.

    ``pace``: seconds that should lie between two updates, so that hundreds of topics do not flood anybody.
    """

    connections: set[Connection]

    def first(self, now: int) -> bytes | None: ...
    def frames(self, before: int, now: int, real: float, pace: float) -> list[bytes]: ...


class KlineTopic:
    """Candles: the running one about once a second, each close exactly once and in order."""

    def __init__(self, name: str, feed: Feed, symbol: str, interval: str, now: int) -> None:
        self.connections: set[Connection] = set()
        self._name, self._feed, self._symbol, self._interval = name, feed, symbol, interval
        self._timeframe: Timeframe = TIMEFRAMES[INTERVALS[interval]]
        live = running(feed, symbol, self._timeframe, now)
        self._next = self._timeframe.floor(now) if live is None else live.time
        self._close = self._end(self._next)
        self._sent = 0.0
        self._last: Row | None = None

    def _end(self, start: int) -> int:
        return start + self._timeframe.ms if not self._timeframe.is_month else self._timeframe.next(start)

    def first(self, now: int) -> bytes | None:
        live = running(self._feed, self._symbol, self._timeframe, now)
        return None if live is None else self._frame([self._data(live, False, now)], now)

    def frames(self, before: int, now: int, real: float, pace: float) -> list[bytes]:
        if now >= self._close:
            return self._closes(now, real)
        if real - self._sent < pace:
            return []
        return self._update(now, real)

    def _closes(self, now: int, real: float) -> list[bytes]:
        done = closed(self._feed, self._symbol, self._timeframe, self._next, now).rows()
        live = running(self._feed, self._symbol, self._timeframe, now)
        parts = [[self._data(row, True, now)] for row in done]
        if done:
            self._next = max(self._next, done[-1].time + 1)
        # without a candle running there is nothing to wait for but the next boundary
        self._close = self._end(live.time) if live is not None else self._timeframe.next(now)
        if live is not None and live != self._last:
            if not parts:
                parts.append([])
            parts[-1].append(self._data(live, False, now))
            self._last, self._sent = live, real
        return [self._frame(data, now) for data in parts]

    def _update(self, now: int, real: float) -> list[bytes]:
        live = running(self._feed, self._symbol, self._timeframe, now)
        if live is None or live == self._last:
            return []
        self._last, self._sent = live, real
        return [self._frame([self._data(live, False, now)], now)]

    def _data(self, row: Row, confirm: bool, now: int) -> dict[str, object]:
        _, opened, high, low, close, volume, turnover = CandleReplies.row(self._feed.contracts[self._symbol], row)
        end = self._end(row.time) - 1
        return {
            "start": row.time, "end": end, "interval": self._interval, "open": opened, "close": close, "high": high,
            "low": low, "volume": volume, "turnover": turnover, "confirm": confirm, "timestamp": min(now, end),
        }  # fmt: skip

    def _frame(self, data: list[dict[str, object]], now: int) -> bytes:
        return orjson.dumps({"topic": self._name, "data": data, "ts": now, "type": "snapshot"})


class TickerTopic:
    """A ticker: whole for a new subscriber, then the fields that changed, at most ten times a second."""

    def __init__(self, name: str, quotes: Quotes, symbol: str) -> None:
        self.connections: set[Connection] = set()
        self._name, self._quotes, self._symbol = name, quotes, symbol
        self._told: dict[str, str] = {}
        self._sent = 0.0

    def first(self, now: int) -> bytes | None:
        if not self._told:
            self._told = self._quotes.ticker(self._symbol, now) or {}
        return self._frame("snapshot", self._told, now) if self._told else None

    def frames(self, before: int, now: int, real: float, pace: float) -> list[bytes]:
        if real - self._sent < max(0.1, pace / 2):
            return []
        found = self._quotes.ticker(self._symbol, now)
        if found is None:
            return []
        kind = "delta" if self._told else "snapshot"
        changed = {k: v for k, v in found.items() if self._told.get(k) != v}
        if not changed:
            return []
        self._told, self._sent = found, real
        return [self._frame(kind, {"symbol": self._symbol, **changed}, now)]

    def _frame(self, kind: str, data: dict[str, str], now: int) -> bytes:
        return orjson.dumps({"topic": self._name, "type": kind, "data": data, "cs": sequence(now), "ts": now})


class TradeTopic:
    """Every trade, oldest first."""

    def __init__(self, name: str, feed: Feed, symbol: str) -> None:
        self.connections: set[Connection] = set()
        self._name, self._feed, self._symbol = name, feed, symbol

    def first(self, now: int) -> bytes | None:
        return None

    def frames(self, before: int, now: int, real: float, pace: float) -> list[bytes]:
        rows: list[dict[str, object]] = []
        time = before + 1
        while time <= now:
            tape = self._feed.tape(self._symbol, time)
            if tape is None:
                step = self._feed.base(self._symbol)
                following = self._feed.bars(self._symbol, self._feed.coarse(self._symbol), time, now + 1)
                time = (
                    int(following.time[0]) if len(following) and following.time[0] > time else (time // step + 1) * step
                )
                continue
            rows += [self._row(tape, i) for i in range(tape.count(time - 1), tape.count(now)) if tape.sizes[i] > 0]
            time = tape.end
        parts = [rows[i : i + _TRADES] for i in range(0, len(rows), _TRADES)]
        return [orjson.dumps({"topic": self._name, "type": "snapshot", "ts": now, "data": part}) for part in parts]

    def _row(self, tape: Tape, i: int) -> dict[str, object]:
        rules = self._feed.contracts[self._symbol]
        at = tape.moments[i]
        return {
            "T": at, "s": self._symbol, "S": "Buy" if tape.buys[i] else "Sell",
            "v": padded(int(tape.sizes[i]), rules.size_decimals),
            "p": padded(tape.price_list[i], rules.price_decimals),
            "L": directions(tape, i), "i": tape.id(i), "BT": False, "RPI": False, "seq": sequence(at),
        }  # fmt: skip


class BookTopic:
    """An order book: a snapshot, then the levels that changed; depth 1 comes whole and is repeated after 3 s."""

    def __init__(self, name: str, feed: Feed, quotes: Quotes, symbol: str, depth: int) -> None:
        self.connections: set[Connection] = set()
        self._name, self._feed, self._quotes, self._symbol, self._depth = name, feed, quotes, symbol, depth
        self._pace = 0.05 if depth == 1 else 0.1
        self._told: tuple[dict[int, int], dict[int, int]] | None = None
        self._update, self._sent, self._looked, self._cts = 1_000, 0.0, 0.0, 0

    def first(self, now: int) -> bytes | None:
        if self._told is None:
            found = self._quotes.book(self._symbol, now, self._depth)
            if found is None:
                return None
            self._told, self._cts = (dict(found[1]), dict(found[2])), found[0].time
            self._update += 1
        return self._frame("snapshot", [list(side.items()) for side in self._told], now)

    def frames(self, before: int, now: int, real: float, pace: float) -> list[bytes]:
        if real - self._looked < self._pace:
            return []
        self._looked = real
        found = self._quotes.book(self._symbol, now, self._depth)
        if found is None:
            return []
        new = (dict(found[1]), dict(found[2]))
        self._cts = found[0].time
        if self._told is None or (self._depth == 1 and (new != self._told or real - self._sent >= _REPEAT)):
            self._update += new != self._told
            self._told, self._sent = new, real
            return [self._frame("snapshot", [list(side.items()) for side in new], now)]
        changes = [_changes(old, side) for old, side in zip(self._told, new, strict=True)]
        if self._depth == 1 or not any(changes):
            return []
        self._told, self._sent = new, real
        self._update += 1
        return [self._frame("delta", changes, now)]

    def _frame(self, kind: str, sides: list[Levels], now: int) -> bytes:
        rules = self._feed.contracts[self._symbol]
        p, q = rules.price_decimals, rules.size_decimals
        bids, asks = ([[padded(x, p), padded(s, q) if s else "0"] for x, s in side] for side in sides)
        data = {"s": self._symbol, "b": bids, "a": asks, "u": self._update, "seq": sequence(now)}
        return orjson.dumps({"topic": self._name, "type": kind, "ts": now, "data": data, "cts": self._cts})


def _changes(old: dict[int, int], new: dict[int, int]) -> Levels:
    """Levels to set, and to delete with size 0."""
    return [(p, s) for p, s in new.items() if old.get(p) != s] + [(p, 0) for p in old if p not in new]


class TopicFactory:
    """Makes topics by their names."""

    def __init__(self, feed: Feed, quotes: Quotes) -> None:
        self._feed, self._quotes = feed, quotes

    def known(self, name: str, now: int) -> bool:
        """Whether there is such a topic."""
        parts = name.split(".")
        rules = self._feed.contracts.get(parts[-1])
        if rules is None or rules.launch > now:
            return False
        match parts[:-1]:
            case ["kline", interval]:
                return interval in INTERVALS and self._feed.offers(parts[-1], TIMEFRAMES[INTERVALS[interval]])
            case ["orderbook", depth]:
                return depth in {str(d) for d in DEPTHS}
            case ["tickers"] | ["publicTrade"]:
                return True
        return False

    def make(self, name: str, now: int) -> Topic:
        """The topic ``name``, which must be known."""
        match name.split("."):
            case ["kline", interval, symbol]:
                return KlineTopic(name, self._feed, symbol, interval, now)
            case ["orderbook", depth, symbol]:
                return BookTopic(name, self._feed, self._quotes, symbol, int(depth))
            case ["tickers", symbol]:
                return TickerTopic(name, self._quotes, symbol)
            case [_, symbol]:
                return TradeTopic(name, self._feed, symbol)
        raise ValueError(name)

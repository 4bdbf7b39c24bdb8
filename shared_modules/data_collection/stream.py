"""From candle messages to a gapless order of closes: late, repeated, missing and unconfirmed frames sorted out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import Timeframe


@dataclass(slots=True)
class Step:
    """What a message came to: ``closed`` in time order, the running candle if it moved, ``late`` final candles."""

    closed: list[Candle] = field(default_factory=list)
    updated: Candle | None = None
    late: list[Candle] = field(default_factory=list)


class CandleTracker:
    """The order of one series: each candle closes once, after the one before it, when the exchange confirmed it.

    Until `begin` says where the past ends, and while there is a `hole`, confirmed candles wait.
    """

    def __init__(self, timeframe: Timeframe) -> None:
        self._timeframe = timeframe
        self._held: dict[int, Candle] = {}
        self._seen = -1
        self.expected: int | None = None
        self.unfinished: Candle | None = None

    @property
    def hole(self) -> tuple[int, int] | None:
        """Open times from ``start`` to ``end`` of which nothing was confirmed though a later candle is here."""
        expected = self.expected
        if expected is None:
            return None
        later = list(self._held)
        if self.unfinished is not None and self.unfinished.time > expected:
            later.append(self.unfinished.time)
        return (expected, min(later)) if later and min(later) > expected else None

    @property
    def hole_was_watched(self) -> bool:
        """Whether the hole is one candle that we saw running: only its confirmation is missing."""
        hole = self.hole
        return hole is not None and hole[0] == self._seen and hole[1] == self._timeframe.next(hole[0])

    def receive(self, candles: Iterable[Candle]) -> Step:
        """Take in a message."""
        if isinstance(candles, tuple) and len(candles) == 1 and self._plain(candles[0]):
            return self._ticked(candles[0])
        step = Step()
        moved = False
        for candle in sorted(candles, key=_time):
            past = self.expected is not None and candle.time < self.expected
            if candle.confirmed and past:
                step.late.append(candle)
            elif candle.confirmed:
                self._held[candle.time] = candle
            elif not past and self._newer(candle):
                self.unfinished, moved = candle, True
                self._seen = max(self._seen, candle.time) if self.hole is None else self._seen
        step.closed = self._release()
        if moved and self.unfinished is not None and self.unfinished.time == self.expected:
            step.updated = self.unfinished
        return step

    def _plain(self, candle: Candle) -> bool:
        """Whether ``candle`` can only move the running one, as nearly all of thousands a second do."""
        return not candle.confirmed and candle.time == self.expected and not self._held

    def _ticked(self, candle: Candle) -> Step:
        if not self._newer(candle):
            return Step()
        self.unfinished = candle
        self._seen = max(self._seen, candle.time)
        return Step(updated=candle)

    def begin(self, expected: int) -> list[Candle]:
        """Say which candle comes next; returns those that waited and may close now."""
        self.expected = expected
        self._held = {time: candle for time, candle in self._held.items() if time >= expected}
        return self._release()

    def repaired(self, bars: Bars, until: int) -> list[Candle]:
        """Take ``bars`` as all there is before ``until``; returns what may close now. Confirmed messages win."""
        assert self.expected is not None
        inside = bars.between(self.expected, until)
        found = {int(inside.time[row]): inside.candle(row) for row in range(len(inside))}
        found |= {time: candle for time, candle in self._held.items() if time < until}
        self._held = {time: candle for time, candle in self._held.items() if time >= until}
        self.expected = max(self.expected, until)
        return [found[time] for time in sorted(found)] + self._release()

    def news(self, bars: Bars, until: int) -> int:
        """How many of ``bars`` before ``until`` no message has confirmed."""
        return sum(time not in self._held for time in bars.between(self.expected, until).time.tolist())

    def held_before(self, until: int) -> int:
        """How many confirmed candles wait that open before ``until``."""
        return sum(time < until for time in self._held)

    def _newer(self, candle: Candle) -> bool:
        if candle.time in self._held:
            return False
        known = self.unfinished
        # volume only grows within a candle: a frame with less is an older one
        return known is None or candle.time > known.time or (
            candle.time == known.time and candle.volume >= known.volume
        )  # fmt: skip

    def _release(self) -> list[Candle]:
        closed: list[Candle] = []
        while self.expected is not None and self.expected in self._held:
            closed.append(self._held.pop(self.expected))
            self.expected = self._timeframe.next(self.expected)
        running = self.unfinished
        if running is not None and (running.time in self._held or running.time < (self.expected or 0)):
            self.unfinished = None
        return closed


def _time(candle: Candle) -> int:
    return candle.time

"""The past once more: a clock that a person speeds up, stops and sets, and candles as it passes their closes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bars import Bars
from .clock import Clock, SystemClock
from .market import Candle
from .timeframes import Timeframe

SLOWEST, FASTEST = 0.1, 1000.0
# a sleeper looks again so often, seconds: it does not know when somebody changes the speed
_LOOK = 0.02


class ReplayClock:
    """Virtual time, ``speed`` times as fast as ``base`` while it plays; it begins paused at ``start`` (ms UTC).

    It is a `Clock`: what is given it - a chart, later a session - lives in that time. ``monotonic`` counts the virtual
    seconds that were played, jumps apart.
    """

    def __init__(self, start: int, base: Clock | None = None, speed: float = 1.0) -> None:
        self._base = base or SystemClock()
        self._now, self._played = float(start), 0.0
        self._since: float | None = None
        self._speed = _within(speed)

    @property
    def playing(self) -> bool:
        return self._since is not None

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> int:
        return int(self._now + self._running() * 1000)

    def monotonic(self) -> float:
        return self._played + self._running()

    async def sleep(self, seconds: float) -> None:
        """Sleep ``seconds`` of virtual time, however the speed changes meanwhile; for ever while it stays paused."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            await self._base.sleep(min(_LOOK, left / self._speed) if self.playing else _LOOK)
        if seconds <= 0:
            await self._base.sleep(0)

    def play(self) -> None:
        if self._since is None:
            self._since = self._base.monotonic()

    def pause(self) -> None:
        self._settle()
        self._since = None

    def set_speed(self, speed: float) -> None:
        """Go on ``speed`` times as fast as ``base``, at least 0.1 and at most 1,000 times."""
        self._settle()
        self._speed = _within(speed)

    def jump(self, time: int) -> None:
        """Go on at ``time`` (ms UTC), forward or back."""
        self._settle()
        self._now = float(time)

    def _running(self) -> float:
        return 0.0 if self._since is None else (self._base.monotonic() - self._since) * self._speed

    def _settle(self) -> None:
        passed = self._running()
        self._now, self._played = self._now + passed * 1000, self._played + passed
        if self._since is not None:
            self._since = self._base.monotonic()


@dataclass(frozen=True, slots=True)
class Step:
    """What a moment brought: candles that closed since the last, and the one now forming where finer ones tell it.

    ``anew`` says that time went back: what was shown must be taken away first, and ``closed`` is all there is.
    """

    closed: Bars
    forming: Candle | None
    anew: bool = False


class BarReplay:
    """The candles of one series as ``clock`` passes their closes; nothing later is ever handed out.

    ``bars`` are finished candles of ``timeframe`` from before and after the clock's time; ``detail`` are finer ones
    of the same market, from which the candle under way is made. Without them a candle appears when it closes.
    """

    def __init__(self, bars: Bars, timeframe: Timeframe, clock: ReplayClock, detail: Bars | None = None) -> None:
        self.clock = clock
        self.timeframe = timeframe
        self._detail = detail
        self._take(bars)
        self._shown = self._passed(clock.now())

    @property
    def bars(self) -> Bars:
        """All candles that have closed by now, as far as they were asked for."""
        return self._bars[: self._shown]

    @property
    def left(self) -> int:
        """So many candles are known that are still to come."""
        return len(self._bars) - self._shown

    @property
    def end(self) -> int | None:
        """When the newest known candle closes, ms UTC; None without any."""
        return int(self._closes[-1]) if len(self._closes) else None

    def extend(self, newer: Bars, detail: Bars | None = None) -> None:
        """Take in candles from after those that are known, and the finer ones of the same time."""
        self._take(self._bars.merged(newer))
        if detail is not None:
            self._detail = detail if self._detail is None else self._detail.merged(detail)

    def advance(self) -> Step:
        """What the time that has passed brought; at the end of what is known the clock waits."""
        if self.end is not None and self.clock.now() > self.end:
            self.clock.jump(self.end)
        now = self.clock.now()
        before, self._shown = self._shown, self._passed(now)
        back = self._shown < before
        return Step(self._bars[0 if back else before : self._shown], self._forming(now), back)

    def step(self, candles: int) -> Step:
        """Go to the close of the next candle, of so many more, or of earlier ones; the clock is paused."""
        self.clock.pause()
        if len(self._closes):
            row = min(max(self._shown - 1 + candles, 0), len(self._closes) - 1)
            self.clock.jump(int(self._closes[row]))
        return self.advance()

    def jump(self, time: int) -> Step:
        """Go to ``time`` (ms UTC), forward or back."""
        self.clock.jump(time)
        return self.advance()

    def _take(self, bars: Bars) -> None:
        self._bars = bars
        if self.timeframe.is_month:
            self._closes = np.array([self.timeframe.next(int(t)) for t in bars.time], np.int64)
        else:
            self._closes = bars.time + self.timeframe.ms

    def _passed(self, now: int) -> int:
        return int(np.searchsorted(self._closes, now, side="right"))

    def _forming(self, now: int) -> Candle | None:
        if self._detail is None or len(self._detail) < 2:
            return None
        opened = self.timeframe.floor(now)
        times = self._detail.time
        finer = int(np.diff(times[:2])[0])
        a, b = (int(n) for n in np.searchsorted(times, (opened, now - finer + 1)))
        if b <= a or (self._shown < len(self._bars) and int(self._bars.time[self._shown]) != opened):
            return None
        part = self._detail[a:b]
        return Candle(
            opened, float(part.open[0]), float(part.high.max()), float(part.low.min()), float(part.close[-1]),
            float(part.volume.sum()), float(part.turnover.sum()), False,
        )  # fmt: skip


def _within(speed: float) -> float:
    return min(max(speed, SLOWEST), FASTEST)

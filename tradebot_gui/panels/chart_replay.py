"""Replay on the chart: a chosen moment becomes now, and what came after it comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from shared_modules.core.bars import Bars
from shared_modules.core.errors import ExchangeError
from shared_modules.core.market import Series
from shared_modules.core.replay import BarReplay, ReplayClock, Step
from shared_modules.core.timeframes import HOUR, MINUTE, TIMEFRAMES, Timeframe
from tradebot_gui.charts import ChartView

from .replay_bar import START_SPEED, ReplayBar

if TYPE_CHECKING:
    from tradebot_gui.desk import Desk

    from .chart_compare import CompareFeed

FRAME_MS = 33
BEFORE = 1500  # candles shown before the chosen moment
AHEAD = 5000  # candles fetched at a time of what is to come, or minutes where the candle under way is made of them
LONGEST_DETAIL = 4 * HOUR  # a longer candle appears when it closes
# more candles than these at once are shown as a whole
MANY = 40


class Owner(Protocol):
    """What a replay needs of its chart."""

    desk: Desk
    view: ChartView
    series: Series | None
    compare: CompareFeed

    def replay_began(self) -> None: ...
    def replay_ended(self) -> None: ...


class ChartReplay(QObject):
    """Off, choosing a moment, or running; while it runs the chart has no other source of candles."""

    def __init__(self, owner: Owner, bar: ReplayBar) -> None:
        super().__init__(bar)
        self._owner, self._bar = owner, bar
        self.replay: BarReplay | None = None
        self._at: int | None = None  # the moment chosen, also while its candles are loaded
        self._speed = float(START_SPEED)
        self._asked = 0  # tells a load that another began while it waited
        self._fetching = False
        self._ended = False  # whether nothing newer is known anywhere
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.tick)
        bar.time_chosen.connect(self.go)
        bar.play_wanted.connect(self.play)
        bar.step_wanted.connect(self.step)
        bar.speed_chosen.connect(self.set_speed)
        bar.left.connect(self.leave)
        owner.view.picked.connect(self.go)
        owner.view.installEventFilter(self)

    @property
    def active(self) -> bool:
        """Whether the chart shows the past as if it were now."""
        return self._at is not None

    @property
    def words(self) -> str:
        """Where it stands, in a line."""
        if self.replay is None:
            return ""
        clock, zone = self.replay.clock, self._owner.view.zone
        speed = f"{clock.speed:g}×" if clock.playing else "paused"
        return f"{speed} · {zone.moment(clock.now())} {zone.label(clock.now())}"

    def choose(self) -> None:
        """Ask for the moment to begin at; a second time gives it up."""
        view = self._owner.view
        if not self._bar.isHidden():
            self.leave()
        elif self._owner.series is not None and len(view.data):
            view.picking = True
            middle = (max(view.span.x0, view.data.first) + min(view.span.x1, view.data.last)) / 2
            self._bar.show_choosing(int(view.data.time_of(middle)), view.zone)

    def go(self, time: int) -> None:
        """Begin at ``time`` (ms UTC), or go there when it runs; paused."""
        series = self._owner.series
        if series is None:
            return
        self._owner.view.picking = False
        replay = self.replay
        if replay is not None and len(replay.bars) and time >= int(replay.bars.time[0]) and time <= (replay.end or 0):
            replay.clock.pause()
            self.show(replay.jump(time))
            return
        self._owner.desk.spawn(self.open(series, time))

    async def open(self, series: Series, time: int | None = None) -> None:
        """Show ``series`` as it was at ``time``; without it at the moment the replay has come to."""
        self._asked += 1
        mine = self._asked
        at = self._at if time is None else time
        if at is None:
            return
        self._stop()
        self._at = at
        self._owner.replay_began()
        frame = series.timeframe
        bars, detail = await self._load(series, at - BEFORE * frame.ms, at)
        if mine != self._asked or series != self._owner.series:
            return
        if not len(bars) or int(bars.time[0]) + frame.ms > at:
            self._owner.desk.notice.emit("warning", f"There are no candles of {series} before that time.")
            self.leave()
            return
        self.replay, self._ended = BarReplay(bars, frame, ReplayClock(at, speed=self._speed), detail), False
        self._bar.set_time(at)
        self._bar.show()
        self._owner.view.span.show_last()
        # within a longer candle the minutes that have passed of it are known
        self.show(Step(self.replay.bars, self.replay.advance().forming, anew=True))
        self._owner.view.setFocus()
        self._owner.compare.show(series, live=False)

    def play(self, on: bool) -> None:
        if self.replay is None:
            return
        if on:
            self.replay.clock.play()
            self._timer.start()
        else:
            self.replay.clock.pause()
        self.tick()

    def step(self, candles: int) -> None:
        if self.replay is not None:
            self.show(self.replay.step(candles))

    def set_speed(self, speed: float) -> None:
        self._speed = speed
        if self.replay is not None:
            self.replay.clock.set_speed(speed)
            self.tick()

    def tick(self) -> None:
        """Show what the time that passed brought."""
        if self.replay is not None:
            self.show(self.replay.advance())

    def show(self, step: Step) -> None:
        """Show ``step`` on the chart, and fetch what comes next in time."""
        replay = self.replay
        if replay is None:
            return
        self._at = replay.clock.now()
        if not replay.left and self._ended:
            replay.clock.pause()
        if not replay.clock.playing:
            self._timer.stop()
        show_step(self._owner.view, replay, step)
        self._bar.show_running(self._said(replay), replay.clock.playing)
        wanted = _ahead(replay.timeframe) // replay.timeframe.ms // 3
        if replay.left < wanted and not self._fetching and not self._ended and self._owner.series is not None:
            self._owner.desk.spawn(self._more(self._owner.series, replay))

    def leave(self) -> None:
        """Back to now."""
        was, self._at = self.active, None
        self._asked += 1
        self._stop()
        self._bar.hide()
        self._owner.view.picking = False
        self._owner.view.show_until(None)
        if was:
            self._owner.replay_ended()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of the replay before the chart pans with them; a drawing in hand comes first."""
        if event.type() != QEvent.Type.KeyPress or self._owner.view.tools.action(event) is not None:
            return False
        return self.key(event)

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key; False where it means nothing to the replay."""
        key, held = event.key(), event.modifiers()
        shift = held == Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_Escape and not self._bar.isHidden():
            self.leave()
        elif self.replay is None:
            return False
        elif key == Qt.Key.Key_Space:
            self.play(not self.replay.clock.playing)
        elif shift and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(1 if key == Qt.Key.Key_Right else -1)
        else:
            return False
        return True

    def _said(self, replay: BarReplay) -> str:
        return self.words + (" · the newest candle" if not replay.left and self._ended else "")

    def _stop(self) -> None:
        self._timer.stop()
        self.replay = None
        self._fetching = False

    async def _load(self, series: Series, start: int, now: int) -> tuple[Bars, Bars | None]:
        """The candles of ``series`` from ``start`` to some way after ``now``, and minutes for the one under way."""
        engine, end = self._owner.desk.engine, now + _ahead(series.timeframe)
        try:
            bars = await engine.bars(series, max(0, start), end)
            if not MINUTE < series.timeframe.ms <= LONGEST_DETAIL:
                return bars, None
            return bars, await engine.bars(Series(series.market, TIMEFRAMES["1m"]), series.timeframe.floor(now), end)
        except ExchangeError as error:
            self._owner.desk.notice.emit("warning", f"Candles for the replay did not come: {error}")
            return (await engine.bars(series)).between(max(0, start), end), None

    async def _more(self, series: Series, replay: BarReplay) -> None:
        self._fetching = True
        try:
            start = replay.end or 0
            newer, detail = await self._load(series, start, start)
            if replay is self.replay:
                self._ended = not len(newer)
                if len(newer):
                    replay.extend(newer, detail)
        finally:
            self._fetching = False


def _ahead(timeframe: Timeframe) -> int:
    """How far ahead candles of ``timeframe`` are fetched at a time, in ms."""
    return AHEAD * (MINUTE if timeframe.ms <= LONGEST_DETAIL else timeframe.ms)


def show_step(view: ChartView, replay: BarReplay, step: Step) -> None:
    """Show ``step`` of ``replay``, and nothing of what comes after it."""
    if step.anew or len(step.closed) > MANY:
        view.set_bars(replay.bars, step.forming, at_once=True)
    else:
        for row in range(len(step.closed)):
            view.update_candle(step.closed.candle(row))
        if step.forming is not None:
            view.update_candle(step.forming)
    data = view.data
    newest = int(data.time_of(data.last))
    view.show_until(replay.clock.now() if data.unfinished else replay.timeframe.next(newest) - 1)

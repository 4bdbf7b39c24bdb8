"""The chart of this program, measured: three averages, volume and RSI, all computed by itself."""

import asyncio
import cProfile
import os
import pstats
import sys
import time
from pathlib import Path
from typing import Any

from chart_meter import SIZE, VIEW, Meter, resident, tick_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

MINUTE = 60_000
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def measured(bars: dict[str, Any], frames: int, seconds: float) -> dict[str, Any]:
    """All figures of the chart over ``bars``; with no ``frames`` the first show alone."""
    bench = Bench(bars)
    found = bench.first_show()
    if frames:
        found["computing"] = bench.computing()
        meter = Meter(bench.settle, frames, seconds)
        for act in (bench.whole_window, bench.replaying, bench.many_lines):
            act(meter)
        found = meter.result(**found)
    bench.chart.stop()
    return found


def profiled(bars: dict[str, Any], frames: int) -> dict[str, Any]:
    """Where the time of the dearest frame goes, all bars in view, on standard error."""
    bench = Bench(bars)
    bench.first_show()
    bench.show_all()
    profile = cProfile.Profile()
    profile.enable()
    for n in range(frames):
        bench.pan_all(n)
        bench.settle()
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(28)
    bench.chart.stop()
    return {}


class Bench:
    """A chart in a window of its own, and the changes that are measured."""

    def __init__(self, bars: dict[str, Any]) -> None:
        from PySide6.QtWidgets import QApplication

        from shared_modules.core.bars import Bars
        from tradebot_gui.charts import OverlaySpec

        self.app = QApplication([])
        self._raw, self._newest = bars, int(bars["time"][-1])
        self._bars = Bars.of(*(bars[c] for c in COLUMNS))
        self._specs = [OverlaySpec("sma", {"period": p}) for p in (20, 50, 100)] + [OverlaySpec("rsi")]
        self._warm()

    def _warm(self) -> None:
        """Load what computes indicators: a terminal that runs has done so."""
        self._compute(self._bars.tail(60_000))

    def _compute(self, bars: Any) -> None:
        from tradebot_gui.charts.overlays import Overlay

        for overlay in map(Overlay, self._specs):
            overlay.indicator.compute(bars, **overlay.params)

    def computing(self) -> float:
        """CPU ms of what the first show spends on indicators; the peer is given its lines ready."""
        began = time.process_time()
        self._compute(self._bars)
        return (time.process_time() - began) * 1000

    def first_show(self) -> dict[str, Any]:
        """From nothing to the frame with all lines; memory is what that added to the bars."""
        from shared_modules.core.timeframes import TIMEFRAMES
        from tradebot_gui.charts import ChartView

        before, began, wall = resident(), time.process_time(), time.perf_counter()
        self._painted = False
        self.chart = chart = ChartView()
        chart.set_rate(1_000_000)
        told = chart.surface.painted
        chart.surface.painted = lambda: (told(), setattr(self, "_painted", True))[0]
        chart.resize(*SIZE)
        chart.set_overlays(self._specs)
        chart.show()
        chart.set_series("TEST 1m", 2, TIMEFRAMES["1m"])
        chart.set_bars(self._bars, None)
        self.wait_for_bars()
        self.settle()
        candles = time.perf_counter() - wall
        self.wait()
        self.settle()
        times = {"first": time.process_time() - began, "wall": time.perf_counter() - wall, "wall candles": candles}
        began = time.process_time()
        self.rest()
        times["at rest"] = time.process_time() - began
        return {name: value * 1000 for name, value in times.items()} | {"memory": (resident() - before) / 1e6}

    def rest(self) -> None:
        """Until what is done while the chart rests is done: levels that only a wider view needs."""
        from PySide6.QtCore import QEventLoop

        while self.chart.folding.busy:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def settle(self) -> None:
        """Until a whole frame is painted, however it was asked for."""
        self._painted = False
        for _ in range(50):
            self.app.processEvents()
            if self._painted:
                return

    def wait_for_bars(self) -> None:
        """Until a thread has made the bars ready; asleep meanwhile, so that waiting costs no CPU time."""
        from PySide6.QtCore import QEventLoop

        while self.chart.styling.busy:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def wait(self) -> None:
        """Until all bars and lines are there."""
        from PySide6.QtCore import QEventLoop

        self.wait_for_bars()
        while not all(o.lines for o in self.chart.overlays):
            loop = QEventLoop()
            self.chart.indicators.changed.connect(loop.quit)
            loop.exec()

    def look(self, bars: float, back: float = 0.0) -> None:
        """Show so many bars, the newest of them so far before the end, and no crosshair."""
        self.chart.set_cursor(None)
        self.chart.span.show_last(bars)
        self.chart.pan(-back)
        self.settle()

    def whole_window(self, meter: Meter) -> None:
        """All that one chart can do by turns, and what a frame cannot beat: a fill and a copy of as many pixels."""
        pixels = Pixels(self.app)
        event = self.app.processEvents  # paints what was asked for; no whole frame follows
        meter.add("cross", self.cross, lambda: self.look(VIEW), event)
        meter.add("fill", pixels.fill, pixels.show, event)
        meter.add("pan", self.pan, lambda: self.look(VIEW, 2000))
        meter.add("drag", self.drag, lambda: self.look(VIEW, 2000))
        meter.add("tick", self.tick, lambda: self.look(VIEW), event)
        meter.add("append", self.append, lambda: self.look(VIEW))
        meter.add("pan all", self.pan_all, self.show_all)
        meter.add("copy", pixels.copy, pixels.show, event)
        meter.run()
        pixels.hide()
        meter.measure("pan quiet", self.pan, lambda: self.look(VIEW, 2000))

    def cross(self, n: int) -> None:
        from PySide6.QtCore import QPoint

        self.chart.set_cursor(QPoint(400 + 7 * (n % 100), 300 + n % 40))

    def pan(self, n: int) -> None:
        self.chart.pan(3 if n % 2 else -4)

    def tick(self, n: int) -> None:
        """The newest candle changes."""
        from shared_modules.core.market import Candle

        o, h, lo, c = tick_of(self._raw, n)
        self.chart.update_candle(Candle(self._newest, o, h, lo, c, 10.0, 0.0, False))

    def append(self, n: int) -> None:
        self._newest += MINUTE
        self.tick(n)

    def replaying(self, meter: Meter) -> None:
        """A replay of the last half at 1,000 times, a frame each 33 ms."""
        from shared_modules.core.clock import ManualClock
        from shared_modules.core.replay import BarReplay, ReplayClock
        from shared_modules.core.timeframes import TIMEFRAMES
        from tradebot_gui.panels.chart_replay import FRAME_MS, show_step

        base = ManualClock()
        clock = ReplayClock(int(self._bars.time[len(self._bars) // 2]), base, 1000.0)
        replay = BarReplay(self._bars, TIMEFRAMES["1m"], clock)
        clock.play()
        self.chart.set_bars(replay.bars, None)
        self.wait()
        self.look(VIEW)

        def frame(_: int) -> None:
            asyncio.run(base.advance(FRAME_MS / 1000))
            show_step(self.chart, replay, replay.advance())
            self.chart.refresh()

        meter.measure("replay", frame)
        self.chart.show_until(None)
        self.chart.set_bars(self._bars, None)
        self.wait()

    def drag(self, n: int) -> None:
        """The mouse with the crosshair pulls the chart, to and fro."""
        from PySide6.QtCore import QPoint, QPointF

        step = 20 if n // 40 % 2 else -20
        self.chart.drag(QPointF(step, 0), QPoint(900, 300))
        self.chart.set_cursor(QPoint(900 + n % 40 * step // 2, 300 + n % 7))

    def show_all(self) -> None:
        self.look(len(self._raw["time"]) * 1.05)

    def pan_all(self, n: int) -> None:
        step = len(self._raw["time"]) * 0.01
        self.chart.pan(step if n % 2 else -step)

    def many_lines(self, meter: Meter) -> None:
        from tradebot_gui.charts import OverlaySpec

        self.chart.set_overlays([OverlaySpec("sma", {"period": 10 + 10 * k}) for k in range(12)] + self._specs[3:])
        self.wait()
        self.look(VIEW, 2000)
        meter.measure("pan 12 lines", self.pan)


class Pixels:
    """A window as large as the chart's that is filled with a colour, or has an image of its size copied into it."""

    def __init__(self, app: Any) -> None:
        from PySide6.QtGui import QColor, QImage, QPainter
        from PySide6.QtWidgets import QWidget

        image = QImage(*SIZE, QImage.Format.Format_RGB32)
        image.fill(QColor("#203040"))

        class Plain(QWidget):
            copies = False
            shade = 0

            def paintEvent(self, _: object) -> None:
                painter = QPainter(self)
                if self.copies:
                    painter.drawImage(0, 0, image)
                else:
                    painter.fillRect(self.rect(), QColor(40, 40, self.shade))
                painter.end()

        self._app, self._plain = app, Plain()
        self._plain.resize(*SIZE)
        self.show, self.hide = self._plain.show, self._plain.hide

    def fill(self, n: int) -> None:
        self._plain.copies, self._plain.shade = False, n % 200
        self._plain.update()

    def copy(self, n: int) -> None:
        self._plain.copies = True
        self._plain.update()

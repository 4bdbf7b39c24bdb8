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


def measured(bars: dict[str, Any], frames: int) -> dict[str, Any]:
    """All figures of the chart over ``bars``."""
    bench = Bench(bars)
    found = bench.first_show()
    acts = ("crosshair", "panning", "growing", "replaying", "whole", "many_lines", "fills")
    meters = [getattr(bench, name)(frames) for name in acts]
    bench.chart.stop()
    worst = {name: value for meter in meters for name, value in meter.worst.items()}
    return {**found, **{n: v for meter in meters for n, v in meter.found.items()}, "worst": worst}


def profiled(bars: dict[str, Any], frames: int) -> dict[str, Any]:
    """Where the time of the dearest frame goes, all bars in view, on standard error."""
    bench = Bench(bars)
    bench.first_show()
    bench.show_all()
    profile = cProfile.Profile()
    profile.enable()
    bench.pan_all(frames)
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(28)
    bench.chart.stop()
    return {}


class Bench:
    """A chart in a window of its own, and the changes that are measured."""

    def __init__(self, bars: dict[str, Any]) -> None:
        from PySide6.QtWidgets import QApplication

        from shared_modules.core.bars import Bars
        from tradebot_gui.charts import OverlaySpec, prepare_pyqtgraph

        self.app = QApplication([])
        prepare_pyqtgraph()
        self._raw = bars
        self._bars = Bars.of(*(bars[c] for c in COLUMNS))
        self._specs = [OverlaySpec("sma", {"period": p}) for p in (20, 50, 100)] + [OverlaySpec("rsi")]
        self._warm()

    def _warm(self) -> None:
        """Load what computes indicators: a terminal that runs has done so."""
        from shared_modules.indicators.catalogue import indicator

        for spec in self._specs:
            found = indicator(spec.indicator)
            params = {p.name: p.default for p in found.parameters} | dict(spec.params)
            found.compute(self._bars.tail(60_000), **params)

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
        wall = time.perf_counter() - wall
        self.wait()
        self.settle()
        spent = time.process_time() - began
        return {"first": spent * 1000, "wall": wall * 1000, "memory": (resident() - before) / 1e6}

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
        """Show so many bars, the newest of them so far before the end."""
        self.chart.span.show_last(bars)
        self.chart.pan(-back)
        self.settle()

    def crosshair(self, frames: int) -> Meter:
        from PySide6.QtCore import QPoint

        self.look(VIEW)
        meter = Meter(self.app.processEvents, frames)
        meter.measure("cross", lambda n: self.chart.set_cursor(QPoint(400 + 7 * (n % 100), 300 + n % 40)))
        self.chart.set_cursor(None)
        return meter

    def panning(self, frames: int) -> Meter:
        self.look(VIEW, 2000)
        meter = Meter(self.settle, frames)
        meter.measure("pan", lambda n: self.chart.pan(3 if n % 2 else -4))
        return meter

    def growing(self, frames: int) -> Meter:
        """The newest candle changes, and new ones come."""
        self.look(VIEW)
        newest = int(self._raw["time"][-1])
        ticks, appends = Meter(self.app.processEvents, frames), Meter(self.settle, frames)
        ticks.measure("tick", lambda n: self._take(n, newest))
        appends.measure("append", lambda n: self._take(n, newest + MINUTE * (n + 1)))
        ticks.found |= appends.found
        ticks.worst |= appends.worst
        return ticks

    def _take(self, n: int, at: int) -> None:
        from shared_modules.core.market import Candle

        o, h, lo, c = tick_of(self._raw, n)
        self.chart.update_candle(Candle(at, o, h, lo, c, 10.0, 0.0, False))

    def replaying(self, frames: int) -> Meter:
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

        meter = Meter(self.settle, frames)
        meter.measure("replay", frame)
        self.chart.show_until(None)
        self.chart.set_bars(self._bars, None)
        self.wait()
        return meter

    def show_all(self) -> None:
        self.look(len(self._raw["time"]) * 1.05)

    def pan_all(self, frames: int) -> Meter:
        step = len(self._raw["time"]) * 0.01
        meter = Meter(self.settle, frames)
        meter.measure("pan all", lambda n: self.chart.pan(step if n % 2 else -step))
        return meter

    def whole(self, frames: int) -> Meter:
        """All bars in view."""
        self.show_all()
        return self.pan_all(frames)

    def many_lines(self, frames: int) -> Meter:
        from tradebot_gui.charts import OverlaySpec

        self.look(VIEW, 2000)
        self.chart.set_overlays([OverlaySpec("sma", {"period": 10 + 10 * k}) for k in range(12)] + self._specs[3:])
        self.wait()
        self.settle()
        meter = Meter(self.settle, frames)
        meter.measure("pan 12 lines", lambda n: self.chart.pan(3 if n % 2 else -4))
        return meter

    def fills(self, frames: int) -> Meter:
        """A whole window filled with a colour, and an image of its size copied into it: what a frame cannot beat."""
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

        plain = Plain()
        plain.resize(*SIZE)
        plain.show()
        self.app.processEvents()
        meter = Meter(self.app.processEvents, frames)

        def act(n: int) -> None:
            plain.shade = n % 200
            plain.update()

        meter.measure("fill", act)
        plain.copies = True
        meter.measure("copy", act)
        return meter

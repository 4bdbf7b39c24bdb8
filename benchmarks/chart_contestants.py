"""One chart with one history, measured: `python benchmarks/chart_contestants.py NAME BARS FRAMES SECONDS`; prints JSON.

Every chart is 1920x1080 on Qt's offscreen platform and paints by software. A figure is the CPU time of the whole
process in ms for one change and the frame that shows it, the lower quartile of at least FRAMES of them and of SECONDS
of CPU time; memory is what the process grew by over the bars themselves. With 0 FRAMES only the first show is measured.
"pan quiet" is a pan while no candle comes: vnpy then need not look through all its bars again.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from chart_meter import SIZE, VIEW, Meter, resident, tick_of
from market import walk

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> None:
    """Measure the chart named on the command line."""
    name, bars, frames, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    print(json.dumps(CONTESTANTS[name](walk(bars, 7), frames, seconds)))


def first_show(cpu: float, wall: float, before: int) -> dict[str, float]:
    """CPU and clock time in ms since ``cpu`` and ``wall``, and what was added to ``before`` bytes, in MB."""
    spent, waited = time.process_time() - cpu, time.perf_counter() - wall
    return {"first": spent * 1000, "wall": waited * 1000, "memory": (resident() - before) / 1e6}


def averages(close: np.ndarray) -> list[np.ndarray]:
    """Three averages of ``close``, handed ready to the charts that compute none."""
    sums = np.concatenate(([0.0], np.cumsum(close)))
    found = []
    for period in (20, 50, 100):
        line = np.full(len(close), np.nan)
        line[period - 1 :] = (sums[period:] - sums[:-period]) / period
        found.append(line)
    return found


# -- finplot -------------------------------------------------------------------------------------------------------


def finplot(bars: dict[str, Any], frames: int, seconds: float) -> dict[str, Any]:
    """finplot with candles, three lines, volume and a second plot; live data by ``update_data``, as its guide does."""
    import finplot as fplt
    import pandas as pd
    from pyqtgraph.Qt import QtCore, QtWidgets

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    frame = pd.DataFrame(
        {c: bars[c.lower()] for c in ("Open", "Close", "High", "Low", "Volume")},
        index=pd.to_datetime(bars["time"], unit="ms"),
    )
    lines = [pd.Series(line, index=frame.index) for line in averages(bars["close"])]
    pane = lines[0] - lines[1]
    before, begin, began = resident(), time.process_time(), time.perf_counter()
    price, below = fplt.create_plot("TEST", rows=2, init_zoom_periods=VIEW, maximize=False)
    fplt.windows[-1].resize(*SIZE)
    plots = [fplt.candlestick_ochl(frame[["Open", "Close", "High", "Low"]], ax=price)]
    volume = fplt.volume_ocv(frame[["Open", "Close", "Volume"]], ax=price.overlay())
    drawn = [fplt.plot(line, ax=price) for line in lines]
    drawn.append(fplt.plot(pane, ax=below))
    fplt.show(qt_exec=False)
    fplt.windows[-1].resize(*SIZE)

    def settle() -> None:
        app.processEvents()
        app.processEvents()

    settle()
    shown = first_show(begin, began, before)
    if not frames:
        return shown
    meter = Meter(settle, frames, seconds)
    view = price.vb

    def cross(n: int) -> None:
        fplt._mouse_moved(fplt.windows[-1], price, (QtCore.QPointF(400 + 7 * (n % 100), 300 + n % 40),))

    def show(table: Any, more: list[Any], last: Any) -> None:
        plots[0].update_data(table[["Open", "Close", "High", "Low"]])
        volume.update_data(table[["Open", "Close", "Volume"]])
        for plot, line in zip(drawn, [*more, last], strict=True):
            plot.update_data(line)

    def newest() -> None:
        view.pan_x(steps=len(frame))

    def tick(n: int) -> None:
        o, h, lo, c = tick_of(bars, n)
        frame.iloc[-1, :4] = o, c, h, lo
        show(frame, lines, pane)

    def append(n: int) -> None:
        nonlocal frame, lines, pane
        more = pd.DatetimeIndex([frame.index[-1] + pd.Timedelta("1min")])
        frame = pd.concat([frame, pd.DataFrame([frame.iloc[-1].to_dict()], index=more)])
        lines = [pd.concat([line, pd.Series([line.iloc[-1]], index=more)]) for line in lines]
        pane = pd.concat([pane, pd.Series([pane.iloc[-1]], index=more)])
        show(frame, lines, pane)

    def pan(n: int) -> None:
        view.pan_x(steps=3 if n % 2 else -4)

    def back() -> None:
        newest()
        view.pan_x(steps=-2000)

    meter.add("cross", cross)
    meter.add("pan", pan, back)
    meter.add("tick", tick, newest)
    meter.add("append", append, newest)
    meter.run()
    meter.measure("pan quiet", pan, back)
    return meter.result(**shown)


# -- vnpy ----------------------------------------------------------------------------------------------------------


def vnpy(bars: dict[str, Any], frames: int, seconds: float) -> dict[str, Any]:
    """vnpy's chart as it ships: candles, volume and cursor; it has no overlays."""
    from datetime import UTC, datetime

    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication
    from vnpy.chart import CandleItem, ChartWidget, VolumeItem
    from vnpy.trader.constant import Exchange, Interval
    from vnpy.trader.object import BarData

    app = QApplication([])

    def bar(at: int, o: float, h: float, lo: float, c: float, v: float) -> Any:
        return BarData(
            gateway_name="B", symbol="T", exchange=Exchange.LOCAL, datetime=datetime.fromtimestamp(at / 1000, UTC),
            interval=Interval.MINUTE, volume=v, open_price=o, high_price=h, low_price=lo, close_price=c,
        )  # fmt: skip

    columns = [bars[c].tolist() for c in ("time", "open", "high", "low", "close", "volume")]
    before, begin, began = resident(), time.process_time(), time.perf_counter()
    history = [bar(*row) for row in zip(*columns, strict=True)]
    chart = ChartWidget()
    chart.add_plot("candle", hide_x_axis=True)
    chart.add_plot("volume", maximum_height=200)
    chart.add_item(CandleItem, "candle", "candle")
    chart.add_item(VolumeItem, "volume", "volume")
    chart.add_cursor()
    chart.resize(*SIZE)
    chart.show()
    chart.update_history(history)
    chart._bar_count = VIEW
    chart.move_to_right()

    def settle() -> None:
        app.processEvents()
        app.processEvents()

    settle()
    shown = first_show(begin, began, before)
    if not frames:
        return shown
    meter = Meter(settle, frames, seconds)
    newest = int(bars["time"][-1])

    def pan(n: int) -> None:
        chart._right_ix += 3 if n % 2 else -4
        chart._update_x_range()

    def back() -> None:
        chart.move_to_right()
        chart._right_ix -= 2000
        chart._update_x_range()

    def take(n: int, later: int = 0) -> None:
        nonlocal newest
        newest += later
        chart.update_bar(bar(newest, *tick_of(bars, n), 10.0))

    cursor = chart._cursor
    meter.add("cross", lambda n: cursor._mouse_moved(QPointF(400 + 7 * (n % 100), 300 + n % 40)), chart.move_to_right)
    meter.add("pan", pan, back)
    meter.add("tick", take, chart.move_to_right)
    meter.add("append", lambda n: take(n, 60_000), chart.move_to_right)
    meter.run()
    meter.measure("pan quiet", pan, back)
    return meter.result(**shown)


def _ours(bars: dict[str, Any], frames: int, seconds: float) -> dict[str, Any]:
    """The chart of this program."""
    from chart_ours import measured, profiled

    if "--profile" in sys.argv:
        return profiled(bars, frames)
    return measured(bars, frames, seconds)


CONTESTANTS: dict[str, Callable[[dict[str, Any], int, float], dict[str, Any]]] = {
    "ours": _ours,
    "finplot": finplot,
    "vnpy": vnpy,
}

if __name__ == "__main__":
    main()

"""The terminal as `window_soak` runs it: four charts, the collector's table, and a timer that is never late for free.

Started by that benchmark in a process of its own; what it measured is one JSON object in the file it was named.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

EVERY_MS = 10
CHARTS = 4


class Lateness:
    """A timer of 10 ms on the window's loop; ``counts`` by whole ms of lateness."""

    def __init__(self, owner: Any) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.counts: Counter[int] = Counter()
        self._last = time.perf_counter()
        self._timer = QTimer(owner)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(EVERY_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.counts[max(0, int((now - self._last) * 1000 - EVERY_MS))] += 1
        self._last = now


class Heard(logging.Handler):
    """Counts warnings and errors by logger, and keeps the first sentences."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.counts: Counter[str] = Counter()
        self.first: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.counts[record.name] += 1
        if len(self.first) < 20:
            self.first.append(f"{record.name}: {record.getMessage()}"[:300])


def measured(base: type, warm: float, report: Path) -> type:
    """The window's session with what is measured in it; numbers count from ``warm`` seconds after its start."""

    class Measured(base):  # type: ignore[misc, valid-type]
        def _connect(self, desk: Any, window: Any) -> None:
            super()._connect(desk, window)
            from PySide6.QtCore import QTimer

            self._heard = Heard()
            logging.getLogger().addHandler(self._heard)
            self._desk, self._late = desk, Lateness(window)
            self._messages = 0
            QTimer.singleShot(int(warm * 1000), window, lambda: self._settled(window))

        def _started(self, window: Any) -> None:
            super()._started(window)
            symbols = [i.symbol for i in self._engine.instruments]
            for n in range(1, CHARTS):
                chart = window.charts.new()
                chart.select_symbol(symbols[n * 7 % len(symbols)])
            window.docks.show("collector")

        def _settled(self, window: Any) -> None:
            self._late.counts.clear()
            window.watchdog.begin()
            self._began, self._messages = time.perf_counter(), self._engine.status().feed.messages

        async def _summary(self, window: Any, longest: float) -> dict[str, Any]:
            status = self._engine.collector.status()
            feed = self._engine.status().feed
            seconds = time.perf_counter() - self._began
            found = {
                "seconds": round(seconds, 1),
                "series": len(status),
                "live": sum(s.state.value == "live" for s in status),
                "gaps": sum(s.gaps for s in status),
                "messages": feed.messages - self._messages,
                "per_second": round((feed.messages - self._messages) / seconds, 1),
                "reconnects": feed.reconnects,
                "charts": 1 + len(window.charts.charts),
                "late": dict(sorted(self._late.counts.items())),
                "longest_ui_block_ms": round(longest, 1),
                "blocks": [str(b) for b in window.watchdog.blocks],
                "warnings": dict(self._heard.counts),
                "first_warnings": self._heard.first,
            }
            summary: dict[str, Any] = await super()._summary(window, longest)
            found["errors"] = summary["errors"]
            found["startup_seconds"] = summary["startup_seconds"]
            report.write_text(json.dumps(found), encoding="utf-8")  # noqa: ASYNC240 - the run is over
            return summary

    return Measured


def main() -> None:
    folder, report, seconds, warm, size, picture = sys.argv[1:7]
    from tradebot_gui import app
    from tradebot_gui.options import GuiOptions

    width, _, height = size.partition("x")
    app.Session = measured(app.Session, float(warm), Path(report))  # type: ignore[misc]
    symbols = tuple(os.environ["TRADEBOT_COLLECTOR__SYMBOLS"].split(","))
    app.run_gui(
        GuiOptions(
            data_dir=Path(folder), live=True, symbols=symbols, exit_after=float(seconds),
            size=(int(width), int(height)), screenshot=Path(picture) if picture else None, started=time.time(),
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()

"""The terminal as `walk` opens it: it goes through its own panels, tabs and dialogs, and then closes.

Started by that benchmark in a process of its own, with the data folder, the window's size, the folder for pictures,
and 1 when slow turns are told instead of pictures taken (2: by Qt's events).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

LATE_MS = 10.0
# how long a stop is looked at, seconds
LOOK = 1.2
# and for how long what it opened is closed
REST = 0.3
# of the steps of slow turns those with this in their name
ONLY = os.environ.get("WALK_ONLY", "")


class Walk:
    """The way through ``window``; ``at`` is where it is now."""

    def __init__(self, window: Any, out: Path, blocks: int) -> None:
        self.window, self._out = window, out
        self._meter: Any = None
        if blocks:
            from turn_meter import TurnMeter

            self._meter = TurnMeter(LATE_MS)
            if blocks > 1:
                self._meter.tell_events()

    async def go(self) -> None:
        """Everything, one after the other."""
        window = self.window
        if self._meter is not None:
            from turn_meter import stop_looking, told

            try:
                await self._turns()
            finally:
                stop_looking()
                told(self._meter.turns, self._meter.count)
            return
        await self._collected()
        await self._stop("window", lambda: None, window)
        await self._tested()
        for panel in list(window.docks.panels):
            await self._stop(f"panel-{panel}", lambda p=panel: window.show_panel(p), window.docks.panels[panel])
        window.show_panel("results")
        for n in range(window.results.tabs.count()):
            tab = f"result-{n:02}-{window.results.tabs.tabText(n)}"
            await self._stop(tab, lambda n=n: window.results.tabs.setCurrentIndex(n), window.results)
        await self._stop("window-result", lambda: window.results.tabs.setCurrentIndex(0), window)
        for name, opened in DIALOGS.items():
            await self._dialog(name, opened)

    @property
    def at(self) -> str:
        """The present step of a walk for slow turns."""
        return "" if self._meter is None else str(self._meter.at)

    async def _collected(self) -> None:
        self.window.collector.start()
        await asyncio.sleep(6.0)

    async def _tested(self) -> None:
        if self._meter is not None:
            self._meter.at = "backtest"
        self.window.start_backtest()
        for _ in range(600):
            await asyncio.sleep(0.2)
            if self.window.results.result is not None:
                break
        await asyncio.sleep(1.0)

    async def _turns(self) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
        from walk_turns import close_what_opened, steps

        await self._collected()
        await self._tested()
        for name, do in steps(self.window):
            if ONLY not in name:
                continue
            known = set(QApplication.topLevelWidgets())
            # what is modal in the middle of a step would keep the walk: it is closed from the loop's next turns
            asyncio.get_running_loop().call_later(LOOK / 2, close_what_opened, known)
            self._meter.at = name
            if os.environ.get("WALK_LOUD"):
                print(name, flush=True)
            # from the loop, as a click comes: a task that waits within a dialog would keep all other tasks
            QTimer.singleShot(0, self.window, do)
            await asyncio.sleep(LOOK / 2)
            self._meter.at = f"after {name}"
            close_what_opened(known)
            await asyncio.sleep(REST)

    async def _dialog(self, name: str, opened: Callable[[Any], object]) -> None:
        from PySide6.QtWidgets import QApplication, QDialog

        known = set(QApplication.topLevelWidgets())
        opened(self.window)
        await asyncio.sleep(LOOK)
        new = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible() and w not in known]
        for n, dialog in enumerate(new):
            self._picture(f"dialog-{name}{n or ''}", dialog)
            dialog.close()

    async def _stop(self, name: str, go: Callable[[], object], shown: Any) -> None:
        go()
        await asyncio.sleep(LOOK)
        self._picture(name, shown)

    def _picture(self, name: str, shown: Any) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        shown.grab().save(str(self._out / f"{name.replace(' ', '-')}.png"))


class AtStep(logging.Handler):
    """Tells warnings and errors with the step they came at."""

    def __init__(self, session: Any) -> None:
        super().__init__(logging.WARNING)
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        print(f"! at {self._session._walk.at}: {record.getMessage()}", flush=True)
        if record.exc_info:
            traceback.print_exception(*record.exc_info)


DIALOGS: dict[str, Callable[[Any], object]] = {
    "settings": lambda w: w.open_settings(),
    "setup": lambda w: w.open_setup(),
    "keys": lambda w: w.open_shortcuts(),
    "workspaces": lambda w: w.open_workspaces(),
    "about": lambda w: w.open_about(),
    "guide": lambda w: w.open_guide(),
    "alert": lambda w: w.new_alert(),
    "indicators": lambda w: w.chart._indicators.ask(),
    "compare": lambda w: w.chart.compare.ask(),
    "palette": lambda w: w.palette_control.open(),
}


def walking(base: type, out: Path, blocks: int) -> type:
    """The window's session with a walk in it."""

    class Walking(base):  # type: ignore[misc, valid-type]
        def _started(self, window: Any) -> None:
            super()._started(window)
            logging.getLogger().addHandler(AtStep(self))
            self._walk = Walk(window, out, blocks)
            self._walking = asyncio.ensure_future(self._walk.go())
            self._walking.add_done_callback(lambda _: self._closing.set())

        async def _summary(self, window: Any, longest: float) -> dict[str, Any]:
            summary: dict[str, Any] = await super()._summary(window, longest)
            if summary["errors"] or self._walking.exception():
                print(out.name, summary["errors"], repr(self._walking.exception()))
            return summary

    return Walking


def main() -> None:
    folder, size, out, blocks = sys.argv[1:5]
    from tradebot_gui import app
    from tradebot_gui.options import GuiOptions

    width, _, height = size.partition("x")
    app.Session = walking(app.Session, Path(out), int(blocks))  # type: ignore[misc]
    app.run_gui(
        GuiOptions(data_dir=Path(folder), demo=True, exit_after=3600.0, size=(int(width), int(height)),
                   started=time.time())
    )  # fmt: skip


if __name__ == "__main__":
    main()

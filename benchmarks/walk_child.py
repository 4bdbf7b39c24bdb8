"""The terminal as `walk` opens it: it goes through its own panels, tabs and dialogs, and then closes.

Started by that benchmark in a process of its own, with the data folder, the window's size, the folder for pictures,
and 1 when lateness is told instead of pictures taken.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

LATE_MS = 10.0
# how long a stop is looked at, seconds
LOOK = 1.2


class Walk:
    """The way through ``window``; ``at`` is where it is now."""

    def __init__(self, window: Any, out: Path, blocks: bool) -> None:
        self.window, self._out, self._blocks = window, out, blocks
        self.at = "start"
        self.late: list[tuple[str, Any]] = []
        window.watchdog.blocked.connect(lambda block: self.late.append((self.at, block)))

    async def go(self) -> None:
        """Everything, one after the other."""
        window = self.window
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
        await self._changes()

    async def _collected(self) -> None:
        self.window.collector.start()
        await asyncio.sleep(6.0)

    async def _tested(self) -> None:
        self.at = "backtest"
        self.window.start_backtest()
        for _ in range(600):
            await asyncio.sleep(0.2)
            if self.window.results.result is not None:
                break
        await asyncio.sleep(1.0)

    async def _changes(self) -> None:
        if not self._blocks:
            return
        window = self.window
        for name, change in (
            ("theme", window.switch_theme),
            ("theme-back", window.switch_theme),
            ("symbol", lambda: window.desk.select_symbol(window.desk.engine.instruments[3].symbol)),
            ("new-chart", window.charts.new),
            ("streamer", lambda: window.toggle("appearance.streamer")),
            ("streamer-off", lambda: window.toggle("appearance.streamer")),
            ("workspace", lambda: window.workspaces.save_as("kept")),
            ("reset", window.reset_layout),
            ("workspace-back", lambda: window.workspaces.open("kept")),
            ("roll-back", window.workspaces.roll_back),
        ):
            await self._stop(name, change, window)

    async def _dialog(self, name: str, opened: Callable[[Any], object]) -> None:
        from PySide6.QtWidgets import QApplication, QDialog

        known = set(QApplication.topLevelWidgets())
        self.at = f"dialog-{name}"
        opened(self.window)
        await asyncio.sleep(LOOK)
        new = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible() and w not in known]
        for n, dialog in enumerate(new):
            self._picture(f"dialog-{name}{n or ''}", dialog)
            dialog.close()

    async def _stop(self, name: str, go: Callable[[], object], shown: Any) -> None:
        self.at = name
        go()
        await asyncio.sleep(LOOK)
        self._picture(name, shown)

    def _picture(self, name: str, shown: Any) -> None:
        if not self._blocks:
            self._out.mkdir(parents=True, exist_ok=True)
            shown.grab().save(str(self._out / f"{name.replace(' ', '-')}.png"))


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


def told(late: list[tuple[str, Any]]) -> None:
    """Print what computed for too long, the worst first."""
    for at, block in sorted(late, key=lambda one: -one[1].cpu_ms):
        if block.cpu_ms > LATE_MS:
            where = " > ".join(block.where[-9:])
            print(f"{block.cpu_ms:6.1f} ms computing ({block.ms:6.1f} late) at {at}\n        {where}")


def walking(base: type, out: Path, blocks: bool) -> type:
    """The window's session with a walk in it."""

    class Walking(base):  # type: ignore[misc, valid-type]
        def _started(self, window: Any) -> None:
            super()._started(window)
            self._walk = Walk(window, out, blocks)
            self._walking = asyncio.ensure_future(self._walk.go())
            self._walking.add_done_callback(lambda _: self._closing.set())

        async def _summary(self, window: Any, longest: float) -> dict[str, Any]:
            summary: dict[str, Any] = await super()._summary(window, longest)
            if blocks:
                told(self._walk.late)
            if summary["errors"] or self._walking.exception():
                print(out.name, summary["errors"], repr(self._walking.exception()))
            return summary

    return Walking


def main() -> None:
    folder, size, out, blocks = sys.argv[1:5]
    from tradebot_gui import app, watchdog
    from tradebot_gui.options import GuiOptions

    if blocks == "1":
        watchdog.LATE_MS, watchdog._LOOK = LATE_MS, 0.002
    width, _, height = size.partition("x")
    app.Session = walking(app.Session, Path(out), blocks == "1")  # type: ignore[misc]
    app.run_gui(
        GuiOptions(data_dir=Path(folder), demo=True, exit_after=3600.0, size=(int(width), int(height)),
                   started=time.time())
    )  # fmt: skip


if __name__ == "__main__":
    main()

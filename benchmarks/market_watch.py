"""CPU and lateness of the market watch with all symbols moving: 550 rows, 2,000 updates a second.

    QT_QPA_PLATFORM=offscreen python benchmarks/market_watch.py [--rows 550] [--rate 2000] [--seconds 20] [--json FILE]

The panel stands at 420 x 1040 on the window's own loop and bridge. Updates come through the engine's bus,
as its own do, in bursts of a hundredth of a second. The same run without the panel tells what making and publishing
them costs by itself, and that is taken off. Lateness is the window's own watchdog's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
_EVERY = 0.01
_SETTLE = 3.0


class Moves:
    """Publishes random moves of all symbols at ``rate`` a second."""

    def __init__(self, engine: Any, symbols: list[str], rate: float) -> None:
        self._engine, self._symbols, self._rate = engine, symbols, rate
        self._dice = random.Random(7)
        self._prices = {symbol: self._dice.uniform(1, 1000) for symbol in symbols}
        self.sent = 0

    async def run(self, seconds: float) -> None:
        began, at_first = time.perf_counter(), self.sent
        while (passed := time.perf_counter() - began) < seconds:
            for _ in range(round(passed * self._rate) - (self.sent - at_first)):
                symbol = self._symbols[self._dice.randrange(len(self._symbols))]
                price = self._prices[symbol] = self._prices[symbol] * (1 + self._dice.gauss(0, 1e-4))
                self._engine.move(symbol, price, self._dice.gauss(0, 0.02))
                self.sent += 1
            await asyncio.sleep(_EVERY)


async def measured(rows: int, rate: float, seconds: float, with_panel: bool) -> dict[str, float]:
    """CPU of one core in percent, and the worst and the typical lateness in ms."""
    from tests.gui.fake_engine import FakeEngine
    from tradebot_gui.desk import Desk
    from tradebot_gui.panels.watchlist import WatchlistPanel
    from tradebot_gui.watchdog import Watchdog

    with tempfile.TemporaryDirectory() as folder:
        engine = FakeEngine(Path(folder))
        desk = Desk(engine)  # type: ignore[arg-type]
        symbols = [f"S{n:03}USDT" for n in range(rows)]
        moves = Moves(engine, symbols, rate)
        panel = WatchlistPanel(desk) if with_panel else None
        if panel is not None:
            panel.resize(420, 1040)
            panel.show()
        engine.list_instruments(symbols)
        watchdog = Watchdog()
        await moves.run(_SETTLE)
        watchdog.begin()
        sent, cpu, began = moves.sent, time.process_time(), time.perf_counter()
        await moves.run(seconds)
        used, passed = time.process_time() - cpu, time.perf_counter() - began
        late = sorted(watchdog._late)
        watchdog.stop()
        await desk.close()
        if panel is not None:
            panel.close()
    return {
        "updates_per_second": round((moves.sent - sent) / passed),
        "cpu_percent": round(100 * used / passed, 1),
        "late_ms": round(watchdog.longest, 1),
        "late_ms_99_percent": round(late[int(len(late) * 0.99)], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=550)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    os.environ.setdefault("QT_API", "pyside6")
    import qasync
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    loop = qasync.QEventLoop(app)
    with loop:
        bare = loop.run_until_complete(measured(asked.rows, asked.rate, asked.seconds, with_panel=False))
        full = loop.run_until_complete(measured(asked.rows, asked.rate, asked.seconds, with_panel=True))
    panel = round(full["cpu_percent"] - bare["cpu_percent"], 1)
    for name, found in (("updates alone", bare), ("with the market watch", full)):
        print(f"{name:24}", *(f"{key} {value:g}" for key, value in found.items()), sep="  ")
    print(f"the market watch costs {panel} % of a core (limit 15), latest {full['late_ms']} ms (limit 50)")
    if asked.json:
        asked.json.write_text(json.dumps({"bare": bare, "full": full, "panel_cpu_percent": panel}, indent=1))


if __name__ == "__main__":
    main()

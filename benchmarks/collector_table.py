"""CPU of single turns of the window's loop with the collector's table of 1,650 series, which all move.

    QT_QPA_PLATFORM=offscreen python benchmarks/collector_table.py [--rounds 12] [--symbols 550] [--size 1400x700]

Each round: a second passes, the table is sorted, scrolled, searched letter by letter, painted whole, shown by symbol.
Of what each brings about, the longest turn counts; medians and the worst of all rounds, ms of CPU of this thread.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
_FRAMES = ("1m", "5m", "15m")
_START = 1_750_000_000_000


class Turns:
    """What single turns of the loop took, by name, ms."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)

    async def after(self, name: str, act: Callable[[], Any], turns: int = 3) -> None:
        """Do ``act``, and keep the longest of it and the ``turns`` of the loop after it."""
        from PySide6.QtWidgets import QApplication

        async def events() -> None:
            QApplication.processEvents()

        began = thread_time()
        act()
        longest = thread_time() - began
        for _ in range(turns):
            for turn in (asyncio.sleep(0), events()):
                began = thread_time()
                await turn
                longest = max(longest, thread_time() - began)
        self.took[name].append(longest * 1000)

    def tell(self) -> None:
        for name, took in self.took.items():
            print(f"{name:24} median {statistics.median(took):5.1f} ms  worst {max(took):5.1f} ms")


async def rounds(panel: Any, engine: Any, turns: Turns, count: int) -> None:
    """What a person does with the table while it moves."""
    dice, view, series = random.Random(1), panel.view, engine.collector.series
    bar = view.verticalScrollBar()
    for n in range(count):
        engine.collector.differs = {
            s: {"last_candle_age": dice.random() * 500, "per_minute": dice.random() * 10, "rows": 50 + n,
                "last_time": _START + n * 60_000}
            for s in series
        }  # fmt: skip
        await turns.after("a second passes", panel.refresh, 2 + len(series) // 15)
        await turns.after("a new order", lambda: view.sort_by(6))
        await turns.after("a page further", lambda: bar.setValue(dice.randrange(max(1, bar.maximum()))))
        for text in ("S", "S1", "S12", ""):
            await turns.after("a letter in the search", lambda text=text: panel.search.setText(text))
        await turns.after("painted whole", view.viewport().update)
        for _ in range(2):
            await turns.after("by symbol or by series", panel.by_symbol.trigger)


async def run(chosen: argparse.Namespace) -> None:
    from tests.gui.fake_engine import FakeEngine
    from tradebot_gui.desk import Desk
    from tradebot_gui.panels.collector import CollectorPanel

    symbols, turns = tuple(f"S{n:03}USDT" for n in range(chosen.symbols)), Turns()
    with tempfile.TemporaryDirectory() as folder:
        engine = FakeEngine(Path(folder))
        desk = Desk(engine)  # type: ignore[arg-type]
        panel = CollectorPanel(desk)
        panel.resize(*map(int, chosen.size.split("x")))
        panel.show()
        engine.list_instruments(symbols)
        await engine.start_collecting(symbols, _FRAMES)
        while panel.view.rows.rowCount() < len(symbols) * len(_FRAMES):
            await turns.after("filled", lambda: None)
        await rounds(panel, engine, turns, chosen.rounds)
        panel.close()
        await desk.close()
    turns.tell()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--rounds", type=int, default=12)
    options.add_argument("--symbols", type=int, default=550)
    options.add_argument("--size", default="1400x700")
    chosen = options.parse_args()
    os.environ.setdefault("QT_API", "pyside6")
    import qasync
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    # the terminal collects cycles at quiet moments
    gc.disable()
    loop = qasync.QEventLoop(app)
    with loop:
        loop.run_until_complete(run(chosen))


if __name__ == "__main__":
    main()

"""The candle store: closes of 1,650 series made durable, and long files opened.

    python benchmarks/store.py [--series 1650] [--bars 525600] [--rounds 5] [--folder DIR]

Closes: the store's way (journal, then appends) against one journal write plus bare appends, and against one fsync a
file. Opening: from the warm binary copy, and the newest 1,000 bars of a file nobody opened before, against pandas.
Medians of alternating rounds, wall time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import format_rows, write_candle_file
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.sidecar import cached_rows
from shared_modules.data_collection.store import CandleStore

START = 1_700_000_000_000 // 60_000 * 60_000


def walk(count: int, start: int = START) -> Bars:
    """A random walk of minutes with prices of two decimals."""
    dice = np.random.default_rng(3)
    close = np.round(100 + np.cumsum(dice.normal(0, 0.05, count)), 2)
    open_ = np.r_[100.0, close[:-1]]
    high, low = np.maximum(open_, close) + 0.05, np.minimum(open_, close) - 0.05
    volume = np.round(dice.random(count) * 50, 3)
    return Bars.of(start + np.arange(count) * 60_000, open_, np.round(high, 2), np.round(low, 2), close, volume)


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def closes(folder: Path, count: int, rounds: int) -> None:
    """One candle of each series, made durable in three ways."""
    frames = [TIMEFRAMES[n] for n in ("1m", "5m", "15m")]
    series = [Series(Market("bench", Category.LINEAR, f"S{n // 3}USDT"), frames[n % 3]) for n in range(count)]
    paths = DataPaths(folder / "store")
    store = CandleStore(paths, None, flush_seconds=60)
    store.start()
    bare = folder / "bare"
    bare.mkdir()
    names = [bare / f"{n}.csv" for n in range(count)]
    found: dict[str, list[float]] = {"store": [], "bare": [], "fsync": []}
    for n in range(-1, rounds):
        bars = walk(1, START + (n + 1) * 60_000)

        def ours(bars: Bars = bars) -> None:
            for one in series:
                store.append(one, bars)
            store.flush()

        def plain(bars: Bars = bars) -> None:
            row = format_rows(bars).encode()
            _write(bare / "journal", row * count, True)
            for name in names:
                _write(name, row, False)

        def synced(bars: Bars = bars) -> None:
            row = format_rows(bars).encode()
            for name in names[:200]:
                _write(name, row, True)

        taken = {"store": timed(ours), "bare": timed(plain), "fsync": timed(synced) * count / 200}
        if n >= 0:  # the first makes the files
            for key, value in taken.items():
                found[key].append(value)
    store.close()
    a, b, c = (statistics.median(found[k]) * 1000 for k in ("store", "bare", "fsync"))
    print(f"{count:,} closes: store {a:.0f} ms, journal write + bare appends {b:.0f} ms, an fsync a file {c:.0f} ms")
    print(f"store is {a / b:.1f} times the bare appends, and {c / a:.1f} times quicker than an fsync a file")


def _write(path: Path, data: bytes, sync: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(file, data)
    if sync:
        os.fsync(file)
    os.close(file)


def opening(folder: Path, bars: int, rounds: int) -> None:
    """A long file from its copy, and the end of one that has none, against pandas."""
    import pandas as pd

    path = folder / "1m.csv"
    write_candle_file(path, walk(bars))
    os.utime(path, (time.time() - 10, time.time() - 10))
    cached_rows(path)  # makes the copy
    cold = folder / "cold"
    found: dict[str, list[float]] = {"pandas": [], "warm": [], "summed": [], "newest": []}
    for _ in range(rounds):
        found["pandas"].append(timed(lambda: pd.read_csv(path)))
        found["warm"].append(timed(lambda: cached_rows(path)))
        found["summed"].append(timed(lambda: [float(getattr(cached_rows(path), c).sum()) for c in ("open", "close")]))
        shutil.rmtree(cold, ignore_errors=True)
        cold.mkdir()
        shutil.copy(path, cold / "1m.csv")
        found["newest"].append(timed(lambda: cached_rows(cold / "1m.csv", limit=1000)))
    p, w, s, n = (statistics.median(found[k]) * 1000 for k in ("pandas", "warm", "summed", "newest"))
    print(f"{bars:,} bars: pandas {p:.0f} ms; warm copy {w:.1f} ms ({w / p:.2%}), with two columns summed {s:.1f} ms "
          f"({s / p:.2%}); newest 1,000 of a cold file {n:.1f} ms ({n / p:.2%})")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--series", type=int, default=1650)
    options.add_argument("--bars", type=int, default=525_600)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        closes(Path(folder), chosen.series, chosen.rounds)
        opening(Path(folder), chosen.bars, chosen.rounds)


if __name__ == "__main__":
    main()

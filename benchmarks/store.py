"""The candle store: closes of 1,650 series made durable, and long files opened.

    python benchmarks/store.py [--series 1650] [--bars 525600] [--rounds 15] [--folder DIR]

Closes: the store's way (journal, then appends) against one journal write plus bare appends, and how long until they are
durable against one fsync a file. What an fsync costs on this disk at this moment is told beside. Opening: from the warm
binary copy, and the newest 1,000 bars of a file nobody opened before, against pandas.
Medians of alternating rounds.
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
from shared_modules.core.market import Candle, Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.sidecar import cached_rows
from shared_modules.data_collection.store import CandleStore

_SOME = 100  # files of which each is synced, because all of them would take long
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


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU that ``work`` took."""
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - cpu


def closes(folder: Path, count: int, rounds: int) -> None:
    """One candle of each series: durable, in its file, and the same by hand in two ways; medians, wall and CPU."""
    frames = [TIMEFRAMES[n] for n in ("1m", "5m", "15m")]
    series = [Series(Market("bench", Category.LINEAR, f"S{n // 3}USDT"), frames[n % 3]) for n in range(count)]
    store = CandleStore(DataPaths(folder / "store"), None, flush_seconds=60)
    store.start()
    bare = folder / "bare"
    bare.mkdir()
    names = [bare / f"{n}.csv" for n in range(count)]
    some = names[:_SOME]
    found: dict[str, list[float]] = {}
    for n in range(-1, rounds):
        bars = walk(1, START + (n + 1) * 60_000)
        row, closed = format_rows(bars).encode(), bars.candle(0)

        def handed(candle: Candle = closed) -> None:
            for one in series:
                store.append(one, candle)

        def synced(row: bytes = row) -> None:
            for name in some:
                _write(name, row, True)

        def plain(row: bytes = row) -> None:
            for name in names:
                _write(name, row, False)

        taken = {"handed": spent(handed), "flush": spent(store.flush), "appends": spent(plain)}
        taken["store"] = tuple(map(sum, zip(taken["handed"], taken["flush"], strict=True)))
        taken["durable"] = (store.health().synced or 0.0, 0.0)
        taken["journal"] = spent(lambda row=row: _write(bare / "journal", row * count, True))
        taken["fsync"] = tuple(part / len(some) for part in spent(synced))
        if n >= 0:  # the first makes the files
            for key, (wall, cpu) in taken.items():
                found.setdefault(key, []).append(wall * 1000)
                found.setdefault(f"{key} CPU", []).append(cpu * 1000)
    store.close()
    _tell(count, {key: statistics.median(times) for key, times in found.items()})


def _tell(count: int, ms: dict[str, float]) -> None:
    by_hand = ms["journal"] + ms["appends"]
    by_hand_cpu = ms["journal CPU"] + ms["appends CPU"]
    print(f"this disk: a synced append of a row {ms['fsync']:.2f} ms, of {count:,} rows at once {ms['journal']:.1f} ms")
    print(
        f"{count:,} closes durable: {ms['durable']:.1f} ms with 1 fsync; an fsync a file would take "
        f"{ms['fsync'] * count:,.0f} ms with {count:,}: {ms['fsync'] * count / ms['durable']:.0f} times as long"
    )
    both = ms["durable"] + ms["handed"]
    print(f"  from the first handed over, {ms['handed']:.1f} ms before: {ms['fsync'] * count / both:.0f} times")
    print(
        f"  durable and in the files: {ms['store']:.1f} ms, one journal write and bare appends {by_hand:.1f} ms: "
        f"{ms['store'] / by_hand:.1f} times"
    )
    print(f"  CPU: {ms['store CPU']:.1f} ms and {by_hand_cpu:.1f} ms: {ms['store CPU'] / by_hand_cpu:.1f} times")


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
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        closes(Path(folder), chosen.series, chosen.rounds)
        opening(Path(folder), chosen.bars, chosen.rounds)


if __name__ == "__main__":
    main()

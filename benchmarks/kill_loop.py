"""Kill -9 at random instants while candles are written; after each kill the folder must be what it should.

    python benchmarks/kill_loop.py [--kills 50] [--seed 1] [--folder DIR]

A child appends the candles of eight series through the store (appends, corrections of older rows, trims by retention)
and tells after each flush what is durable by then. The parent kills it at a random instant, opens the store as the
next start does, and checks: every line parses, no time twice, none out of order, no candle that was never written,
every durable candle there with its newest values, nothing changed that stood before.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle, Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES

START = 1_700_000_000_000 // 60_000 * 60_000
SERIES = tuple(Series(Market("kill", Category.LINEAR, f"S{n}USDT"), TIMEFRAMES["1m"]) for n in range(8))
RETENTION: dict[int, int | None] = {6: 50, 7: 50}  # the last two series are trimmed
CORRECTED = 17  # every so manyth candle is written wrong first and corrected three candles later


def candle(number: int, series: int, right: bool = True) -> Candle:
    """The candle ``number`` of a series; a wrong one has another close."""
    price = 100.0 + series + (number * 7919 % 1000) / 100
    close = price + 0.5 if right else price + 0.25
    return Candle(START + number * 60_000, price, price + 1, price - 1, close, number % 13 + 0.5, 7.25, True)


def at(number: int, series: int, upto: int) -> Candle:
    """The candle ``number`` as it stands when ``upto`` candles were written."""
    wrong = number % CORRECTED == 0 and number + 3 >= upto
    return candle(number, series, not wrong)


def child(root: str, first: int) -> None:
    """Write candles from ``first`` on for ever; each line printed says up to where all is durable."""
    from shared_modules.data_collection.store import CandleStore

    store = CandleStore(DataPaths(Path(root)), None, flush_seconds=0.001)
    store.start()
    for number, rows in RETENTION.items():
        store.set_keep(SERIES[number], rows)
    number = first
    while True:
        for n, series in enumerate(SERIES):
            new = candle(number, n, number % CORRECTED != 0)
            corrects = number >= 3 and (number - 3) % CORRECTED == 0
            # as the collector: a close by itself, what was fetched as bars
            store.append(series, Bars.from_candles([candle(number - 3, n), new]) if corrects else new)
        number += 1
        if number % 5 == 0:
            store.flush()
            print(number, flush=True)


@dataclass
class Seen:
    """What the loop knows: up to where all is durable, the rows last seen, and what was wrong."""

    durable: int = 0
    rows: dict[Series, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    torn: int = 0
    journalled: int = 0


def check(paths: DataPaths, seen: Seen, kill: int) -> int:
    """Recover the folder and judge every line; the number of the next candle."""
    from shared_modules.data_collection.csv_rows import lines_of
    from shared_modules.data_collection.store import CandleStore

    for series in SERIES:
        data = paths.series(series).read_bytes() if paths.series(series).exists() else b""
        seen.torn += bool(data) and not data.endswith(b"\n")
    journal = paths.candles / "journal.log"
    seen.journalled += journal.exists() and journal.stat().st_size > 0
    store = CandleStore(paths, None)
    store.start()
    store.close()
    following: list[int] = []
    for n, series in enumerate(SERIES):
        path = paths.series(series)
        lines = lines_of(path.read_bytes()) if path.exists() else lines_of(b"")
        where = f"kill {kill}, {series}"
        if lines.damaged or lines.torn:
            seen.faults.append(f"{where}: lines that cannot be read")
        numbers = [(t - START) // 60_000 for t in lines.times.tolist()]
        if numbers != sorted(set(numbers)):
            seen.faults.append(f"{where}: a time twice or out of order")
        following.append(numbers[-1] + 1 if numbers else 0)
        kept = RETENTION.get(n)
        oldest = 0 if kept is None or not numbers else max(0, numbers[-1] + 1 - kept)
        wanted = range(oldest, seen.durable)
        if lost := sorted(set(wanted) - set(numbers)):
            seen.faults.append(f"{where}: {len(lost)} durable candles are gone, first {lost[0]}")
        # what is old was judged before and its count is watched: all of it again at times
        recent = 0 if kill % 25 == 0 else -400
        for number, values in zip(numbers[recent:], lines.values[recent:].tolist(), strict=True):
            told = [_values(at(number, n, seen.durable))]
            if number + 4 >= seen.durable:  # not told to be durable yet: either state will do
                told = [_values(candle(number, n, True)), _values(candle(number, n, False))]
            if values not in told:
                seen.faults.append(f"{where}: candle {number} is not what was written")
        if n not in RETENTION and len(numbers) < seen.rows.get(series, 0):
            seen.faults.append(f"{where}: {seen.rows[series] - len(numbers)} rows that stood there are gone")
        seen.rows[series] = len(numbers)
    # a batch may have reached some series only: the next child writes the candle again for all
    return min(following)


def _values(c: Candle) -> list[float]:
    return [c.open, c.high, c.low, c.close, c.volume, c.turnover]


def run(root: Path, kills: int, seed: int, tell: bool = True) -> Seen:
    """Kill ``kills`` children at random instants; what was seen."""
    dice = random.Random(seed)
    paths = DataPaths(root)
    seen = Seen()
    number = 0
    for kill in range(1, kills + 1):
        with subprocess.Popen(
            [sys.executable, __file__, "--child", str(root), str(number)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]  # it is at work
            time.sleep(dice.random() ** 2 * 0.25)
            process.kill()
            lines += process.stdout.read().splitlines()
        told = [int(line) for line in lines if line.strip().isdigit()]
        # a number may be cut off by the kill: only whole lines count
        seen.durable = max([seen.durable, *told[: len(told) - 1], *(told[:1])])
        number = check(paths, seen, kill)
        if tell and kill % 50 == 0:
            print(f"{kill} kills, {number} candles a series, {seen.torn} torn files and {seen.journalled} journals "
                  f"recovered, {len(seen.faults)} faults", flush=True)  # fmt: skip
    return seen


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] == "--child":
        child(sys.argv[2], int(sys.argv[3]))
        return
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, default=None)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        seen = run(Path(folder), chosen.kills, chosen.seed)
    for fault in seen.faults[:20]:
        print(fault)
    print(f"{chosen.kills} kills: {len(seen.faults)} faults; {seen.torn} torn files and {seen.journalled} journals "
          f"were recovered; {seen.durable:,} candles a series durable at the end")  # fmt: skip
    raise SystemExit(bool(seen.faults))


if __name__ == "__main__":
    main()

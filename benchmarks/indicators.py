"""Every indicator of the catalogue on a year of minutes, against the best other program that computes the same.

    python benchmarks/indicators.py [--only NAME] [--rounds 5] [--json FILE]

All in one process, in rounds that take turns; medians of CPU seconds, all threads together. A peer whose newest values
are not ours to one part in a million computes something else and is left out.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from indicator_peers import peers, tails
from market import minutes

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.bars import Bars
from shared_modules.indicators.catalogue import catalogue
from shared_modules.indicators.talib_table import AVERAGES

NAMES = ("time", "open", "high", "low", "close", "volume")


def main() -> None:
    """Measure and print the table, the slowest against its best peer first."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", action="append", help="an entry; all when absent")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", help="write the figures there too")
    chosen = options.parse_args()
    data = minutes()
    bars = Bars.of(*(data[n] for n in NAMES))
    columns = {n: getattr(bars, n) for n in (*NAMES, "turnover")}
    columns = {n: np.asarray(v, np.float64) for n, v in columns.items()}
    wanted = [entry for name, entry in catalogue().items() if not chosen.only or name in chosen.only]
    rows = [_row(entry, bars, columns, chosen.rounds) for entry in wanted]
    rows.sort(key=lambda row: -row["times"] if row["times"] else 0.0)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")
    _print(rows)


def _row(entry: Any, bars: Bars, columns: dict[str, Any], rounds: int) -> dict[str, Any]:
    work: dict[str, Callable[[], Any]] = {"ours": lambda: entry.compute(bars)}
    mine = tails(list(work["ours"]().values()))
    for name, function in peers(entry, columns, AVERAGES):
        if _same(mine, tails(function())):
            work[name] = function
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, function in work.items():
            times[name].append(_timed(function))
    found = {name: 1000.0 * statistics.median(t) for name, t in times.items()}
    others = {n: t for n, t in found.items() if n != "ours"}
    best = min(others, key=others.__getitem__, default="")
    return {"name": entry.name, "ms": found, "best": best, "times": found["ours"] / others[best] if best else None}


def _timed(function: Callable[[], Any]) -> float:
    """CPU seconds of one call; a quick one is repeated, since the clock is coarse."""
    began, calls = time.process_time(), 0
    while calls < 20 and (taken := time.process_time() - began) < 0.02:
        function()
        calls += 1
    taken = time.process_time() - began
    return taken / calls


def _same(mine: list[Any], other: list[Any]) -> bool:
    """Whether each of our lines is among the other's."""
    return all(any(len(a) == len(b) and np.allclose(a, b, 1e-6, 1e-9, equal_nan=True) for b in other) for a in mine)


def _print(rows: list[dict[str, Any]]) -> None:
    print(f"{'entry':24}{'ours ms':>9}{'best ms':>9}{'times':>7}  best peer")
    for row in rows:
        best = row["best"]
        figures = f"{row['ms'][best]:9.2f}{row['times']:7.2f}  {best}" if best else f"{'-':>9}{'-':>7}  no peer"
        print(f"{row['name']:24}{row['ms']['ours']:9.2f}{figures}")
    compared = [row for row in rows if row["times"]]
    slow = [row["name"] for row in compared if row["times"] > 2.0]
    print(f"{len(rows)} entries, {len(compared)} compared; over twice the best peer: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()

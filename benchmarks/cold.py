"""From process start to a result: `backtest` on a year of minutes against importing numpy and pandas.

    python benchmarks/cold.py [--rounds 5] [--python PATH]

SMA 20/50 with and without the honesty checks, from a CSV and from a compressed one; the command reads the file anew
each time. The kernels are compiled by a run that does not count; the rounds take turns. Medians of CPU seconds, user
and system, of the process and its children, and of wall seconds.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from market import COLUMNS, minutes

if sys.platform != "win32":
    import resource

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run the rounds and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--python", default=sys.executable, help="interpreter of the program")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        works = _works(chosen.python, Path(folder))
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
        for turn in range(chosen.rounds + 1):
            for name, words in works.items():
                taken = _timed(words)
                if turn:  # the first compiles
                    found[name].append(taken)
    _print(found)


def _works(python: str, folder: Path) -> dict[str, list[str]]:
    plain, packed = folder / "BTCUSDT_1m.csv", folder / "packed_1m.csv.gz"
    bars = minutes()
    rows = np.column_stack([bars[n] for n in COLUMNS])
    style = ["%d", *["%.2f"] * 4, "%.5f"]
    for path in (plain, packed):
        np.savetxt(path, rows, style, delimiter=",", header="timestamp,open,high,low,close,volume", comments="")
    start = [python, "run.py", "backtest", "--strategy", "sma_cross"]
    return {
        "import numpy, pandas": [python, "-c", "import numpy, pandas"],
        "csv": [*start, "--csv", str(plain), "--no-checks"],
        "csv, checks": [*start, "--csv", str(plain)],
        "csv.gz": [*start, "--csv", str(packed), "--no-checks"],
    }


def _timed(words: list[str]) -> tuple[float, float]:
    began, before = time.perf_counter(), _children()
    # a Python that may not keep what it compiled compiles a hundred files at each start; nobody installs it so
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")
    return _children() - before, time.perf_counter() - began


def _children() -> float:
    """CPU seconds of all children so far; nothing to be had on Windows."""
    if sys.platform == "win32":
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(found: dict[str, list[tuple[float, float]]]) -> None:
    base = [statistics.median(x) for x in zip(*next(iter(found.values())), strict=True)]
    print(f"{'':24}{'CPU s':>8}{'wall s':>8}{'CPU more':>10}{'wall more':>10}")
    for name, times in found.items():
        cpu, wall = (statistics.median(x) for x in zip(*times, strict=True))
        print(f"{name:24}{cpu:8.2f}{wall:8.2f}{cpu - base[0]:10.2f}{wall - base[1]:10.2f}")


if __name__ == "__main__":
    main()

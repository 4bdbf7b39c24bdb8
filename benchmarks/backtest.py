"""Backtests against other programs on the same bars: `python benchmarks/backtest.py --python vectorbt=PATH ...`.

Every contestant runs in a process of its own, in rounds that take turns, with the interpreter named for it (this one
when absent); one that can't be imported is left out and named. The table gives medians and how many times faster the
first column's program is than each.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from contestants import CONTESTANTS, PAIRS
from market import minutes, universe

PEERS = {
    "w1": (
        "ours", "bare_c", "bare_numba", "raptorbt", "vectorbt", "vectorbt_figures", "fast_trade", "backtesting", "vnpy",
        "backtrader",
    ),
    "w2": ("ours", "bare_c", "raptorbt", "vectorbt", "vectorbt_figures"),
    "w3": ("ours", "bare_c", "bare_numba", "raptorbt", "vectorbt"),
    "w4": ("ours", "raptorbt", "vectorbt", "vectorbt_figures"),
    "on_bar": ("ours_on_bar", "backtesting", "vnpy", "backtrader"),
}  # fmt: skip
# they take minutes for a year: a part of it, and the time of the whole in proportion
SLOW = {"backtesting": 8, "vnpy": 8, "backtrader": 16}
REPEATS = {"ours": 5, "bare_c": 9, "bare_numba": 9, "raptorbt": 3, "vectorbt": 3, "vectorbt_figures": 3}


def main() -> None:
    """Run the rounds and print the table."""
    args = _arguments()
    pythons = dict(pair.split("=", 1) for pair in args.python)
    with tempfile.TemporaryDirectory() as folder:
        found = {w: _workload(w, args, pythons, Path(folder)) for w in args.only or PEERS}
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=2), encoding="utf-8")
    for workload, rows in found.items():
        _table(workload, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH", help="a contestant's interpreter")
    parser.add_argument("--only", action="append", choices=PEERS, help="a workload; all when absent")
    parser.add_argument("--contestant", action="append", help="leave all others out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write the figures there too")
    return parser.parse_args()


def _workload(workload: str, args: argparse.Namespace, pythons: dict[str, str], folder: Path) -> dict[str, Any]:
    names = [n for n in PEERS[workload] if not args.contestant or n in args.contestant]
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(args.rounds):
        for name in names:
            if rounds[name] is not None and (not rounds[name] or "error" not in rounds[name][-1]):
                rounds[name].append(_once(workload, name, _python(name, pythons), folder))
                print(workload, name, rounds[name][-1], file=sys.stderr, flush=True)
    return {name: _median(runs) for name, runs in rounds.items() if runs}


def _python(name: str, pythons: dict[str, str]) -> str:
    """The interpreter of a contestant, or of the library whose name its own begins with."""
    return pythons.get(name) or pythons.get(name.removesuffix("_figures"), sys.executable)


def _once(workload: str, name: str, python: str, folder: Path) -> dict[str, Any]:
    share = SLOW.get(name, 1)
    bars = _bars(workload, share, folder)
    script = Path(__file__).with_name("contestants.py")
    words = [python, str(script), name, workload, str(bars), str(REPEATS.get(name, 1))]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    parts = len(PAIRS) / row.get("combinations", len(PAIRS)) if workload == "w3" else share
    return row | {"cpu": row["cpu"] * parts, "wall": row["wall"] * parts, "share": share}


def _bars(workload: str, share: int, folder: Path) -> Path:
    path = folder / (f"universe{share}.npz" if workload == "w4" else f"minutes{share}.npz")
    if not path.exists():
        if workload == "w4":
            many = universe()
            columns = {f"{n}_{k}": v for k, one in enumerate(many) for n, v in one.items()}
            np.savez(path, symbols=len(many), **columns)
        else:
            one = minutes()
            np.savez(path, **{n: v[: len(v) // share] for n, v in one.items()})
    return path


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    good = [r for r in runs if "error" not in r]
    if not good:
        return runs[-1]
    return good[-1] | {name: statistics.median(r[name] for r in good) for name in ("cpu", "wall")}


def _table(workload: str, rows: dict[str, dict[str, Any]]) -> None:
    first = next((r for r in rows.values() if "cpu" in r), None)
    print(f"\n{workload}\n{'':14}{'CPU s':>10}{'times ours':>12}{'trades':>10}")
    for name, row in rows.items():
        if "error" in row or first is None:
            print(f"{name:14}  left out: {row.get('error')}")
            continue
        part = f"  (from 1/{row['share']} of the bars)" if row.get("share", 1) > 1 else ""
        print(f"{name:14}{row['cpu']:10.4f}{row['cpu'] / first['cpu']:12.1f}{row['trades']:10,}{part}")


if __name__ == "__main__":
    assert set(CONTESTANTS) >= {name for names in PEERS.values() for name in names}
    main()

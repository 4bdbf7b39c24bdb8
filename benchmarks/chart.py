"""The chart against others: `python benchmarks/chart.py --python finplot=PATH --python vnpy=PATH [--json FILE]`.

Every chart runs in a process of its own (`chart_contestants.py`), in rounds that take turns, with the interpreter
named for it; one that can't be imported is left out and named. First shows are measured in more processes. The first
table has CPU ms a frame, the second the ratios with their goals. `--profile` prints where the time of this program's
worst frame goes instead.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZES = (10_000, 1_000_000)
NAMES = ("ours", "finplot", "vnpy")
FIRST = ("first", "wall", "wall candles")  # measured once a process
SHOWS = 3  # processes a round that measure nothing else, while a chart has not yet taken its seconds
ROWS = (
    "first", "computing", "at rest", "wall", "wall candles", "memory", "pan", "pan quiet", "drag", "tick", "append",
    "cross", "pan 12 lines", "pan all",
    "replay", "fill", "copy",
)  # fmt: skip
Runs = dict[tuple[str, int], list[dict[str, Any]]]
Figures = dict[str, dict[int, dict[str, Any]]]


def main() -> None:
    """Run the rounds and print the tables."""
    args = _arguments()
    if args.profile:
        _run("ours", args.profile, args, {}, "--profile")
        return
    pythons = dict(pair.split("=", 1) for pair in args.python)
    sizes = tuple(args.bars or SIZES)
    names = [n for n in NAMES if n == "ours" or n in pythons]
    runs: Runs = {(n, s): [] for s in sizes for n in names}
    for _ in range(args.rounds):
        for (name, size), found in runs.items():
            if not found or "error" not in found[-1]:
                found.append(_run(name, size, args, pythons))
                print(name, f"{size:,}", found[-1], file=sys.stderr, flush=True)
        _show(runs, args, pythons)
    figures: Figures = {n: {s: _median(runs[n, s]) for s in sizes} for n in names}
    if args.json:
        Path(args.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    _table(figures, sizes)
    _ratios(figures, min(sizes), max(sizes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH", help="a chart's interpreter")
    parser.add_argument("--bars", action="append", type=int, help="a length of history; 10,000 and 1,000,000 if absent")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=12, help="the least frames of a figure in a round")
    parser.add_argument("--seconds", type=float, default=2.0, help="the least CPU time of a figure's frames in a round")
    parser.add_argument("--json", help="write the figures there too")
    parser.add_argument("--profile", type=int, metavar="BARS", help="profile the worst frame at so many bars instead")
    return parser.parse_args()


def _show(runs: Runs, args: argparse.Namespace, pythons: dict[str, str]) -> None:
    """First shows alone, the charts in turns, since a process has only one."""
    once = argparse.Namespace(**(vars(args) | {"frames": 0}))
    for _ in range(SHOWS):
        for (name, size), found in runs.items():
            if "error" not in found[-1] and sum(r["first"] for r in found) < args.seconds * 5000:
                found.append(_run(name, size, once, pythons))


def _run(name: str, size: int, args: argparse.Namespace, pythons: dict[str, str], *more: str) -> dict[str, Any]:
    script = Path(__file__).with_name("chart_contestants.py")
    numbers = [str(size), str(args.frames), str(args.seconds)]
    words = [pythons.get(name, sys.executable), str(script), name, *numbers, *more]
    if more:
        subprocess.run(words, check=True, timeout=1800)
        return {}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of the rounds, of first shows their lower quartile, of worst frames the worst."""
    good = [r for r in runs if "error" not in r]
    whole = [r for r in good if "worst" in r]
    if not whole:
        return runs[-1]
    found: dict[str, Any] = {n: statistics.median(r[n] for r in whole) for n in whole[0] if n != "worst"}
    if len(good) > 1:
        found |= {n: statistics.quantiles([r[n] for r in good], n=4)[0] for n in FIRST if n in found}
    return found | {"worst": {n: max(r["worst"][n] for r in whole) for n in whole[0]["worst"]}}


def _table(figures: Figures, sizes: tuple[int, ...]) -> None:
    heads = [f"{name} {size:,}" for name in figures for size in sizes]
    print(f"{'':14}" + "".join(f"{head:>20}" for head in heads))
    for row in ROWS:
        cells = [figures[name][size].get(row) for name in figures for size in sizes]
        if any(cell is not None for cell in cells):
            print(f"{row:14}" + "".join(f"{'-' if c is None else f'{c:,.1f}':>20}" for c in cells))
    for name, by_size in figures.items():
        for size, found in by_size.items():
            if "error" in found:
                print(f"{name} {size:,} left out: {found['error']}")


def _ratios(figures: Figures, few: int, many: int) -> None:
    """What was asked for, and what was found."""
    print(f"\n{'at ' + f'{many:,}':52}{'found':>10}{'goal':>12}")
    for words, goal, most, found in _goals(figures, few, many):
        if found is not None:
            met = found <= goal if most else found >= goal
            print(f"{words:52}{found:10.2f}{('<= ' if most else '>= ') + f'{goal:g}':>12}  {'' if met else 'not met'}")


def _goals(figures: Figures, few: int, many: int) -> list[tuple[str, float, bool, float | None]]:
    """Words, goal, whether it is a most, and what was found; None where there is nothing to compare."""

    def peer(name: str, row: str) -> float | None:
        theirs, own = figures.get(name, {}).get(many, {}).get(row), figures["ours"][many].get(row)
        return theirs / own if theirs and own else None

    def own(over: str, under: str, size: int = many) -> float | None:
        a, b = figures["ours"][size].get(over), figures["ours"][size].get(under)
        return a / b if a and b else None

    def longer(row: str) -> float | None:
        a, b = figures["ours"][many].get(row), figures["ours"][few].get(row)
        return a / b if a and b and many != few else None

    of: Callable[[str], float | None] = figures["ours"][many].get
    return [
        ("pan: finplot / ours", 8, False, peer("finplot", "pan")),
        ("pan: vnpy / ours", 8, False, peer("vnpy", "pan")),
        ("pan while no candle comes: finplot / ours", 8, False, peer("finplot", "pan quiet")),
        ("pan while no candle comes: vnpy / ours", 8, False, peer("vnpy", "pan quiet")),
        ("tick of the newest candle: finplot / ours", 50, False, peer("finplot", "tick")),
        ("tick of the newest candle: vnpy / ours", 150, False, peer("vnpy", "tick")),
        ("append: finplot / ours", 100, False, peer("finplot", "append")),
        ("first show: finplot / ours", 2.5, False, peer("finplot", "first")),
        (f"pan: {many:,} / {few:,}", 1.2, True, longer("pan")),
        (f"tick: {many:,} / {few:,}", 1.2, True, longer("tick")),
        (f"pan, all in view: {many:,} / {few:,}", 1.5, True, longer("pan all")),
        ("pan / fill of a whole window", 16, True, own("pan", "fill")),
        ("crosshair / fill of a whole window", 1.5, True, own("cross", "fill")),
        ("pan of 12 lines / pan of 3", 2, True, own("pan 12 lines", "pan")),
        ("memory, MB", 200, True, of("memory")),
        ("replay at 1000x, ms a frame", 33, True, of("replay")),
    ]


if __name__ == "__main__":
    main()

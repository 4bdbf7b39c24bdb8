"""The terminal for half an hour: 550 symbols at speed, the collector's table and four charts on the screen.

    python benchmarks/window_soak.py [--minutes 30] [--warm 240] [--symbols 550] [--speed 10] [--out FILE.json]

Starts the simulated exchange in a process of its own, then the terminal (under Xvfb where there is no screen) with the
collector on, and samples the terminal's process and its workers: memory (PSS: what they share counts once), CPU,
threads. The window itself measures how late a 10 ms timer is. Prints a table and the verdicts; exit code 1 when one
of them fails. Memory and lateness count from ``--warm`` seconds on, when every series has long been loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
TIMEFRAMES = "1m,5m,15m"
# what must hold
MOST_MB, MOST_GROWTH, MOST_LATE_MS = 600.0, 0.02, 25.0
# the bars of the histogram, ms
EDGES = (0, 1, 2, 5, 10, 16, 25, 50, 100, 250, 1000)


@contextmanager
def venue(symbols: int, speed: float) -> Iterator[dict[str, Any]]:
    """A simulated exchange; its addresses and symbols."""
    command = [sys.executable, "-m", "shared_modules.cli", "venue", "--symbols", str(symbols), "--speed", str(speed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def screen(size: str) -> Iterator[dict[str, str]]:
    """The environment with a screen to open windows on: the present one, or an Xvfb of this run."""
    found = dict(os.environ)
    if not sys.platform.startswith("linux") or found.get("DISPLAY") or found.get("WAYLAND_DISPLAY"):
        yield found
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as process:
        os.close(write)
        try:
            found["DISPLAY"] = ":" + os.read(read, 16).decode().strip()
            yield found
        finally:
            os.close(read)
            process.terminate()


def private(one: psutil.Process, full: Any) -> float:
    """The bytes of ``one`` that no other process uses and no file holds: what a leak would make grow.

    PSS splits the pages of libraries among all programs that have them open, so it moves when a stranger starts.
    """
    try:
        lines = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return float(full.uss)
    return float(next((line.split()[1] for line in lines if line.startswith("Pss_Anon:")), 0)) * 1024


def sample(process: psutil.Process, cpu: dict[int, float]) -> dict[str, Any]:
    """What the terminal and its workers take at this moment; ``cpu``: seconds of each process so far, kept up."""
    memory: dict[str, float] = {}
    alone = 0.0
    threads = handles = 0
    for one in (process, *process.children(recursive=True)):
        try:
            full, times = one.memory_full_info(), one.cpu_times()
            memory[f"{one.pid}"] = getattr(full, "pss", full.uss) / 1e6
            alone += private(one, full) / 1e6
            cpu[one.pid] = times.user + times.system
            threads += one.num_threads()
            handles += one.num_handles() if os.name == "nt" else one.num_fds()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return {"own": memory.get(f"{process.pid}", 0.0), "all": sum(memory.values()), "private": alone,
            "processes": len(memory), "cpu": sum(cpu.values()), "threads": threads, "handles": handles}  # fmt: skip


def watch(child: subprocess.Popen[bytes], every: float, tell: bool) -> list[dict[str, Any]]:
    """Samples until the terminal has ended."""
    process, began, cpu = psutil.Process(child.pid), time.monotonic(), dict[int, float]()
    samples: list[dict[str, Any]] = []
    while child.poll() is None:
        try:
            samples.append({"at": time.monotonic() - began, **sample(process, cpu)})
        except psutil.NoSuchProcess:
            break
        if tell and len(samples) % 6 == 1:
            s = samples[-1]
            print(f"{s['at']:6.0f} s  {s['own']:6.1f} MB alone  {s['all']:6.1f} MB with {s['processes'] - 1} workers"
                  f"  {s['private']:6.1f} MB private"
                  f"  {s['cpu']:7.1f} s CPU  {s['threads']} threads, {s['handles']} handles", flush=True)  # fmt: skip
        time.sleep(every)
    return samples


def share(late: dict[int, int], part: float) -> int:
    """The lateness in ms that ``part`` of the ticks keep under."""
    left = sum(late.values()) * part
    for ms, count in sorted(late.items()):
        left -= count
        if left <= 0:
            return ms
    return max(late, default=0)


def histogram(late: dict[int, int]) -> dict[str, int]:
    """Ticks by their lateness."""
    found = {}
    for a, b in zip(EDGES, (*EDGES[1:], 10**9), strict=True):
        name = f"{a} to {b} ms" if b < 10**9 else f"over {a} ms"
        found[name] = sum(count for ms, count in late.items() if a <= ms < b)
    return found


def judged(samples: list[dict[str, Any]], window: dict[str, Any], warm: float) -> dict[str, Any]:
    """The figures of a run, and for each thing that must hold whether it does."""
    # what closes down at the end is no part of it
    steady = [s for s in samples if s["at"] >= warm][:-2]
    tenth = max(1, len(steady) // 10)
    before, after = (statistics.median(s["private"] for s in part) for part in (steady[:tenth], steady[-tenth:]))
    seconds = steady[-1]["at"] - steady[0]["at"]
    late = {int(ms): count for ms, count in window["late"].items()}
    most, p99 = max(s["all"] for s in steady), share(late, 0.99)
    qt = window["warnings"].get("qt", 0)
    verdicts = {
        f"memory under {MOST_MB:.0f} MB ({most:.0f})": most < MOST_MB,
        f"private memory grows under {MOST_GROWTH:.0%} ({after / before - 1:+.2%})": after / before - 1 < MOST_GROWTH,
        f"99 of 100 ticks late by under {MOST_LATE_MS:.0f} ms ({p99})": p99 < MOST_LATE_MS,
        f"no warning of Qt ({qt})": qt == 0,
        f"every series live ({window['live']} of {window['series']})": window["live"] == window["series"] > 0,
        f"no error told ({len(window['errors'])})": not window["errors"],
    }
    return {
        "minutes": seconds / 60, "mb_first": before, "mb_last": after, "mb_most": most,
        "mb_window_alone": steady[-1]["own"], "cpu_percent": (steady[-1]["cpu"] - steady[0]["cpu"]) / seconds * 100,
        "late_p50": share(late, 0.5), "late_p99": p99, "late_max": max(late, default=0),
        "histogram": histogram(late), "verdicts": verdicts,
    }  # fmt: skip


def told(found: dict[str, Any], window: dict[str, Any]) -> None:
    """Print a run."""
    print(f"\n{found['minutes']:.1f} minutes after the warm-up: {window['messages']:,} messages "
          f"({window['per_second']:,.0f} a second), {window['series']:,} series, {window['charts']} charts, "
          f"{window['reconnects']} reconnects, {window['gaps']} gaps")  # fmt: skip
    print(f"private memory {found['mb_first']:.1f} -> {found['mb_last']:.1f} MB; in all at most {found['mb_most']:.1f} "
          f"(the window alone {found['mb_window_alone']:.1f}); CPU {found['cpu_percent']:.1f} % of a core")  # fmt: skip
    ticks = sum(found["histogram"].values()) or 1
    for name, count in found["histogram"].items():
        print(f"  late {name:>14}: {count:8,}  {count / ticks:7.3%}")
    print(f"  p50 {found['late_p50']} ms, p99 {found['late_p99']} ms, most {found['late_max']} ms")
    for block in window["blocks"][-10:]:
        print("  ", block)
    for sentence in (*window["first_warnings"][:10], *window["errors"][:10]):
        print("  !", sentence)
    for sentence, holds in found["verdicts"].items():
        print("ok  " if holds else "FAIL", sentence)


def run(chosen: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """One run in ``folder``: its figures, what the window told, and the samples."""
    report, seconds = folder / "window.json", chosen.warm + chosen.minutes * 60
    with venue(chosen.symbols, chosen.speed) as market, screen(chosen.size) as environment:
        environment |= {
            "TRADEBOT_EXCHANGE__NAME": "simulated", "TRADEBOT_EXCHANGE__REST_URL": market["rest"],
            "TRADEBOT_EXCHANGE__PUBLIC_WS_URL": market["public_ws"], "TRADEBOT_COLLECTOR__TIMEFRAMES": TIMEFRAMES,
            "TRADEBOT_COLLECTOR__SYMBOLS": ",".join(market["symbols"]),
        }  # fmt: skip
        command = [sys.executable, str(Path(__file__).with_name("window_child.py")), str(folder / "data"), str(report),
                   str(seconds), str(chosen.warm), chosen.size, str(chosen.picture or "")]  # fmt: skip
        with subprocess.Popen(command, cwd=ROOT, env=environment) as child:
            samples = watch(child, chosen.every, True)
    window = json.loads(report.read_text(encoding="utf-8"))
    return judged(samples, window, chosen.warm), window, samples


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=30.0, help="after the warm-up")
    options.add_argument("--warm", type=float, default=240.0, help="seconds")
    options.add_argument("--symbols", type=int, default=550)
    options.add_argument("--speed", type=float, default=10.0)
    options.add_argument("--size", default="1920x1080")
    options.add_argument("--every", type=float, default=5.0, help="seconds between samples")
    options.add_argument("--out", type=Path, default=None, help="all figures and samples as JSON")
    options.add_argument("--folder", type=Path, default=None, help="where the data folder of the run is made")
    options.add_argument("--picture", type=Path, default=None, help="of the window at the end")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="window-soak-", dir=chosen.folder, ignore_cleanup_errors=True) as folder:
        found, window, samples = run(chosen, Path(folder))
    told(found, window)
    if chosen.out is not None:
        chosen.out.write_text(json.dumps({"figures": found, "window": window, "samples": samples}, indent=1))
    raise SystemExit(not all(found["verdicts"].values()))


if __name__ == "__main__":
    main()

"""Starts the packaged program as a user would and checks what it reports; ends with 1 when something is wrong.

python smoke.py backtest PROGRAM            a backtest of generated candles
python smoke.py window PROGRAM [PICTURE]    the window for 20 seconds on the simulated exchange
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SECONDS = 20
BARS = 2000


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def run(program: Path, words: list[str], folder: Path, limit: float) -> tuple[dict[str, Any], float]:
    """What the program wrote to --json, and how long it ran in seconds."""
    result = folder / "result.json"
    environment = dict(os.environ)
    if sys.platform.startswith("linux") and not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    began = time.monotonic()
    done = subprocess.run(
        [str(program.resolve()), *words, "--json", str(result)],
        cwd=folder,
        env=environment,
        timeout=limit,
        stdout=subprocess.DEVNULL,
    )
    took = time.monotonic() - began
    if done.returncode != 0:
        sys.exit(f"{program.name} {' '.join(words)} ended with {done.returncode}")
    return json.loads(result.read_text(encoding="utf-8")), took


def backtest(program: Path, folder: Path) -> None:
    """The kernels are found, compiled and right enough to trade a wave in both directions."""
    file = folder / "WAVEUSDT_1m.csv"
    rows = ["timestamp,open,high,low,close,volume"]
    for n in range(BARS):
        a, b = (100 + 10 * math.sin(k / 60) for k in (n, n + 1))
        rows.append(f"{1_700_000_000_000 // 60_000 * 60_000 + n * 60_000},{a},{max(a, b)},{min(a, b)},{b},1")
    file.write_text("\n".join(rows), encoding="utf-8")
    words = ["backtest", "--strategy", "sma_cross", "--csv", str(file), "--set", "fast=5", "--set", "slow=20"]
    result, took = run(program, words, folder, limit=150)
    say(f"bars {result['bars']}, trades {len(result['trades'])}, {took:.1f} s")
    if result["bars"] != BARS or not result["trades"]:
        sys.exit("the backtest of a wave must use every bar and trade")


def window(program: Path, folder: Path, picture: Path) -> None:
    """The window opens, candles move on it, and nothing goes wrong."""
    words = ["gui", "--data-dir", str(folder / "my data"), "--exit-after", str(SECONDS), "--screenshot", str(picture)]
    result, took = run(program, words, folder, limit=240)
    shown = ("candles_drawn", "messages", "startup_seconds", "longest_ui_block_ms", "errors")
    say(", ".join(f"{name} {result[name]}" for name in shown))
    say(f"series {len(result['series'])}, {took:.1f} s in all")
    wrong = [name for name in ("candles_drawn", "messages", "series") if not result[name]]
    if wrong or result["errors"] or not picture.exists():
        sys.exit(f"the window did not work: nothing in {wrong}, errors {result['errors']}")


def main(words: list[str]) -> None:
    what, program = words[0], Path(words[1])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if what == "backtest":
            backtest(program, folder)
        else:
            window(program, folder, Path(words[2]).resolve() if len(words) > 2 else folder / "window.png")


if __name__ == "__main__":
    main(sys.argv[1:])

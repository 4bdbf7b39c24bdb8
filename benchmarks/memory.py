"""Peak memory of a backtest relative to its bars: `python benchmarks/memory.py [--bars 525600]`; not on Windows.

SMA 20/50 on bars in memory, in a process of its own. The peak is the process's highest resident size during the run
less its size before, when all is imported, the kernels are loaded and the bars are there; the bars' own size is added,
since they are held as well.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from market import COLUMNS, walk

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    """Start the process and print what it found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bars", type=int, default=525_600)
    options.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.inside:
        print(json.dumps(_measured(chosen.bars)))
        return
    words = [sys.executable, __file__, "--inside", "--bars", str(chosen.bars)]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    print(f"bars {found['bars']:.1f} MB, the run {found['more']:.1f} MB more at its peak: "
          f"{1.0 + found['more'] / found['bars']:.2f} times the bars; {found['kept']:.1f} MB are kept")  # fmt: skip


def _measured(count: int) -> dict[str, float]:
    from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
    from shared_modules.core.bars import Bars

    def request(n: int) -> BacktestRequest:
        bars = walk(n, 1)
        source = BarSource("S", "1m", bars=Bars.of(*(bars[c] for c in COLUMNS)))
        return BacktestRequest("sma_cross", {"fast": 20, "slow": 50}, (source,), fee=0.00055)

    len(run_backtest(request(30_000)).trades)  # imports and kernels, those of long columns too
    asked = request(count)
    bars = asked.sources[0].bars
    assert bars is not None
    size = sum(np.asarray(getattr(bars, c)).nbytes for c in COLUMNS)
    before = _resident()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    result = run_backtest(asked)
    peak, after = _peak(), _resident()
    assert result.final_equity > 0.0
    return {"bars": size / 1e6, "more": (peak - before) / 1e6, "kept": (after - before) / 1e6}


def _resident() -> int:
    return _field("VmRSS")


def _peak() -> int:
    try:
        return _field("VmHWM")
    except OSError:  # without /proc: since the process began
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _field(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()

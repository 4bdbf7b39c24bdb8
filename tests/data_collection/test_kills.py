"""Kill -9 while candles are written: the short form of benchmarks/kill_loop.py."""

from pathlib import Path

from benchmarks.kill_loop import SERIES, check, run
from shared_modules.core.candle_files import HEADER
from shared_modules.core.paths import DataPaths


def test_what_was_durable_when_the_program_was_killed_is_there_and_nothing_else(tmp_path: Path) -> None:
    seen = run(tmp_path, kills=6, seed=3, tell=False)
    assert seen.faults == []
    assert seen.durable > 0


def test_the_loop_would_notice_a_lost_a_changed_and_an_invented_candle(tmp_path: Path) -> None:
    seen = run(tmp_path, kills=1, seed=3, tell=False)
    path = DataPaths(tmp_path).series(SERIES[0])
    lines = path.read_text().splitlines()
    cells = lines[2].split(",")
    cells[4] = "1"
    path.write_text("\n".join([HEADER, ",".join(cells), *lines[3:], lines[-1].replace(",", "9,", 1)]) + "\n")
    check(DataPaths(tmp_path), seen, 2)
    told = " ".join(seen.faults)
    assert "durable candles are gone, first 0" in told
    assert "candle 1 is not what was written" in told

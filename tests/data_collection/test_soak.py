"""Random faults on a fast exchange: the short form of benchmarks/soak.py."""

from pathlib import Path

from benchmarks.soak import soak


async def test_after_seconds_of_random_faults_the_files_are_what_the_exchange_has(tmp_path: Path) -> None:
    found = await soak(tmp_path, minutes=0.12, symbols=3, speed=60, seed=4)
    assert found.broken == []
    assert found.series == 6
    assert sum(found.faults.values()) > 0

"""`engine.recorder`: what was recorded gives the same files again."""

import asyncio
from pathlib import Path

import pytest

from shared_modules.core.events import CandleClosed
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.replaying import replay
from shared_modules.exchanges.recording import read
from shared_modules.exchanges.simulated import VenueOptions
from shared_modules.system_integration import Engine, EngineOptions


def files(root: Path) -> dict[str, bytes]:
    folder = root / "candles"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.csv")}


async def session(folder: Path, faults: Path | None, retention: int | None) -> Path:
    """A recorded session of eight minutes of the market; returns the recording."""
    wishes = {"collector.start_at_launch": False, "data.retention": retention, "collector.history": 80}
    venue = VenueOptions(symbols=2, speed=120, faults=None if faults is None else str(faults))
    async with Engine(EngineOptions(folder, venue, wishes, console_log=False)) as engine:
        closes = 0
        enough = asyncio.Event()

        def count(_: CandleClosed) -> None:
            nonlocal closes
            closes += 1
            if closes >= 16:
                enough.set()

        engine.bus.subscribe(CandleClosed, count)
        await engine.instruments_loaded()
        place = await engine.recorder.start()
        await engine.start_collecting(["BTCUSDT", "ETHUSDT"], ["1m", "3m"])
        await enough.wait()
        await engine.stop_collecting()
        done = await engine.recorder.stop()
        assert (done.running, done.dropped, done.error) == (False, 0, "")
        assert done.messages == sum(1 for _ in read(place))
        assert engine.recorder.recordings()[0][0] == place
    return place


@pytest.mark.parametrize("bad_day", [False, True])
async def test_a_recorded_session_replayed_as_fast_as_possible_gives_the_same_bytes(
    tmp_path: Path, bad_day: bool
) -> None:
    faults = tmp_path / "day.toml"
    faults.write_text('seed=3\n[[fault]]\nkind="drop"\nat=2\n[[fault]]\nkind="malform"\nchance=0.02\n'
                      '[[fault]]\nkind="missing"\nhow="stream"\nchance=0.2\n')  # fmt: skip
    place = await session(tmp_path / "live", faults if bad_day else None, 50)
    done = await replay(place, DataPaths(tmp_path / "again").ready())
    assert files(tmp_path / "again") == files(tmp_path / "live")
    assert len(files(tmp_path / "live")) == 4
    assert done.took < done.seconds


async def test_a_replay_at_a_speed_takes_its_time_and_its_candles_are_those_of_the_fast_one(tmp_path: Path) -> None:
    place = await session(tmp_path / "live", None, None)
    quick = await replay(place, DataPaths(tmp_path / "quick").ready())
    slow = await replay(place, DataPaths(tmp_path / "slow").ready(), speed=quick.seconds / 1.5)
    assert slow.took >= 1.5
    assert files(tmp_path / "slow") == files(tmp_path / "quick")
    fewer = await replay(place, DataPaths(tmp_path / "few").ready(), retention=7)
    assert set(fewer.rows.values()) == {7}

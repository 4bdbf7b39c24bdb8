"""`engine.data`: what a person does to stored candles, through the engine."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared_modules.core.candle_files import read_candle_file, write_candle_file
from shared_modules.core.errors import Cancelled, DataSourceError, InvalidInput
from shared_modules.core.events import DataChecked, HistoryChanged, Notice
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.exchanges.simulated import VenueOptions
from shared_modules.system_integration import Engine, EngineOptions, data_care
from tests.fakes import NOW, bars_at

MINUTE = 60_000
SERIES = Series(Market("imported", Category.SPOT, "BTCUSDT"), TIMEFRAMES["1m"])


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    session = {"collector.start_at_launch": False}
    async with Engine(EngineOptions(tmp_path / "d", VenueOptions(symbols=2, speed=60), session, False)) as engine:
        yield engine


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A file with 3,000 candles, two of them missing."""
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars_at(NOW + i * MINUTE for i in range(3000) if i not in (1500, 1501)))
    return path


async def test_a_file_is_shown_imported_checked_resampled_exported_deleted_and_brought_back(
    engine: Engine, brought: Path, tmp_path: Path
) -> None:
    seen = await engine.data.preview(brought)
    assert (seen.problems, seen.mapping.symbol, seen.mapping.timeframe) == ((), "BTCUSDT", "1m")
    done = await engine.data.import_file(brought, seen.mapping).result()
    assert (done.series, done.added) == (SERIES, 2998)

    (info,) = await engine.data.overview()
    assert (info.rows, info.missing, info.first, info.score) == (2998, 2, NOW, None)
    (report,) = await engine.data.verify().result()
    assert report.missing == 2
    (info,) = await engine.data.overview()
    assert info.score == report.score
    seen_days = await engine.data.coverage(SERIES)
    assert seen_days.share.min() < 1.0
    assert len(seen_days.days) == len(seen_days.kinds) == 3

    built = await engine.data.resample(SERIES, TIMEFRAMES["1h"]).result()
    assert built.added == 49  # the hour with the hole is not built
    target = tmp_path / "out" / "BTCUSDT_1m.parquet"
    out = await engine.data.export(SERIES, target).result()
    assert out.rows == 2998
    again = await engine.data.preview(target)
    assert again.mapping.columns["time"] == "timestamp"
    assert again.candles.equals(bars_at(NOW + i * MINUTE for i in range(200)))

    gone = await engine.data.delete(SERIES).result()
    assert gone.removed == 2998
    assert [i.series.timeframe.name for i in await engine.data.overview()] == ["1h"]
    assert gone.id is not None
    assert await engine.data.undo(gone.id).result() == SERIES
    stored = await asyncio.to_thread(engine.store.read, SERIES)
    assert stored.equals(read_candle_file(brought).bars)
    assert [entry.kind for entry in await engine.data.history(SERIES)] == ["undo", "delete", "import"]


async def test_importing_twice_changes_nothing_and_the_file_wins_only_when_told(engine: Engine, brought: Path) -> None:
    seen = await engine.data.preview(brought)
    await engine.data.import_file(brought, seen.mapping).result()
    assert (await engine.data.import_file(brought, seen.mapping).result()).id is None
    bars = read_candle_file(brought).bars
    other = bars.copy()
    other.close[5] += 0.25
    write_candle_file(brought, other)
    kept = await engine.data.import_file(brought, seen.mapping).result()
    assert (kept.id, kept.kept) == (None, 2998)
    won = await engine.data.import_file(brought, replace(seen.mapping, replace=True)).result()
    assert (won.added, won.replaced) == (0, 1)
    assert won.id is not None
    await engine.data.undo(won.id).result()
    assert (await asyncio.to_thread(engine.store.read, SERIES)).equals(bars)


async def test_what_cannot_be_done_is_refused_with_a_sentence(engine: Engine, brought: Path, tmp_path: Path) -> None:
    with pytest.raises(DataSourceError, match="nothing of BTCUSDT 1m is stored"):
        await engine.data.delete(SERIES).result()
    with pytest.raises(DataSourceError, match="there is no file"):
        await engine.data.preview(tmp_path / "none.csv")
    seen = await engine.data.preview(brought)
    with pytest.raises(InvalidInput, match="which symbol"):
        await engine.data.import_file(brought, replace(seen.mapping, symbol="")).result()
    await engine.data.import_file(brought, seen.mapping).result()
    with pytest.raises(InvalidInput, match="cannot be built from"):
        await engine.data.resample(Series(SERIES.market, TIMEFRAMES["1m"]), TIMEFRAMES["1m"]).result()
    with pytest.raises(InvalidInput, match=r"written as \.csv"):
        await engine.data.export(SERIES, tmp_path / "x.xlsx").result()


async def test_a_job_that_is_stopped_leaves_the_store_as_it_was(engine: Engine, brought: Path) -> None:
    seen = await engine.data.preview(brought)
    job = engine.data.import_file(brought, seen.mapping)
    job.cancel()
    with pytest.raises(Cancelled):
        await job.result()
    assert await engine.data.overview() == []


async def test_a_repair_fills_a_hole_of_a_collected_series_and_the_chart_hears_of_it(engine: Engine) -> None:
    await engine.instruments_loaded()
    series = Series(engine.market("BTCUSDT"), TIMEFRAMES["5m"])
    undo = await engine.watch(series, 40)
    bars = await engine.bars(series, limit=40)
    holed = bars[:10].merged(bars[13:])
    engine.store.append(series, holed, trim=False)
    (info,) = await engine.data.overview()
    assert info.missing == 3
    heard = asyncio.Event()
    engine.bus.subscribe(HistoryChanged, lambda event: heard.set() if event.series == series else None)
    (done,) = await engine.data.repair(series).result()
    assert done.added == 3
    (info,) = await engine.data.overview()
    assert info.missing == 0
    await heard.wait()
    undo()


async def test_rows_kept_of_one_series_are_its_own_and_survive_a_restart(engine: Engine, brought: Path) -> None:
    seen = await engine.data.preview(brought)
    await engine.data.import_file(brought, seen.mapping).result()
    assert engine.data.retention(SERIES) is None  # a year that was imported is not cut to the newest fifty
    await engine.data.set_retention(SERIES, 100)
    assert engine.data.retention(SERIES) == 100
    await engine.data.set_retention(SERIES, "default")
    assert engine.data.retention(SERIES) == engine.settings.data.retention


async def test_a_check_is_told_on_the_bus_and_one_that_is_due_is_made_without_asking(
    engine: Engine, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await engine.data.preview(brought)
    await engine.data.import_file(brought, seen.mapping).result()
    told: list[DataChecked] = []
    scheduled = asyncio.Event()

    def hear(event: DataChecked) -> None:
        told.append(event)
        if event.scheduled:
            scheduled.set()

    engine.bus.subscribe(DataChecked, hear)
    await engine.data.verify().result()
    assert [(t.series, t.faulty, t.unexplained, t.scheduled) for t in told] == [(1, 1, 2, False)]
    notices: list[Notice] = []
    engine.bus.subscribe(Notice, notices.append)
    monkeypatch.setattr(data_care, "_LOOK", 0.01)
    await engine.change("data.check_hours", 1e-6)
    task = asyncio.create_task(engine.data.keep_checking())
    await scheduled.wait()
    while not notices:  # noqa: ASYNC110 - told right after
        await asyncio.sleep(0)
    task.cancel()
    assert "1 of 1 series" in notices[0].text
    assert "2 candles are missing without a reason" in notices[0].text


async def test_the_hours_between_checks_go_on_while_the_terminal_is_closed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[DataChecked] = []
    engine.bus.subscribe(DataChecked, told.append)
    mark = engine.paths.candles / data_care.CHECKED
    await engine.data.verify().result()
    assert mark.exists()
    assert engine.data._since_check() < 3600
    os.utime(mark, (time.time() - 7 * 3600,) * 2)
    monkeypatch.setattr(data_care, "_LOOK", 0.01)
    task = asyncio.create_task(engine.data.keep_checking())
    while len(told) < 2:  # noqa: ASYNC110 - what is waited for comes from a worker process
        await asyncio.sleep(0.01)
    task.cancel()
    assert told[1].scheduled
    assert engine.data._since_check() < 3600

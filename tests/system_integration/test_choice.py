"""Which series are collected is remembered, single stopped ones too."""

import asyncio
from pathlib import Path

from shared_modules.core.events import CollectorChanged
from shared_modules.exchanges.simulated import VenueOptions
from shared_modules.system_integration import Engine, EngineOptions
from tests.gui.fake_engine import FakeEngine


def names(series) -> list[str]:
    return [str(s) for s in series]


async def collecting(tmp_path: Path) -> FakeEngine:
    engine = FakeEngine(tmp_path)
    engine.list_instruments()
    await engine.choice.apply(["BTCUSDT", "ETHUSDT"], ["1m", "5m"])
    return engine


async def test_what_is_stopped_is_left_out_until_it_is_begun_again(tmp_path: Path) -> None:
    engine = await collecting(tmp_path)
    gone = engine.collector.series[1]
    await engine.choice.stop([gone])
    assert engine.settings.collector.stopped == ("BTCUSDT:5m",)
    assert gone not in engine.collector.series
    assert names(engine.choice.series(["BTCUSDT"], ["1m", "5m"])) == ["BTCUSDT 1m"]
    await engine.choice.begin([gone])
    assert gone in engine.collector.series
    assert engine.settings.collector.stopped == ()


async def test_choosing_anew_collects_what_was_stopped_too(tmp_path: Path) -> None:
    engine = await collecting(tmp_path)
    await engine.choice.stop(engine.collector.series[:2])
    await engine.choice.apply(["BTCUSDT"], ["1m"])
    assert names(engine.collector.series) == ["BTCUSDT 1m"]
    assert engine.settings.collector.symbols == ("BTCUSDT",)
    assert engine.choice.stopped == ()


async def test_names_that_mean_nothing_stop_nothing(tmp_path: Path) -> None:
    engine = await collecting(tmp_path)
    await engine.change("collector.stopped", ("", "XUSDT:1m", "BTCUSDT:7m", "nonsense", "ETHUSDT:1m"))
    assert names(engine.choice.stopped) == ["ETHUSDT 1m"]


async def test_a_stopped_series_is_not_collected_after_a_restart(tmp_path: Path) -> None:
    session = {"collector.symbols": ("BTCUSDT",), "collector.timeframes": ("1m", "5m"), "collector.history": 5}

    async def begun() -> list[str]:
        async with Engine(EngineOptions(tmp_path, VenueOptions(symbols=1), session, console_log=False)) as engine:
            told: asyncio.Future[CollectorChanged] = asyncio.get_running_loop().create_future()
            engine.bus.subscribe(CollectorChanged, lambda e: None if told.done() else told.set_result(e))
            found = names((await told).series)
            await engine.choice.stop([s for s in engine.collector.series if s.timeframe.name == "5m"])
            return found

    assert await begun() == ["BTCUSDT 1m", "BTCUSDT 5m"]
    assert await begun() == ["BTCUSDT 1m"]

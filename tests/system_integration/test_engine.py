"""The engine as one thing, against its own simulated exchange in a process of its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from shared_modules.core.errors import UnknownName, Unreachable
from shared_modules.core.events import CandleClosed, Notice, SettingsChanged, TickerUpdated
from shared_modules.core.market import Series
from shared_modules.core.settings import load
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.simulated import VenueOptions
from shared_modules.system_integration import BacktestRequest, BarSource, Engine, EngineOptions

QUIET = {"collector.start_at_launch": False}


def options(folder: Path, **session: object) -> EngineOptions:
    return EngineOptions(folder, VenueOptions(symbols=3, speed=60), {**QUIET, **session}, console_log=False)


async def heard(engine: Engine, kind: type, wanted: Callable[[object], bool] = lambda _: True) -> object:
    """The first event of ``kind`` that is ``wanted``."""
    found: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    undo = engine.bus.subscribe(kind, lambda e: found.set_result(e) if wanted(e) and not found.done() else None)
    try:
        return await found
    finally:
        undo()


async def test_it_starts_shows_the_market_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with Engine(options(tmp_path)) as engine:
        await engine.instruments_loaded()
        assert [i.symbol for i in engine.instruments] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
        assert engine.mode == "DEMO ×60"
        ticker = engine.ticker("BTCUSDT")
        assert ticker is not None
        assert ticker.last > 0
        undo = engine.watch_tickers(["ETHUSDT"])
        event = await heard(engine, TickerUpdated)
        assert isinstance(event, TickerUpdated)
        assert event.market.symbol == "ETHUSDT"
        undo()
        status = engine.status()
        assert status.clock_offset_ms is None  # the market's time runs at another speed
    left = [c for c in psutil.Process().children(recursive=True) if c.pid not in before and c.is_running()]
    assert not [c for c in left if "spawn_main" in " ".join(c.cmdline())]


async def test_what_is_collected_is_on_disk_afterwards_and_survives_a_restart(tmp_path: Path) -> None:
    session = {"data.retention": None, "collector.history": 30}
    async with Engine(options(tmp_path, **session)) as engine:
        await engine.instruments_loaded()
        series = Series(engine.market("BTCUSDT"), timeframe("1m"))
        await engine.start_collecting(["BTCUSDT"], ["1m"])
        await heard(engine, CandleClosed, lambda e: isinstance(e, CandleClosed) and e.series == series)
        await engine.stop_collecting()
        stored = await asyncio.to_thread(engine.store.read, series)
        path = engine.paths.series(series)
    assert len(stored) >= 31
    assert len(path.read_text().splitlines()) == len(stored) + 1
    (report,) = await verified(tmp_path)
    assert report.clean


async def verified(folder: Path) -> list:
    async with Engine(options(folder)) as engine:
        return await engine.verify_data()


async def test_bars_come_from_the_exchange_when_nothing_is_stored_and_feed_a_backtest(tmp_path: Path) -> None:
    async with Engine(options(tmp_path)) as engine:
        await engine.instruments_loaded()
        series = Series(engine.market("ETHUSDT"), timeframe("5m"))
        bars = await engine.bars(series, limit=2500)
        assert len(bars) == 2500
        request = BacktestRequest("sma_cross", {"fast": 5, "slow": 20}, (BarSource("ETHUSDT", "5m", bars=bars),))
        result = await engine.backtest(request).result()
        assert result.bars == 2500
        assert result.trades
        assert len(result.equity) == 2500


async def test_an_unknown_symbol_is_refused_with_a_proposal(tmp_path: Path) -> None:
    async with Engine(options(tmp_path)) as engine:
        await engine.instruments_loaded()
        with pytest.raises(UnknownName, match="did you mean 'BTCUSDT'"):
            engine.market("BTCUSD")


async def test_a_changed_setting_is_saved_but_the_sessions_wishes_are_not(tmp_path: Path) -> None:
    async with Engine(options(tmp_path, **{"collector.history": 12})) as engine:
        changed = asyncio.create_task(heard(engine, SettingsChanged))
        await asyncio.sleep(0)
        await engine.change("appearance.theme", "light")
        assert await changed == SettingsChanged("appearance.theme")
        assert engine.settings.collector.history == 12
    saved, notices = load(tmp_path / "settings.toml", {})
    assert not notices
    assert saved.appearance.theme == "light"
    assert saved.collector.history == 500
    assert saved.exchange.name == "bybit"


async def test_a_damaged_settings_file_is_kept_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("this is [not toml")
    engine = Engine(options(tmp_path))
    told: list[str] = []
    engine.bus.subscribe(Notice, lambda notice: told.append(notice.text))
    async with engine:
        assert engine.settings.data.retention == 50
    assert any("kept as settings.damaged.toml" in text for text in told)
    assert (tmp_path / "settings.damaged.toml").read_text() == "this is [not toml"


async def test_an_address_that_does_not_answer_is_said_and_the_engine_still_serves_what_is_stored(
    tmp_path: Path,
) -> None:
    nowhere = {
        **QUIET,
        "exchange.rest_url": "http://127.0.0.1:9",
        "exchange.public_ws_url": "ws://127.0.0.1:9/v5/public",
    }
    engine = Engine(EngineOptions(tmp_path, None, nowhere, console_log=False))
    async with engine:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
            await engine.instruments_loaded(patient=False)
        assert engine.instruments == ()
        assert engine.mode == "LIVE DATA"

"""Replay: the candles of a file come again, bar for bar, at any speed."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import format_number, read_candle_file
from shared_modules.core.errors import DataSourceError, InvalidInput
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.exchanges.simulated import Venue, VenueOptions
from shared_modules.exchanges.simulated.replay import ReplayFeed

from .talk import rest, socket, written

MINUTE = 60_000
FIRST = 1_700_000_040_000 // 3_600_000 * 3_600_000
REAL = Path(__file__).parents[3].parent / "shared" / "data" / "bybit_linear" / "1m" / "BTCUSDT_1m.csv.gz"


def walk(n: int, seed: int = 1, price: float = 100.0, step: int = MINUTE, decimals: int = 2) -> Bars:
    """Candles of a random walk with ``decimals`` decimals."""
    random = np.random.default_rng(seed)
    close = np.round(price * np.exp(np.cumsum(random.normal(0, 0.001, n))), decimals)
    opens = np.concatenate(([round(price, decimals)], close[:-1]))
    high = np.round(np.maximum(opens, close) * (1 + random.random(n) * 0.001), decimals)
    low = np.round(np.minimum(opens, close) * (1 - random.random(n) * 0.001), decimals)
    high, low = np.maximum(high, np.maximum(opens, close)), np.minimum(low, np.minimum(opens, close))
    return Bars.of(FIRST + np.arange(n) * step, opens, high, low, close, np.round(random.random(n) * 50, 3))


def without(bars: Bars, rows: slice) -> Bars:
    kept = np.ones(len(bars), bool)
    kept[rows] = False
    return Bars(*(getattr(bars, c)[kept] for c in ("time", "open", "high", "low", "close", "volume", "turnover")))


def texts(bars: Bars, row: int) -> list[str]:
    return [
        str(int(bars.time[row])),
        *(format_number(float(getattr(bars, c)[row])) for c in ("open", "high", "low", "close", "volume")),
    ]


async def closes(line, topic: str, last: int) -> dict[int, list[str]]:
    """Confirmed candles until the one that opens at ``last``; each may come once and only in order."""
    found: dict[int, list[str]] = {}
    while last not in found:
        for c in (await line.of(topic))["data"]:
            if c["confirm"]:
                assert c["start"] not in found
                assert not found or c["start"] > max(found)
                found[c["start"]] = [str(c["start"]), *(c[k] for k in ("open", "high", "low", "close", "volume"))]
    return found


@pytest.mark.parametrize("speed", [6_000.0, 1e9])
async def test_the_stream_tells_the_file_bar_for_bar(tmp_path, speed):
    bars = walk(900)
    path = written(tmp_path, "ABCUSDT_1m.csv.gz", bars)
    options = VenueOptions(replay=(path,), speed=speed, ack_delay=0.0)
    async with Venue(options) as venue, socket(venue) as line, rest(venue) as ask:
        await line.ask("subscribe", "kline.1.ABCUSDT")
        if speed < 1e6:
            found = await closes(line, "kline.1.ABCUSDT", int(bars.time[400]))
        else:
            found = await closes(line, "kline.1.ABCUSDT", int(bars.time[-1]))
        source = {int(t): texts(bars, i) for i, t in enumerate(bars.time)}
        assert list(found) == [t for t in source if min(found) <= t <= max(found)]
        assert all(row == source[t] for t, row in found.items())
        history = await ask.candles("ABCUSDT", "1", start=FIRST, end=max(found), limit=1000)
    assert all(row[:6] == source[int(row[0])] for row in history)
    assert len(history) == np.searchsorted(bars.time, max(found)) + 1


async def test_as_fast_as_possible_loses_no_close_of_any_timeframe(tmp_path):
    bars = walk(5_000)
    path = written(tmp_path, "ABCUSDT_1m.csv", bars)
    async with Venue(VenueOptions(replay=(path,), speed=1e12, ack_delay=0.0)) as venue, socket(venue) as line:
        await line.ask("subscribe", "kline.1.ABCUSDT", "kline.60.ABCUSDT", "kline.5.ABCUSDT")
        seen: dict[str, list[int]] = {"1": [], "5": [], "60": []}
        while int(bars.time[-1]) not in seen["1"]:
            for c in (await line.next())["data"]:
                if c["confirm"]:
                    seen[c["interval"]].append(c["start"])
    for interval, starts in seen.items():
        assert starts == [starts[0] + k * int(interval) * MINUTE for k in range(len(starts))]
    assert len(seen["1"]) == 4_000
    assert len(seen["60"]) >= 65


async def test_the_start_leaves_a_warm_up_history(tmp_path):
    bars = walk(900)
    path = written(tmp_path, "ABCUSDT_1m.csv", bars)
    async with Venue(VenueOptions(replay=(path,))) as venue, rest(venue) as ask:
        rows = await ask.candles("ABCUSDT", "1", limit=1000)
        assert len(rows) in (225, 226)
        assert rows[0][:6] == texts(bars, 0)
        info = (await ask.get("instruments-info", category="linear"))["list"][0]
    assert info["priceFilter"]["tickSize"] == "0.01"
    assert info["lotSizeFilter"]["qtyStep"] == "0.001"


async def test_missing_rows_stay_missing_and_the_end_is_silent(tmp_path):
    bars = without(walk(600), slice(300, 340))
    path = written(tmp_path, "ABCUSDT_1m.csv", bars)
    async with Venue(VenueOptions(replay=(path,), speed=1e9, ack_delay=0.0)) as venue, socket(venue) as line:
        await line.ask("subscribe", "kline.1.ABCUSDT", "publicTrade.ABCUSDT", "tickers.ABCUSDT", "orderbook.50.ABCUSDT")
        found = await closes(line, "kline.1.ABCUSDT", int(bars.time[-1]))
        assert set(found) <= set(bars.time.tolist())
        assert FIRST + 299 * MINUTE in found
        assert FIRST + 340 * MINUTE in found
        async with rest(venue) as ask:
            rows = await ask.candles("ABCUSDT", "1", limit=1000)
        assert [int(r[0]) for r in rows] == bars.time.tolist()


async def test_longer_timeframes_are_summed_and_shorter_ones_refused(tmp_path):
    bars = walk(400, step=5 * MINUTE)
    path = written(tmp_path, "ABCUSDT_5m.csv", bars)
    async with Venue(VenueOptions(replay=(path,), start=int(bars.time[-1]) + 1)) as venue, rest(venue) as ask:
        short = await ask.raw("kline", category="linear", symbol="ABCUSDT", interval="1")
        odd = await ask.raw("kline", category="linear", symbol="ABCUSDT", interval="3")
        hours = await ask.candles("ABCUSDT", "60", limit=10)
    assert (short["retCode"], odd["retCode"]) == (10001, 10001)
    summed = bars.resampled(TIMEFRAMES["1h"])
    for row in hours[:-1]:
        at = int(np.searchsorted(summed.time, int(row[0])))
        assert row[:5] == texts(summed, at)[:5]
        assert float(row[5]) == pytest.approx(float(summed.volume[at]), rel=1e-12)


async def test_symbols_that_live_elsewhere_serve_history_alone(tmp_path):
    late, later, old = walk(300), walk(300, 2), walk(100, 3)
    old = Bars(
        old.time - 400 * 86_400_000, *(getattr(old, c) for c in ("open", "high", "low", "close", "volume", "turnover"))
    )
    paths = tuple(
        written(tmp_path, n, b) for n, b in (("AUSDT_1m.csv", late), ("BUSDT_1m.csv", later), ("CUSDT_1m.csv", old))
    )
    async with Venue(VenueOptions(replay=paths)) as venue, rest(venue) as ask:
        assert int(late.time[0]) < venue.now() < int(late.time[-1])
        rows = await ask.candles("CUSDT", "1", limit=1000)
        ticker = (await ask.get("tickers", category="linear", symbol="CUSDT"))["list"]
    assert len(rows) == 100
    assert rows[-1][:6] == texts(old, 99)
    assert float(ticker[0]["lastPrice"]) == float(old.close[-1])


def test_a_trade_list_of_a_replayed_candle_sums_to_it(tmp_path):
    bars = walk(50)
    feed = ReplayFeed(1, (written(tmp_path, "ABCUSDT_1m.csv", bars),))
    for i, time in enumerate(bars.time.tolist()):
        tape = feed.tape("ABCUSDT", time + 5)
        assert tape is not None
        assert int(tape.sizes.sum()) == round(float(bars.volume[i]) * 1000)
        assert (tape.prices[0], tape.prices[-1]) == (round(bars.open[i] * 100), round(bars.close[i] * 100))
        assert (tape.prices.max(), tape.prices.min()) == (round(bars.high[i] * 100), round(bars.low[i] * 100))


def test_two_files_of_one_symbol_are_refused(tmp_path):
    paths = tuple(written(tmp_path, n, walk(30)) for n in ("ABCUSDT_1m.csv", "ABCUSDT_1m.csv.gz"))
    with pytest.raises(InvalidInput, match="ABCUSDT"):
        ReplayFeed(1, paths)


async def test_a_missing_file_is_said_clearly(tmp_path):
    with pytest.raises(DataSourceError, match="there is no file"):
        await Venue(VenueOptions(replay=(str(tmp_path / "no.csv"),))).start()


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason="real market data is not here")
async def test_real_candles_come_again_to_the_last_digit(tmp_path):
    head = gzip.decompress(REAL.read_bytes()).splitlines(keepends=True)[:4_001]
    path = tmp_path / "BTCUSDT_1m.csv"
    path.write_bytes(b"".join(head))
    bars = read_candle_file(path).bars
    async with Venue(VenueOptions(replay=(str(path),), speed=1e9, ack_delay=0.0)) as venue, socket(venue) as line:
        await line.ask("subscribe", "kline.1.BTCUSDT")
        found = await closes(line, "kline.1.BTCUSDT", int(bars.time[-1]))
    source = {int(t): texts(bars, i) for i, t in enumerate(bars.time)}
    assert list(found) == [t for t in source if t >= min(found)]
    assert all(row == source[t] for t, row in found.items())
    assert len(found) == 3_000

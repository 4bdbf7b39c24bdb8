"""Candles rebuilt from trades: what three sources say, and who is wrong."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.market import Category, PublicTrade, Side
from shared_modules.core.paths import DataPaths
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.audit import audit
from shared_modules.data_collection.findings import Fault
from shared_modules.data_collection.integrity import verify_folder
from shared_modules.data_collection.three_way import compared, rebuilt
from shared_modules.exchanges.bybit import BybitMarketData
from shared_modules.exchanges.simulated import Venue, VenueOptions
from tests.fakes import NOW
from tests.whole import series_of

MINUTE = TIMEFRAMES["1m"]


def tape(seed: int, count: int = 400) -> list[PublicTrade]:
    dice = random.Random(seed)
    times = sorted(NOW + dice.randrange(0, 8 * 60_000) for _ in range(count))
    return [PublicTrade(t, dice.randrange(90, 110) / 1.0, dice.randrange(1, 9) / 4, Side.BUY, str(n))
            for n, t in enumerate(times)]  # fmt: skip


@given(st.integers(0, 10_000))
def test_only_candles_that_the_trades_cover_whole_are_built_and_those_are_their_sum(seed: int) -> None:
    trades = tape(seed)
    built = rebuilt(trades, MINUTE)
    first, last = trades[0].time, trades[-1].time
    assert len(built)
    for row in range(len(built)):
        opened = int(built.time[row])
        inside = [t for t in trades if opened <= t.time < opened + 60_000]
        assert opened >= first
        assert opened + 60_000 <= last
        assert built.high[row] == max(t.price for t in inside)
        assert built.low[row] == min(t.price for t in inside)
        assert (built.open[row], built.close[row]) == (inside[0].price, inside[-1].price)
        assert built.volume[row] == pytest.approx(sum(t.size for t in inside))


def with_close(bars: Bars, row: int, value: float) -> Bars:
    other = bars.copy()
    other.close[row] = value
    return other


def test_the_one_that_differs_from_the_other_two_is_named() -> None:
    built = rebuilt(tape(1), MINUTE)
    assert not len(compared(built, built, built).wrong)
    assert compared(built, built, with_close(built, 2, 1.0)).ours.tolist() == [int(built.time[2])]
    other = with_close(built, 3, 1.0)
    assert compared(built, other, other).exchange.tolist() == [int(built.time[3])]
    assert compared(built, other, with_close(built, 3, 2.0)).unclear.tolist() == [int(built.time[3])]


async def test_an_audit_finds_the_candle_of_ours_that_the_trades_of_the_exchange_contradict(tmp_path) -> None:
    paths = DataPaths(tmp_path)
    (series,) = series_of("BTCUSDT", names=("1m",))
    async with Venue(VenueOptions(seed=3, symbols=("BTCUSDT",), speed=1)) as venue:
        data = BybitMarketData(ExchangeSettings(name="simulated", rest_url=venue.rest_url))
        try:
            now = await data.server_time()
            page = await data.candles(series, now - 20 * 60_000, now + 60_000)
            trades = await data.recent_trades(series.market, 1000)
            built = rebuilt(trades, MINUTE)
            assert len(built) >= 2
            inside = page.bars.between(int(built.time[0]), int(built.time[-1]) + 1)
            assert not len(compared(built, inside, inside).wrong)  # the exchange agrees with itself

            row = int(np.searchsorted(page.bars.time, built.time[1]))
            write_candle_file(paths.series(series), with_close(page.bars, row, float(page.bars.high[row]) - 0.5))
            (report,) = await audit(data, paths, verify_folder(paths), trades=True)
            assert report.spans(Fault.TRADES) == ((int(built.time[1]), int(built.time[1]) + 60_000),)
            assert report.count(Fault.EXCHANGE) == 1
        finally:
            await data.close()
    assert series.market.category is Category.LINEAR

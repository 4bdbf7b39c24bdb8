"""Candles of a backtest, gathered in parts from somebody who has them."""

from pathlib import Path

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.errors import DataSourceError, InvalidInput
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.system_integration import sources
from shared_modules.system_integration.sources import Wanted, gather

START = 1_735_689_600_000
MINUTE = 60_000


class Giver:
    """Has ``count`` candles of every series from `START` on, and notes what it was asked."""

    def __init__(self, folder: Path, count: int = 1_000) -> None:
        self.paths = DataPaths(folder)
        self.count = count
        self.asked: list[tuple[str, int | None, int | None, int | None]] = []

    def market(self, symbol: str) -> Market:
        return Market("fake", Category.LINEAR, symbol)

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars:
        self.asked.append((series.timeframe.name, start, end, limit))
        n = self.count * 5 * MINUTE // series.timeframe.ms
        close = np.linspace(100, 200, n)
        bars = Bars.of(START + np.arange(n, dtype=np.int64) * series.timeframe.ms, close, close, close, close)
        return bars.between(start, end)[-limit:] if limit else bars.between(start, end)


@pytest.fixture
def giver(data_dir: Path) -> Giver:
    return Giver(data_dir)


async def test_the_newest_candles_come_whole_whatever_the_parts(giver: Giver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "CHUNK", 64)
    told: list[float] = []
    (found,) = await gather(giver, Wanted(("A",), "5m", bars=300), lambda share, _: told.append(share))
    assert len(found.bars) == 300
    assert (np.diff(found.bars.time) == 5 * MINUTE).all()
    assert len(giver.asked) == 5
    assert told == sorted(told)
    assert told[-1] == 1.0


async def test_fewer_than_asked_are_taken_as_they_are(giver: Giver) -> None:
    (found,) = await gather(giver, Wanted(("A",), "5m", bars=5_000))
    assert len(found.bars) == 1_000


async def test_a_range_brings_the_candles_that_warm_up(giver: Giver) -> None:
    start, end = START + 500 * 5 * MINUTE, START + 600 * 5 * MINUTE
    (found,) = await gather(giver, Wanted(("A",), "5m", start=start, end=end, warmup=20))
    assert found.bars.time[0] == start - 20 * 5 * MINUTE
    assert found.bars.time[-1] == end - 5 * MINUTE


async def test_detail_covers_the_candles_exactly(giver: Giver) -> None:
    (found,) = await gather(giver, Wanted(("A",), "5m", bars=10, detail="1m"))
    assert len(found.detail) == 50
    assert found.detail.time[0] == found.bars.time[0]


async def test_candles_are_put_together_from_as_many_shorter_ones(giver: Giver) -> None:
    (found,) = await gather(giver, Wanted(("A",), "1h", bars=10, base="5m", detail="5m"))
    assert (found.timeframe, len(found.bars), found.detail) == ("5m", 120, None)


async def test_everything_that_is_stored_is_asked_for(giver: Giver) -> None:
    with pytest.raises(DataSourceError, match=r"nothing of .* is stored"):
        await gather(giver, Wanted(("A",), "5m", everything=True))
    file = giver.paths.series(Series(giver.market("A"), TIMEFRAMES["5m"]))
    file.parent.mkdir(parents=True)
    first = START + 100 * 5 * MINUTE
    file.write_text(f"timestamp,open,high,low,close,volume,turnover\n{first},1,1,1,1,1,1\n", encoding="utf-8")
    (found,) = await gather(giver, Wanted(("A",), "5m", everything=True))
    assert (int(found.bars.time[0]), len(found.bars)) == (first, 900)


async def test_no_candles_and_no_funding_are_told_with_what_to_do(giver: Giver) -> None:
    with pytest.raises(DataSourceError, match="switch funding off"):
        await gather(giver, Wanted(("A",), "5m", bars=10, funding=True))
    giver.count = 0
    with pytest.raises(DataSourceError, match="collect some"):
        await gather(giver, Wanted(("A",), "5m", bars=10))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"symbols": ()}, "choose a symbol"),
        ({"symbols": ("A", "A")}, "named twice"),
        ({"start": 5, "end": 5}, "after its start"),
        ({"detail": "5m"}, "shorter than 5m"),
        ({"base": "5m"}, "cannot be made of 5m"),
        ({"base": "3m"}, "cannot be made of 3m"),
    ],
)
def test_what_can_not_be_wanted_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Wanted(**{"symbols": ("A",), "timeframe": "5m", **wrong})

"""Alerts: what is told, once, and what survives a restart."""

import asyncio
import itertools
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.errors import InvalidInput, UnknownName, Unreachable
from shared_modules.core.events import AlertFired, CandleClosed, TickerUpdated
from shared_modules.core.market import Candle, Instrument, Market, Series
from shared_modules.core.timeframes import timeframe
from shared_modules.indicators.catalogue import catalogue, indicator
from shared_modules.monitoring import Alert, AlertBook, AlertWatch, Crossing, DrawnLine, Line, crossed
from shared_modules.monitoring.alert import ENDLESS, watchable
from tests.gui.fake_engine import instrument, market, ticker

M1 = timeframe("1m")
START = 1_700_000_100_000


class Source:
    """A market that a test moves."""

    def __init__(self) -> None:
        self.bus = EventBus()
        self.closes: list[float] = []
        self.tickers: tuple[str, ...] = ()
        self.watched: list[Series] = []
        self.kept: list[int] = []  # candles that each watcher wanted in memory
        self.told: list[str] = []
        self.fired: list[AlertFired] = []
        self.away = False
        self.bus.subscribe(AlertFired, self.fired.append)

    def market(self, symbol: str) -> Market:
        if self.instrument(symbol) is None:
            raise UnknownName.of("symbol", symbol, ["BTCUSDT"])
        return market(symbol)

    def instrument(self, symbol: str) -> Instrument | None:
        return instrument(symbol) if symbol in ("BTCUSDT", "ETHUSDT") else None

    def watch_tickers(self, symbols: Iterable[str]) -> Callable[[], None]:
        self.tickers = tuple(symbols)
        return lambda: None

    async def watch(self, series: Series, history: int = 0) -> Callable[[], None]:
        self.watched.append(series)
        self.kept.append(history)
        return lambda: self.watched.remove(series)

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars:
        if self.away:
            raise Unreachable("nobody there")
        close = np.array(self.closes)
        time = START + np.arange(len(close), dtype=np.int64) * M1.ms
        return Bars.of(time, close, close, close, close)

    def notice(self, level: str, text: str) -> None:
        self.told.append(text)

    def spawn(self, work: Any) -> None:
        self.tasks = [*getattr(self, "tasks", []), asyncio.ensure_future(work)]

    async def settle(self) -> None:
        while any(not t.done() for t in getattr(self, "tasks", [])):
            await asyncio.gather(*self.tasks)

    def price(self, *prices: float, symbol: str = "BTCUSDT") -> None:
        for price in prices:
            self.bus.publish(TickerUpdated(market(symbol), ticker(symbol, price)))

    async def close_candle(self, price: float) -> None:
        self.closes.append(price)
        candle = Candle(START + (len(self.closes) - 1) * M1.ms, price, price, price, price, 1.0, 1.0, True)
        self.bus.publish(CandleClosed(Series(market("BTCUSDT"), M1), candle))
        await self.settle()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.json"


async def begun(source: Source, path: Path, *alerts: Alert) -> AlertWatch:
    watch = AlertWatch(source, AlertBook(path))
    await watch.start()
    for alert in alerts:
        await watch.put(alert)
    return watch


def at(level: float, crossing: Crossing = Crossing.EITHER, **more: Any) -> Alert:
    return Alert("BTCUSDT", crossing=crossing, level=level, **more)


async def test_a_price_that_is_reached_is_told_once_and_the_alert_rests(source: Source, path: Path) -> None:
    watch = await begun(source, path, at(100.0))
    source.price(98.0, 99.0, 100.0, 99.0, 101.0)
    assert [f.value for f in source.fired] == [100.0]
    assert "BTCUSDT price crosses 100.0: 100.0." in source.fired[0].text
    assert not watch.alerts[0].active


async def test_a_repeating_alert_is_told_at_every_crossing(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, repeat=True))
    source.price(99.0, 101.0, 101.0, 99.0, 102.0)
    assert [f.value for f in source.fired] == [101.0, 99.0, 102.0]


async def test_a_price_that_stands_on_the_level_is_not_told_again_and_again(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, repeat=True))
    source.price(99.0, 100.0, 100.0, 100.0)
    assert len(source.fired) == 1


@pytest.mark.parametrize(("crossing", "told"), [(Crossing.ABOVE, [101.0]), (Crossing.BELOW, [99.0])])
async def test_only_the_wished_way_counts(source: Source, path: Path, crossing: Crossing, told: list[float]) -> None:
    await begun(source, path, at(100.0, crossing, repeat=True))
    source.price(102.0, 99.0, 101.0) if crossing is Crossing.BELOW else source.price(99.0, 101.0, 98.0)
    assert [f.value for f in source.fired] == told


async def test_the_first_price_never_fires_an_alert(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, Crossing.ABOVE))
    source.price(150.0)
    assert source.fired == []


async def test_a_level_crossed_while_the_terminal_was_closed_is_told_at_the_next_start(
    source: Source, path: Path
) -> None:
    first = await begun(source, path, at(100.0))
    source.price(95.0)
    await first.close()
    again = Source()
    await begun(again, path)
    again.price(105.0)
    assert [f.value for f in again.fired] == [105.0]


async def test_what_nobody_waits_for_is_not_watched(source: Source, path: Path) -> None:
    price = at(100.0)
    closing = at(100.0, timeframe="1m")
    watch = await begun(source, path, price, closing)
    assert source.tickers == ("BTCUSDT",)
    assert source.watched == [Series(market("BTCUSDT"), M1)]
    await watch.set_active(price.id, False)
    await watch.remove(closing.id)
    assert source.tickers == ()
    assert source.watched == []


async def test_a_candle_alert_is_judged_at_the_close_alone(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, Crossing.ABOVE, timeframe="1m"))
    await source.close_candle(99.0)
    source.price(105.0)
    assert source.fired == []
    await source.close_candle(101.0)
    assert [f.value for f in source.fired] == [101.0]
    assert source.fired[0].time == START + 2 * M1.ms


async def test_two_averages_that_cross_are_told_at_that_close(source: Source, path: Path) -> None:
    fast, slow = Line("sma", {"period": 2}), Line("sma", {"period": 4})
    await begun(source, path, Alert("BTCUSDT", fast, Crossing.ABOVE, against=slow, timeframe="1m"))
    for price in (10.0, 9.0, 8.0, 7.0, 6.0):
        await source.close_candle(price)
    assert source.fired == []
    await source.close_candle(9.0)
    await source.close_candle(12.0)
    assert len(source.fired) == 1
    assert "crosses above" in source.fired[0].text


async def test_an_exchange_that_is_away_does_not_end_the_watch(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, timeframe="1m"))
    source.away = True
    await source.close_candle(99.0)
    source.away = False
    await source.close_candle(101.0)
    assert len(source.fired) == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Alert("", level=1.0), "symbol"),
        (lambda: Alert("BTCUSDT"), "price or value"),
        (lambda: Alert("BTCUSDT", Line("rsi"), level=70.0), "timeframe"),
        (lambda: Alert("BTCUSDT", Line("rsi", {}, "nonsense"), level=70.0, timeframe="1m"), "nonsense"),
        (lambda: Alert("BTCUSDT", Line("no_such"), level=70.0, timeframe="1m"), "no_such"),
        (lambda: Alert("BTCUSDT", level=70.0, timeframe="7m"), "7m"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_in_a_sentence(make: Callable[[], Alert], says: str) -> None:
    with pytest.raises((InvalidInput, UnknownName), match=says):
        make()


async def test_an_unknown_symbol_is_refused_and_nothing_is_kept(source: Source, path: Path) -> None:
    watch = await begun(source, path)
    with pytest.raises(UnknownName):
        await watch.put(Alert("NOPE", level=1.0))
    assert watch.alerts == ()


def test_alerts_come_back_from_disk_as_they_were(path: Path) -> None:
    book = AlertBook(path)
    book.put(at(100.0, note="sell", sound=False))
    book.put(Alert("ETHUSDT", Line("rsi", {"period": 7}), Crossing.BELOW, level=30.0, timeframe="5m"))
    book.put(Alert("ETHUSDT", Line("sma"), against=Line("ema"), timeframe="1h", repeat=True))
    book.save()
    again = AlertBook(path)
    assert again.load() == []
    assert [replace(a, level=0.0) for a in again.alerts] == [replace(a, level=0.0) for a in book.alerts]
    assert again.alerts[0].level == 100.0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"alerts": 3}', "\x00"])
def test_a_damaged_file_is_kept_aside_and_said(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    book = AlertBook(path)
    assert "alerts.damaged.json" in book.load()[0]
    assert book.alerts == ()
    assert path.with_name("alerts.damaged.json").read_text(encoding="utf-8") == text


def test_an_alert_on_what_is_gone_is_left_out_and_the_others_stay(path: Path) -> None:
    book = AlertBook(path)
    book.put(at(100.0))
    book.put(Alert("ETHUSDT", Line("sma"), level=3.0, timeframe="1h"))
    book.save()
    path.write_text(path.read_text().replace('"sma"', '"gone"'))
    again = AlertBook(path)
    assert "gone" in again.load()[0]
    assert [a.symbol for a in again.alerts] == ["BTCUSDT"]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30))
def test_ups_and_downs_take_turns(differences: list[float]) -> None:
    steps = list(itertools.pairwise(differences))
    told = [
        (crossed(a, b, Crossing.ABOVE), crossed(a, b, Crossing.BELOW))
        for a, b in steps
        if crossed(a, b, Crossing.EITHER)
    ]
    assert all(up != down for up, down in told)
    if all(differences):
        assert all(one != other for one, other in itertools.pairwise(told))


async def test_an_alert_that_is_deleted_while_it_is_judged_stays_deleted(source: Source, path: Path) -> None:
    watch = await begun(source, path, at(100.0, timeframe="1m"))
    await source.close_candle(99.0)
    judging = source.close_candle(101.0)
    (alert,) = watch.alerts
    await asyncio.gather(judging, watch.remove(alert.id))
    assert watch.alerts == ()
    assert source.fired == []


async def test_an_alert_that_is_changed_while_it_is_judged_waits_for_what_it_is_now(source: Source, path: Path) -> None:
    watch = await begun(source, path, at(100.0, timeframe="1m"))
    await source.close_candle(99.0)
    judging = asyncio.ensure_future(source.close_candle(101.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # its candles are on their way
    await watch.put(replace(watch.alerts[0], level=200.0))
    await judging
    assert watch.alerts[0].level == 200.0
    assert watch.alerts[0].active
    assert source.fired == []


async def test_of_two_closes_at_once_an_alert_that_rests_after_the_first_is_told_once(
    source: Source, path: Path
) -> None:
    await begun(source, path, at(100.0, timeframe="1m"))
    await source.close_candle(99.0)
    # a filled gap brings several closes in one go
    await asyncio.gather(source.close_candle(101.0), source.close_candle(99.0))
    assert len(source.fired) == 1


def market_bars(count: int) -> Bars:
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, count)))
    opened = np.r_[close[:1], close[:-1]]
    time = START + np.arange(count, dtype=np.int64) * M1.ms
    high, low = np.maximum(opened, close) * 1.0004, np.minimum(opened, close) * 0.9996
    return Bars.of(time, opened, high, low, close, rng.uniform(1, 9, count))


def test_every_line_that_may_be_watched_is_the_same_from_the_candles_an_alert_asks_for() -> None:
    bars, wrong = market_bars(9_000), []
    for entry in filter(watchable, catalogue().values()):
        line = Line(entry.name).checked()
        whole, part = entry.compute(bars), entry.compute(bars.tail(line.bars(M1)))
        for output in entry.outputs:
            known = np.abs(whole[output][-2_000:])
            size = np.max(known[np.isfinite(known)], initial=0.0)
            if not np.allclose(whole[output][-2:], part[output][-2:], rtol=0, atol=1e-3 * size, equal_nan=True):
                wrong.append(f"{entry.name}: {output}")
    assert wrong == []


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_a_line_whose_level_depends_on_where_it_began_is_refused_in_words(name: str) -> None:
    assert not watchable(indicator(name))
    with pytest.raises(InvalidInput, match="first candle"):
        Alert("BTCUSDT", Line(name), level=1.0, timeframe="1m")


async def test_the_candles_an_indicator_needs_are_kept_at_hand(source: Source, path: Path) -> None:
    await begun(source, path, at(100.0, timeframe="1m"))
    assert source.kept == [2]
    watch = await begun(source, path, Alert("BTCUSDT", Line("sma", {"period": 1000}), level=1.0, timeframe="1m"))
    assert source.kept[-1] > 4_000
    await watch.close()


RISING = DrawnLine((START, 100.0), (START + 10 * M1.ms, 110.0))


def tick(source: Source, price: float, time: int) -> None:
    source.bus.publish(TickerUpdated(market("BTCUSDT"), structs.replace(ticker("BTCUSDT", price), time=time)))


async def test_a_drawn_line_is_crossed_where_it_is_at_that_time(source: Source, path: Path) -> None:
    await begun(source, path, at(float("nan"), drawn=RISING))
    tick(source, 104.0, START - M1.ms)  # before it begins there is no line
    tick(source, 104.0, START + M1.ms)  # above 101
    tick(source, 104.0, START + 3 * M1.ms)
    assert not source.fired
    tick(source, 104.0, START + 5 * M1.ms)  # the line has risen above the price that stood still
    assert len(source.fired) == 1
    assert "the drawn line" in source.fired[0].text


async def test_a_drawn_line_goes_on_after_its_end(source: Source, path: Path) -> None:
    await begun(source, path, at(float("nan"), Crossing.ABOVE, drawn=RISING))
    tick(source, 119.0, START + 20 * M1.ms)
    tick(source, 121.0, START + 20 * M1.ms)
    assert len(source.fired) == 1


async def test_at_the_close_of_candles_a_drawn_line_is_met_at_their_ends(source: Source, path: Path) -> None:
    await begun(source, path, at(float("nan"), drawn=RISING, timeframe="1m"))
    for price in (101.5, 102.5, 103.5):  # each candle ends half above the line
        await source.close_candle(price)
    assert not source.fired
    await source.close_candle(103.9)
    assert len(source.fired) == 1


@pytest.mark.parametrize("frame", ["", "1m"])
async def test_an_alert_rests_when_its_time_is_over(source: Source, path: Path, frame: str) -> None:
    watch = await begun(source, path, at(100.0, expires=START + 2 * M1.ms, timeframe=frame, repeat=True))
    if frame:
        for price in (99.0, 101.0, 99.0):
            await source.close_candle(price)
    else:
        for minutes, price in ((0, 99.0), (1, 101.0), (2, 99.0)):
            tick(source, price, START + minutes * M1.ms)
    await source.settle()
    assert len(source.fired) == 1
    assert not watch.alerts[0].active
    again = AlertBook(path)
    assert again.load() == []
    assert not again.alerts[0].active


def test_lines_times_and_tones_come_back_from_disk_and_plain_alerts_are_written_as_before(path: Path) -> None:
    book = AlertBook(path)
    book.put(at(float("nan"), drawn=RISING, drawing="d1", expires=START, tone="alarm"))
    book.put(at(5.0))
    book.save()
    again = AlertBook(path)
    assert again.load() == []
    first = again.alerts[0]
    assert (first.drawn, first.drawing, first.expires, first.tone) == (RISING, "d1", START, "alarm")
    assert set(json.loads(path.read_text())["alerts"][1]).isdisjoint({"drawn", "drawing", "expires", "tone"})


@pytest.mark.parametrize("ends", [((5, 1.0), (5, 2.0)), ((5, 1.0), (4, 2.0)), ((0, math.nan), (1, 2.0))])
def test_a_line_that_leads_nowhere_is_refused(ends: tuple[tuple[int, float], tuple[int, float]]) -> None:
    with pytest.raises(InvalidInput):
        DrawnLine(*ends)


def test_an_indicator_cannot_cross_a_line_over_the_candles() -> None:
    with pytest.raises(InvalidInput, match="by a price"):
        at(float("nan"), drawn=RISING, line=Line("rsi"), timeframe="1m")

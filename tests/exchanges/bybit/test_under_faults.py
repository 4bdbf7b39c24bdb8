"""Under each fault of the exchange: what was collected is what it holds, without a gap, a duplicate or an invention."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from shared_modules.core.events import LostMessages
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.integrity import verify_folder
from shared_modules.exchanges.simulated import Venue, VenueOptions
from tests.whole import MINUTE, Whole, series_of, until

SERIES = series_of("BTCUSDT", "ETHUSDT", names=("1m", "5m"))
FAST = SERIES[::2]


@asynccontextmanager
async def collecting(tmp_path, *, speed=900.0, series=SERIES, **options):
    """A venue with its real limits and a collector that has begun."""
    paths = DataPaths(tmp_path)
    async with Venue(VenueOptions(seed=3, symbols=("BTCUSDT", "ETHUSDT"), speed=speed, limits=True)) as venue:
        async with Whole(paths, venue, **options) as whole:
            await whole.collect(series)
            yield venue, whole
        assert venue.bans == 0


async def agrees(whole, series=SERIES):
    """The disk is the exchange, closes are in order, and nobody was asked too much."""
    await whole.collector.stop()
    for one in series:
        stored, served = await whole.stored_and_served(one)
        assert stored.equals(served), f"{one}: {sorted(set(served.time) ^ set(stored.time))}"
        closes = whole.closes.get(one, [])
        if closes:
            assert closes == list(range(closes[0], closes[-1] + 1, one.timeframe.ms)), str(one)


def faulty(tmp_path, holes=False):
    reports = verify_folder(DataPaths(tmp_path))
    return [(r.duplicates, r.disorder, r.bad_ohlc, r.notes) for r in reports if holes or r.missing == 0]


STREAM = [
    [{"kind": "drop", "every": 0.7, "count": 2}],
    [{"kind": "drop", "how": "close"}],
    [{"kind": "drop"}, {"kind": "refuse", "for": 1.0}],
    [{"kind": "drop"}, {"kind": "refuse", "how": "503", "for": 1.0}],
    [{"kind": "half_open", "for": 0.1}],
    [{"kind": "slow", "delay": 0.02, "for": 1.5}],
    [{"kind": "duplicate", "chance": 0.5}],
    [{"kind": "reorder", "chance": 0.3}],
    [{"kind": "truncate", "chance": 0.2}],
    [{"kind": "oversize", "count": 1}],
    [{"kind": "malform", "chance": 0.3}],
    [{"kind": "mute", "topics": "kline.1.*", "for": 2.0}],
    [{"kind": "unknown_fields"}],
    [{"kind": "snapshot_first"}, {"kind": "drop"}],
    [{"kind": "refuse_topic", "topics": "kline.1.BTCUSDT", "for": 1.5}, {"kind": "drop"}],
    [{"kind": "no_ack", "count": 1}, {"kind": "drop"}],
    [{"kind": "missing", "how": "stream", "chance": 0.3}],
    [{"kind": "late_confirm", "delay": 90, "chance": 0.4}],
    [{"kind": "double_confirm"}],
    [{"kind": "never_confirm", "chance": 0.4}],
    [{"kind": "revise", "delay": 100, "chance": 0.5}],
    [{"kind": "maintenance", "for": 1.0}],
    [{"kind": "jump", "ms": 15 * MINUTE}],
    [{"kind": "jump", "ms": -5 * MINUTE}],
    [{"kind": "tick_size", "symbol": "BTCUSDT"}],
]


# how often a connection is lost at least, and what the log says of it
LOST = {
    "drop": (1, ""), "half_open": (1, "nothing arrived"), "mute": (1, "nothing came of kline.1."),
    "oversize": (1, ""), "maintenance": (1, "closed by the exchange (code 1001"),
}  # fmt: skip
LASTING = ("half_open", "slow", "maintenance")


def named(faults):
    return "+".join(f["kind"] + f.get("how", "") for f in faults) + ("-back" if faults[0].get("ms", 0) < 0 else "")


@pytest.mark.parametrize("faults", STREAM, ids=named)
async def test_faults_of_the_stream_leave_no_trace_on_disk(faults, tmp_path):
    quick = faults[0]["kind"] in ("mute", "refuse_topic", "no_ack")
    async with collecting(tmp_path, topics=1.0 if quick else 20.0) as (venue, whole):
        for fault in faults:
            venue.inject(fault)
        await whole.passes(12)
        await until_over(venue, whole)
        await until(lambda: len(whole.disconnects) >= LOST.get(faults[0]["kind"], (0, ""))[0])
        struck = [s.fault.kind for s in venue.faults if s.hits]
        venue.clear_faults()
        await whole.passes(4)
        await whole.recovered(FAST)
        await agrees(whole)
        kind = faults[0]["kind"]
        assert kind in struck or kind in LASTING
        assert all(LOST[kind][1] in d.reason for d in whole.disconnects[: LOST.get(kind, (0, ""))[0]])
        assert bool(whole.disconnects) is (kind in LOST or len(faults) > 1)
        assert all(d.ended >= d.started and d.lost is LostMessages.REFETCHED for d in whole.disconnects)
    assert faulty(tmp_path) == [(0, 0, 0, ())] * len(SERIES)


async def until_over(venue, whole):
    """Let faults that end by themselves do so."""
    while any(s.active and s.fault.lasts is not None for s in venue.faults):
        await whole.passes(1)


REQUESTS = [
    {"kind": "too_many_visits", "how": "reset", "delay": 0.4, "count": 6},
    {"kind": "too_many_visits", "how": "past", "count": 6},
    {"kind": "too_many_visits", "how": "none", "count": 3},
    {"kind": "busy", "count": 2},
    {"kind": "busy", "how": "retry_after", "count": 2},
    {"kind": "server_error", "for": 1.0},
    {"kind": "server_error", "status": 503, "chance": 0.5},
    {"kind": "timeout", "delay": 1.5, "count": 3},
    {"kind": "wrong_type", "count": 8},
    {"kind": "wrong_type", "how": "json"},
    {"kind": "cut_reply", "count": 5},
    {"kind": "cut_reply", "how": "short", "count": 5},
    {"kind": "unknown_fields"},
    {"kind": "missing", "how": "history", "chance": 0.3, "for": 1.5},
]


@pytest.mark.parametrize("fault", REQUESTS, ids=lambda f: f["kind"] + f.get("how", "") + str(f.get("status", "")))
async def test_faults_of_requests_delay_a_repair_and_do_not_spoil_it(fault, tmp_path):
    async with collecting(tmp_path) as (venue, whole):
        venue.inject(fault)
        venue.inject({"kind": "refuse", "for": 0.6})
        venue.inject({"kind": "drop"})
        await whole.passes(8)
        await until_over(venue, whole)
        venue.clear_faults()
        await whole.recovered(FAST)
        await agrees(whole)
        assert len(whole.disconnects) == 1
        assert whole.disconnects[0].lost is LostMessages.REFETCHED
    assert faulty(tmp_path) == [(0, 0, 0, ())] * len(SERIES)


async def test_a_connection_that_is_renewed_all_the_time_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("shared_modules.exchanges.bybit.connection.LONGEST_LIFE", 0.3)
    async with collecting(tmp_path) as (venue, whole):
        states = []
        whole.stream.on_state(lambda state, detail: states.append(state))
        await until(lambda: venue.connected_so_far >= 4)
        await whole.recovered(FAST)
        await agrees(whole)
        assert (states, whole.disconnects) == ([], [])
        assert all(whole.hybrid.counters(s).gaps == 0 for s in SERIES)
    assert faulty(tmp_path) == [(0, 0, 0, ())] * len(SERIES)


async def test_a_candle_revised_while_the_line_is_cut_is_had_as_it_is_now(tmp_path):
    async with collecting(tmp_path) as (venue, whole):
        venue.inject({"kind": "revise", "delay": 300})
        await whole.passes(8)
        venue.inject({"kind": "refuse", "for": 0.8})
        venue.inject({"kind": "drop"})
        await until_over(venue, whole)
        await whole.passes(8)
        venue.clear_faults()
        await whole.passes(6)
        await whole.recovered(FAST)
        await agrees(whole)


async def test_a_ban_pauses_every_request_while_the_stream_goes_on(tmp_path):
    async with collecting(tmp_path, hasty=True) as (venue, whole):
        number = venue.inject({"kind": "ban"})
        venue.inject({"kind": "drop"})

        def refused():
            return {s.number: s.hits for s in venue.faults}[number]

        await until(lambda: refused() >= 1)  # the first request after the new connection
        await whole.passes(10)
        assert refused() <= 8  # what was under way together, and no more for ten minutes of the client's clock
        venue.clear_faults()
        await whole.recovered(FAST)
        await agrees(whole)


async def test_candles_that_the_exchange_has_nowhere_are_not_invented(tmp_path):
    async with collecting(tmp_path) as (venue, whole):
        venue.inject({"kind": "missing", "how": "both", "chance": 0.3})
        since = venue.now() + MINUTE
        await whole.passes(15)
        await whole.recovered(FAST)
        await whole.collector.stop()
        for one in FAST:
            stored, served = await whole.stored_and_served(one)
            assert stored.between(since, None).equals(served.between(since, None))
            times = stored.between(since, None).time
            assert len(times) < (times[-1] - times[0]) // MINUTE + 1
    assert faulty(tmp_path, holes=True) == [(0, 0, 0, ())] * len(SERIES)


async def test_a_symbol_that_is_delisted_keeps_its_candles_and_the_others_go_on(tmp_path):
    async with collecting(tmp_path) as (venue, whole):
        before = {s: whole.closes[s][-1] for s in FAST}
        venue.inject({"kind": "delist", "symbol": "ETHUSDT"})
        await whole.passes(20)
        await whole.recovered([FAST[0]])
        await whole.collector.stop()
        gone = whole.store.read(FAST[1])
        assert before[FAST[1]] <= int(gone.time[-1]) <= before[FAST[1]] + 3 * MINUTE
        await agrees(whole, SERIES[:2])
    assert faulty(tmp_path) == [(0, 0, 0, ())] * len(SERIES)


async def test_a_symbol_that_comes_is_collected_from_its_first_candle(tmp_path):
    async with collecting(tmp_path, series=SERIES[:2]) as (venue, whole):
        venue.inject({"kind": "list", "symbol": "ETHUSDT", "at": 0.3})
        assert "ETHUSDT" not in {i.symbol for i in await whole.data.instruments(FAST[0].market.category)}
        while "ETHUSDT" not in {i.symbol for i in await whole.data.instruments(FAST[0].market.category)}:
            pass
        await whole.collector.add([FAST[1]], 60)
        await whole.collector.ready()
        await whole.passes(6)
        await whole.recovered(FAST)
        await agrees(whole, [FAST[1]])


@pytest.mark.parametrize("ms", [-3_600_000, -20_000, 20_000, 3_600_000])
async def test_times_told_wrong_leave_the_candles_as_they_are(ms, tmp_path):
    async with collecting(tmp_path) as (venue, whole):
        venue.inject({"kind": "skew", "ms": ms, "for": 1.5})
        venue.inject({"kind": "drop"})
        await whole.passes(12)
        await until_over(venue, whole)
        venue.clear_faults()
        await whole.recovered(FAST)
        await agrees(whole)


@pytest.mark.parametrize("library", ["picows", "websockets"])
async def test_both_socket_libraries_bear_a_bad_day(library, tmp_path):
    day = [
        {"kind": "drop", "every": 1.1, "count": 2}, {"kind": "malform", "chance": 0.1},
        {"kind": "duplicate", "chance": 0.2}, {"kind": "reorder", "chance": 0.1}, {"kind": "oversize", "count": 1},
        {"kind": "never_confirm", "chance": 0.2}, {"kind": "server_error", "chance": 0.2}, {"kind": "unknown_fields"},
    ]  # fmt: skip
    async with collecting(tmp_path, library=library) as (venue, whole):
        for fault in day:
            venue.inject(fault)
        await whole.passes(25)
        venue.clear_faults()
        await whole.passes(4)
        await whole.recovered(FAST)
        await agrees(whole)
    assert faulty(tmp_path) == [(0, 0, 0, ())] * len(SERIES)

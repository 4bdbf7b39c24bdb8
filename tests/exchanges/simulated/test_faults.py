"""The faults of the exchange: declared, switched on, and what a consumer then sees."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
import orjson
import pytest

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import ConfigurationError, InvalidInput, UnknownName
from shared_modules.exchanges.simulated import Fault, FaultScript, Limits, Venue, VenueOptions, read_script
from shared_modules.exchanges.simulated.fault_desk import FaultDesk
from shared_modules.exchanges.simulated.fault_requests import AddressLimits
from shared_modules.exchanges.simulated.faults import KINDS

from .talk import START, rest, socket

KLINE, TICKER = "kline.1.BTCUSDT", "tickers.BTCUSDT"


@asynccontextmanager
async def venue_with(*faults, speed=600.0, **options):
    async with Venue(
        VenueOptions(seed=3, symbols=("BTCUSDT", "ETHUSDT"), speed=speed, start=START, **options)
    ) as venue:
        for fault in faults:
            venue.inject(fault)
        yield venue


async def confirmed(line, count):
    """The first ``count`` confirmed rows, in the order in which they come."""
    found = []
    while len(found) < count:
        message = await line.next()
        found += [row for row in message.get("data", []) if isinstance(row, dict) and row.get("confirm")]
    return found


def written(tmp_path, text):
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_is_read_as_it_is_written(tmp_path):
    script = read_script(
        written(
            tmp_path,
            """
            seed = 5
            [limits]
            requests = 10
            [[fault]]
            kind = "drop"
            at = 3
            every = 20
            how = "close"
            [[fault]]
            kind = "missing"
            for = 60.5
            topics = "kline.1.*"
            chance = 0.1
            """,
        )
    )
    assert script == FaultScript(
        5,
        (
            Fault("drop", at=3, every=20, how="close"),
            Fault("missing", lasts=60.5, topics="kline.1.*", chance=0.1, how="stream"),
        ),
        Limits(requests=10),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[fault]]\nkind = 'dorp'", "did you mean 'drop'"),
        ("[[fault]]\nkind = 'drop'\nfro = 3", "no setting of a fault 'fro'"),
        ("[[fault]]\nkind = 'drop'\nhow = 'softly'", "there are: reset, close"),
        ("[[fault]]\nkind = 'slow'\nfor = -1", "'for' of the fault 'slow' must be at least 0, not -1"),
        ("[[fault]]\nkind = 'slow'\nfor = '1'", "'for' of the fault 'slow' cannot be '1'"),
        ("[[fault]]\nkind = 'slow'\nat = nan", "'at' of the fault 'slow' must be at least 0"),
        ("[[fault]]\nkind = 'delist'", "the fault 'delist' needs 'symbol'"),
        ("[[fault]]\nkind = 'drop'\nchance = 2", "chance up to 1"),
        ("[[faults]]\nkind = 'drop'", "'faults' is unknown"),
        ("[limits]\nrequests = 0", "must be a number above 0"),
        ("[limits]\nrequest = 5", "no limit 'request'"),
        ("fault = 3", "faults are written as"),
        ("seed = 'x'", "'seed' must be a whole number"),
        ("[[fault", "is no TOML file"),
    ],
)
def test_a_script_that_cannot_be_is_refused_with_its_name_and_what_is_wrong(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as error:
        read_script(path)
    assert str(path) in error.value.message
    assert said in error.value.message


async def test_a_script_that_is_not_there_or_names_an_unknown_symbol_keeps_the_exchange_from_starting(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot read the fault script"):
        await Venue(VenueOptions(faults=str(tmp_path / "none.toml"))).start()
    path = written(tmp_path, "[[fault]]\nkind = 'delist'\nsymbol = 'BTCUSD'")
    with pytest.raises(UnknownName, match="did you mean 'BTCUSDT'"):
        await Venue(VenueOptions(symbols=1, faults=str(path))).start()


def hits(seed, chance=0.3, count=None):
    desk = FaultDesk(FaultScript(seed, (Fault("duplicate", chance=chance, count=count),)), ManualClock())
    return [desk.strikes("duplicate", TICKER) is not None for _ in range(2000)]


def test_the_same_seed_hits_the_same_frames_and_another_one_others():
    assert hits(1) == hits(1) != hits(2)
    assert sum(hits(1)) == pytest.approx(600, rel=0.15)
    assert sum(hits(1, count=7)) == 7


def test_a_candle_once_chosen_stays_chosen_and_others_never_become_it():
    desk = FaultDesk(FaultScript(4, (Fault("missing", chance=0.5),)), ManualClock())
    first = [desk.strikes("missing", KLINE, f"{KLINE}|{i}") is not None for i in range(200)]
    assert [desk.strikes("missing", KLINE, f"{KLINE}|{i}") is not None for i in reversed(range(200))] == first[::-1]
    assert 60 < sum(first) < 140


async def test_a_fault_is_on_in_its_time_alone_and_begins_again():
    clock = ManualClock()
    desk = FaultDesk(FaultScript(1, (Fault("slow", at=2, lasts=3, every=10),)), clock)
    seen = []
    for _ in range(16):
        seen.append(desk.present("slow") is not None)
        await clock.advance(1)
    assert seen == [2 <= t % 10 < 5 for t in range(16)]


async def test_a_fault_of_a_moment_happens_once_or_as_often_as_it_says():
    clock = ManualClock()
    faults = (Fault("drop", at=1), Fault("jump", at=2, every=4, ms=5, count=3), Fault("drop", at=3, every=5))
    desk = FaultDesk(FaultScript(1, faults), clock)
    told = []
    for second in range(20):
        told += [(second, fault.kind, fault.at) for fault in desk.due()]
        await clock.advance(1)
    assert [t for t, _, at in told if at == 1] == [1]
    assert [t for t, kind, _ in told if kind == "jump"] == [2, 6, 10]
    assert [t for t, _, at in told if at == 3] == [3, 8, 13, 18]


async def test_six_hundred_requests_in_five_seconds_pass_and_the_next_is_banned_for_ten_minutes():
    clock = ManualClock()
    limits = AddressLimits(Limits(), clock.monotonic)
    assert all(limits.request("a") for _ in range(600))
    assert limits.request("b")
    assert not limits.request("a")
    await clock.advance(599)
    assert not limits.request("a")
    await clock.advance(1.5)
    assert limits.request("a")
    assert (limits.bans, [limits.socket("a") for _ in range(501)].count(True)) == (1, 500)


async def test_a_real_limit_is_kept_by_the_server():
    async with venue_with(limits=True) as venue, aiohttp.ClientSession() as session:
        url = f"{venue.rest_url}/v5/market/time"
        seen = []
        for _ in range(601):
            async with session.get(url) as reply:
                seen.append((reply.status, await reply.text() if reply.status != 200 else ""))
        assert seen.count((200, "")) == 600
        assert seen[-1] == (403, "access too frequent")
        assert venue.bans == 1


async def test_an_exchange_without_faults_sends_every_candle_once():
    async with venue_with() as venue, socket(venue) as line:
        await line.ask("subscribe", KLINE)
        times = [row["start"] for row in await confirmed(line, 5)]
        assert times == list(range(times[0], times[0] + 5 * 60_000, 60_000))


@pytest.mark.parametrize("how", ["reset", "close"])
async def test_dropped_sockets_end(how):
    async with venue_with() as venue, socket(venue) as line:
        await line.ask("subscribe", TICKER)
        venue.inject({"kind": "drop", "how": how})
        while (message := await line.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert line.socket.close_code == (1001 if how == "close" else 1006)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


@pytest.mark.parametrize("fault", [{"kind": "refuse"}, {"kind": "refuse", "how": "503"}, {"kind": "maintenance"}])
async def test_new_sockets_are_refused_until_the_fault_ends(fault):
    async with venue_with() as venue:
        number = venue.inject(fault)
        with pytest.raises(aiohttp.ClientError):
            async with socket(venue):
                pass
        venue.clear_faults(number)
        async with socket(venue) as line:
            assert (await line.ask("ping"))["ret_msg"] == "pong"


async def test_a_half_open_socket_says_nothing_and_stays():
    async with venue_with() as venue, socket(venue) as line:
        await line.ask("subscribe", TICKER)
        venue.inject({"kind": "half_open", "for": 0.1})
        await asyncio.sleep(0.15)

        async def listen():
            while True:
                await line.socket.receive()

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(listen(), 0.5)
        assert venue.connections == 1
        async with socket(venue) as other:
            assert (await other.ask("ping"))["ret_msg"] == "pong"


async def test_frames_come_twice_or_swapped_or_not_at_all():
    async with venue_with(speed=60.0) as venue, socket(venue) as line:
        await line.ask("subscribe", TICKER)
        await line.of(TICKER)
        doubled = venue.inject({"kind": "duplicate"})
        frames = [await line.of(TICKER) for _ in range(9)]
        assert any(a == b for a, b in pairwise(frames))
        venue.clear_faults(doubled)
        swapped = venue.inject({"kind": "reorder"})
        times = [(await line.of(TICKER))["ts"] for _ in range(12)]
        assert times != sorted(times)
        venue.clear_faults(swapped)
        venue.inject({"kind": "mute", "topics": "tickers.*"})
        assert (await line.ask("subscribe", KLINE))["success"]
        while (await line.of(KLINE))["data"][0]["confirm"] is False:
            pass


async def test_frames_are_cut_blown_up_and_spoilt():
    async with venue_with(speed=60.0) as venue, socket(venue) as line:
        await line.ask("subscribe", TICKER)
        for fault, seen in (
            ({"kind": "truncate"}, lambda data: data.startswith(b"{") and not data.endswith(b"}")),
            ({"kind": "oversize", "size": 300_000}, lambda data: len(data) == 300_000 and orjson.loads(data)),
            ({"kind": "unknown_fields"}, lambda data: "newThing" in orjson.loads(data)),
        ):
            number = venue.inject(fault)
            while not seen((await line.socket.receive()).data.encode()):
                pass
            venue.clear_faults(number)


async def test_a_subscription_is_refused_unanswered_or_answered_late():
    async with venue_with({"kind": "refuse_topic", "topics": "tickers.*", "count": 1}, speed=60.0) as venue:
        async with socket(venue) as line:
            answer = await line.ask("subscribe", KLINE, TICKER)
            assert (answer["success"], answer["ret_msg"]) == (False, f"error:handler not found,topic:{TICKER}")
            assert (await line.ask("subscribe", KLINE, TICKER))["success"]
        number = venue.inject({"kind": "snapshot_first"})
        async with socket(venue) as line:
            await line.send(op="subscribe", args=[TICKER], req_id="1")
            assert (await line.next()).get("topic") == TICKER
        venue.clear_faults(number)
        venue.inject({"kind": "no_ack", "topics": TICKER, "count": 1})
        async with socket(venue) as line:
            await line.send(op="subscribe", args=[TICKER], req_id="1")
            assert (await line.ask("subscribe", TICKER, req_id="2"))["req_id"] == "2"


async def told(venue, line, fault, count=12):
    """Confirmed rows of the stream under ``fault`` and, by start, those that history has."""
    venue.inject(fault)
    await line.ask("subscribe", KLINE)
    rows = await confirmed(line, count)
    async with rest(venue) as ask:
        history = await ask.candles("BTCUSDT", "1", start=rows[0]["start"] - 3 * 60_000, end=rows[-1]["start"] + 1)
    return [row["start"] for row in rows], rows, {int(row[0]): row for row in history}


@pytest.mark.parametrize("how", ["stream", "history", "both"])
async def test_missing_candles_lack_where_they_should(how):
    async with venue_with() as venue, socket(venue) as line:
        times, _, history = await told(venue, line, {"kind": "missing", "how": how, "chance": 0.3})
        span = range(times[0], times[-1] + 1, 60_000)
        lacking_there = {t for t in span if t not in times}
        lacking_here = {t for t in span if t not in history}
        assert bool(lacking_there) is (how != "history")
        assert bool(lacking_here) is (how != "stream")
        if how == "both":
            assert lacking_here >= lacking_there


async def test_confirmations_come_late_twice_never_or_wrong_first():
    async with venue_with() as venue, socket(venue) as line:
        late, _, _ = await told(venue, line, {"kind": "late_confirm", "delay": 150, "chance": 0.4})
        assert late != sorted(late)
        assert len(set(late)) == len(late)
    async with venue_with() as venue, socket(venue) as line:
        twice, _, _ = await told(venue, line, {"kind": "double_confirm"})
        assert twice == [t for t in sorted(set(twice)) for _ in range(2)]
    async with venue_with() as venue, socket(venue) as line:
        never, _, history = await told(venue, line, {"kind": "never_confirm", "chance": 0.4}, 8)
        assert set(never) < {t for t in history if t >= never[0]}
    async with venue_with() as venue, socket(venue) as line:
        times, rows, history = await told(venue, line, {"kind": "revise", "delay": 20}, 8)
        by_time = {}
        for row in rows:
            by_time.setdefault(row["start"], []).append(row)
        first, last = by_time[times[0]]
        assert first["volume"] == "1"
        assert [last[k] for k in ("open", "high", "low", "close", "volume")] == history[times[0]][1:6]


@pytest.mark.parametrize(
    ("fault", "status", "kind", "said"),
    [
        ({"kind": "ban"}, 403, "text/plain", "access too frequent"),
        ({"kind": "busy", "how": "retry_after", "delay": 3}, 429, "text/plain", "too many"),
        ({"kind": "server_error", "status": 504}, 504, "text/html", "<html>"),
        ({"kind": "maintenance"}, 503, "text/html", "<html>"),
        ({"kind": "wrong_type"}, 200, "text/html", "<html>"),
        ({"kind": "wrong_type", "how": "json"}, 200, "text/plain", "timeNano"),
        ({"kind": "too_many_visits"}, 200, "application/json", "10006"),
        ({"kind": "unknown_fields"}, 200, "application/json", "newThing"),
    ],
)
async def test_requests_are_answered_in_the_wrong_way(fault, status, kind, said):
    async with venue_with({"paths": "time", **fault}) as venue, aiohttp.ClientSession() as session:
        async with session.get(f"{venue.rest_url}/v5/market/time") as reply:
            assert (reply.status, reply.content_type) == (status, kind)
            assert said in await reply.text()
            if "how" in fault and fault["kind"] == "busy":
                assert reply.headers["Retry-After"] == "3"
        if fault["kind"] != "maintenance":
            async with session.get(f"{venue.rest_url}/v5/market/tickers?category=linear") as reply:
                assert reply.status == 200


@pytest.mark.parametrize("how", ["reset", "short"])
async def test_a_reply_that_breaks_off_is_an_error_for_the_client(how, caplog):
    async with venue_with({"kind": "cut_reply", "how": how}) as venue, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            async with session.get(f"{venue.rest_url}/v5/market/tickers?category=linear") as reply:
                await reply.read()
    assert not caplog.records


async def test_times_are_told_wrong_and_clocks_jump():
    async with venue_with(speed=1.0) as venue, rest(venue) as ask:
        number = venue.inject({"kind": "skew", "ms": 3_600_000})
        body = await ask.raw("time")
        assert body["time"] - venue.now() > 3_599_000
        assert int(body["result"]["timeSecond"]) * 1000 - venue.now() > 3_590_000
        venue.clear_faults(number)
        before = venue.now()
        venue.inject({"kind": "jump", "ms": 600_000})
        assert (await ask.raw("time"))["time"] >= before + 600_000
        venue.inject({"kind": "jump", "ms": -300_000})
        assert before + 300_000 <= (await ask.raw("time"))["time"] < before + 500_000


async def test_instruments_come_go_and_change():
    async with venue_with() as venue, rest(venue) as ask, socket(venue) as line:

        async def listed():
            rows = (await ask.get("instruments-info", category="linear"))["list"]
            return {row["symbol"]: row for row in rows}

        tick = (await listed())["BTCUSDT"]["priceFilter"]["tickSize"]
        venue.inject({"kind": "tick_size", "symbol": "BTCUSDT"})
        assert float((await listed())["BTCUSDT"]["priceFilter"]["tickSize"]) == pytest.approx(float(tick) / 10)
        await line.ask("subscribe", "kline.1.ETHUSDT")
        venue.inject({"kind": "delist", "symbol": "ETHUSDT"})
        assert set(await listed()) == {"BTCUSDT"}
        assert (await ask.raw("kline", category="linear", symbol="ETHUSDT", interval="1"))["retCode"] == 10001
        assert not (await line.ask("subscribe", "kline.1.ETHUSDT"))["success"]
        venue.inject({"kind": "list", "symbol": "ETHUSDT"})
        at = venue.now()
        while "ETHUSDT" not in await listed():
            pass
        while not (rows := await ask.candles("ETHUSDT", "1")):
            pass
        assert int(rows[0][0]) >= at // 60_000 * 60_000


async def test_a_symbol_to_be_listed_is_unknown_until_then(tmp_path):
    path = written(tmp_path, "[[fault]]\nkind = 'list'\nsymbol = 'ETHUSDT'\nat = 0.3")
    async with venue_with(faults=str(path)) as venue, rest(venue) as ask:
        assert (await ask.raw("kline", category="linear", symbol="ETHUSDT", interval="1"))["retCode"] == 10001
        while (await ask.raw("kline", category="linear", symbol="ETHUSDT", interval="1"))["retCode"] != 0:
            pass
        assert [s.hits for s in venue.faults] == [1]


async def test_faults_are_switched_by_requests_of_their_own():
    async with venue_with() as venue, aiohttp.ClientSession() as session:
        url = f"{venue.rest_url}/simulator/faults"
        async with session.post(
            url, json=[{"kind": "server_error", "count": 1}, {"kind": "slow", "delay": 0.1}]
        ) as reply:
            assert (reply.status, await reply.json()) == (201, {"numbers": [1, 2]})
        async with session.get(f"{venue.rest_url}/v5/market/time") as reply:
            assert reply.status == 502
        async with session.get(url) as reply:
            told = await reply.json()
            assert [(f["kind"], f["active"], f["hits"]) for f in told["faults"]] == [
                ("server_error", False, 1), ("slow", True, 0),
            ]  # fmt: skip
            assert told["log"][0][1].startswith("server_error")
        async with session.delete(url, params={"number": "9"}) as reply:
            assert reply.status == 404
        async with session.delete(url) as reply:
            assert (reply.status, venue.faults) == (200, ())


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": {"kind": "nonsense"}}, 400),
        ({"json": 5}, 400),
        ({"json": {"kind": "list", "symbol": "NOPEUSDT"}}, 400),
        ({"json": {"kind": "drop"}, "headers": {"Host": "evil.example"}}, 403),
    ],
)
async def test_what_is_no_fault_or_not_from_here_is_refused(options, status):
    async with venue_with() as venue, aiohttp.ClientSession() as session:
        async with session.post(f"{venue.rest_url}/simulator/faults", **options) as reply:
            assert reply.status == status
        assert venue.faults == ()


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_can_be_switched_on_and_off_while_the_exchange_runs(kind):
    async with venue_with() as venue:
        fault = {"kind": kind, "symbol": "BTCUSDT", "ms": 1000, "for": 0.05}
        number = venue.inject({"kind": kind, "for": 0.05} if not KINDS[kind].needs else fault)
        await asyncio.sleep(0.05)
        venue.clear_faults(number)
        assert venue.faults == ()


def test_a_fault_may_not_be_nonsense():
    with pytest.raises(InvalidInput):
        Fault.read({"kind": "drop", "at": True})

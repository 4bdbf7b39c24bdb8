"""The public socket: acks and refusals, topics, closes that come once and in order, consumers that lag."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from shared_modules.exchanges.simulated import Venue, VenueOptions
from shared_modules.exchanges.simulated.connection import Connection

from .talk import START, rest, socket

FAST = VenueOptions(symbols=3, start=START, speed=600, ack_delay=0.0)


@pytest.fixture
async def venue():
    async with Venue(VenueOptions(symbols=3, start=START, ack_delay=0.0)) as found:
        yield found


async def test_a_subscription_is_acknowledged_with_its_request_id(venue):
    async with socket(venue) as line:
        ack = await line.ask("subscribe", "tickers.BTCUSDT", req_id="one")
    assert set(ack) == {"success", "ret_msg", "conn_id", "req_id", "op"}
    assert (ack["success"], ack["ret_msg"], ack["req_id"], ack["op"]) == (True, "", "one", "subscribe")


async def test_a_ping_is_answered(venue):
    async with socket(venue) as line:
        await line.send(op="ping")
        pong = await line.next()
    assert (pong["success"], pong["ret_msg"], pong["op"], pong["req_id"]) == (True, "pong", "ping", "")


@pytest.mark.parametrize(
    "topic",
    ["kline.1.NOPEUSDT", "kline.7.BTCUSDT", "orderbook.500.BTCUSDT", "nothing.BTCUSDT", "order", "tickers.btcusdt"],
)
async def test_one_unknown_topic_refuses_the_whole_batch(venue, topic):
    async with socket(venue) as line:
        ack = await line.ask("subscribe", "tickers.BTCUSDT", topic)
        assert ack["success"] is False
        assert ack["ret_msg"] == f"error:handler not found,topic:{topic}"
        again = await line.ask("subscribe", "tickers.BTCUSDT")
    assert again["success"] is True


async def test_subscribing_twice_is_refused_until_unsubscribed(venue):
    async with socket(venue) as line:
        await line.ask("subscribe", "publicTrade.BTCUSDT")
        again = await line.ask("subscribe", "tickers.ETHUSDT", "publicTrade.BTCUSDT")
        assert (again["success"], again["ret_msg"]) == (False, "error:already subscribed,topic:publicTrade.BTCUSDT")
        assert (await line.ask("unsubscribe", "publicTrade.BTCUSDT"))["success"] is True
        assert (await line.ask("subscribe", "publicTrade.BTCUSDT"))["success"] is True


async def test_an_unknown_operation_is_refused_and_the_line_stays(venue):
    async with socket(venue) as line:
        assert (await line.ask("dance", "x"))["ret_msg"] == "error:invalid op"
        await line.socket.send_str("{not json")
        assert (await line.next())["success"] is False
        await line.send(op="subscribe", args="tickers.BTCUSDT")
        assert (await line.next())["success"] is False
        assert (await line.ask("subscribe", "tickers.BTCUSDT"))["success"] is True


async def test_an_unknown_category_is_404(venue):
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{venue.public_ws_url}/moon")


async def test_the_spot_socket_speaks_its_own_dialect(venue):
    async with socket(venue, "spot") as line:
        refused = await line.ask("subscribe", "tickers.NOPEUSDT")
        many = await line.ask("subscribe", *[f"tickers.A{i}" for i in range(11)])
        await line.send(op="ping", req_id="x")
        pong = await line.next()
    assert refused["ret_msg"] == "Invalid symbol :[tickers.NOPEUSDT]"
    assert many["ret_msg"] == "args size >10"
    assert "req_id" not in pong


async def test_the_first_snapshot_may_come_before_the_ack():
    async with Venue(VenueOptions(symbols=1, snapshot_first=True)) as venue, socket(venue) as line:
        await line.send(op="subscribe", args=["tickers.BTCUSDT"])
        first = await line.next()
        assert first["topic"] == "tickers.BTCUSDT"
        assert first["type"] == "snapshot"
        assert (await line.until(lambda m: "op" in m))["success"] is True


async def test_a_ticker_starts_whole_and_goes_on_with_what_changed():
    async with Venue(FAST) as venue, socket(venue) as line:
        await line.ask("subscribe", "tickers.BTCUSDT")
        first = await line.of("tickers.BTCUSDT")
        assert first["type"] == "snapshot"
        assert {"lastPrice", "markPrice", "fundingRate", "bid1Price", "openInterest"} <= set(first["data"])
        for _ in range(5):
            later = await line.of("tickers.BTCUSDT")
            assert later["type"] == "delta"
            assert later["data"]["symbol"] == "BTCUSDT"
            assert len(later["data"]) < len(first["data"])
            assert later["cs"] > first["cs"]
            assert later["ts"] > first["ts"]


async def test_trades_of_the_stream_are_those_of_the_history():
    async with Venue(FAST) as venue, socket(venue) as line, rest(venue) as ask:
        await line.ask("subscribe", "publicTrade.BTCUSDT")
        seen = []
        while len(seen) < 300:
            seen += (await line.of("publicTrade.BTCUSDT"))["data"]
        history = (await ask.get("recent-trade", category="linear", symbol="BTCUSDT", limit=1000))["list"]
    told = {t["execId"]: t for t in history}
    both = [t for t in seen if t["i"] in told]
    assert len(both) > 100
    for t in both:
        assert (t["p"], t["v"], t["S"], str(t["T"])) == tuple(
            told[t["i"]][k] for k in ("price", "size", "side", "time")
        )
    assert [t["T"] for t in seen] == sorted(t["T"] for t in seen)
    assert len({t["i"] for t in seen}) == len(seen)


@pytest.mark.parametrize("depth", [50, 200])
async def test_a_book_kept_from_deltas_never_crosses_and_keeps_its_depth(depth):
    async with Venue(FAST) as venue, socket(venue) as line:
        topic = f"orderbook.{depth}.BTCUSDT"
        await line.ask("subscribe", topic)
        first = await line.of(topic)
        assert first["type"] == "snapshot"
        book = {side: dict(first["data"][side]) for side in "ba"}
        update = first["data"]["u"]
        for _ in range(8):
            delta = await line.of(topic)
            assert delta["type"] == "delta"
            assert delta["data"]["u"] == update + 1
            update += 1
            for side in "ba":
                for price, size in delta["data"][side]:
                    if size == "0":
                        assert book[side].pop(price)
                    else:
                        book[side][price] = size
            assert max(map(float, book["b"])) < min(map(float, book["a"]))
            assert (len(book["b"]), len(book["a"])) == (depth, depth)


async def test_the_best_prices_come_whole():
    async with Venue(FAST) as venue, socket(venue) as line:
        await line.ask("subscribe", "orderbook.1.ETHUSDT")
        for _ in range(4):
            frame = await line.of("orderbook.1.ETHUSDT")
            assert frame["type"] == "snapshot"
            assert (len(frame["data"]["b"]), len(frame["data"]["a"])) == (1, 1)


@pytest.mark.parametrize("speed", [60.0, 3_000.0, 60_000.0])
async def test_every_candle_closes_once_in_order_and_is_what_history_tells(speed):
    options = VenueOptions(symbols=2, start=START, speed=speed, ack_delay=0.0)
    intervals = {"1": 60_000, "5": 300_000, "60": 3_600_000} if speed > 60 else {"1": 60_000}
    async with Venue(options) as venue, socket(venue) as line, rest(venue) as ask:
        await line.ask("subscribe", *[f"kline.{i}.BTCUSDT" for i in intervals])
        closes: dict[str, list[dict]] = {i: [] for i in intervals}
        while min(map(len, closes.values())) < 3:
            frame = await line.next()
            assert frame["type"] == "snapshot"
            for candle in frame["data"]:
                assert candle["end"] == candle["start"] + intervals[candle["interval"]] - 1
                if candle["confirm"]:
                    closes[candle["interval"]].append(candle)
        for interval, length in intervals.items():
            told = closes[interval]
            starts = [c["start"] for c in told]
            assert starts == [starts[0] + k * length for k in range(len(starts))]
            rows = {int(r[0]): r for r in await ask.candles("BTCUSDT", interval, start=starts[0], end=starts[-1])}
            for c in told[-900:]:
                row = [str(c["start"]), *(c[k] for k in ("open", "high", "low", "close", "volume", "turnover"))]
                assert row == rows[c["start"]]


async def test_updates_between_closes_grow_towards_the_close():
    async with Venue(VenueOptions(symbols=1, start=START, speed=60, ack_delay=0.0)) as venue, socket(venue) as line:
        await line.ask("subscribe", "kline.1.BTCUSDT")
        volumes: dict[int, list[float]] = {}
        while len(volumes) < 4:
            for c in (await line.of("kline.1.BTCUSDT"))["data"]:
                volumes.setdefault(c["start"], []).append(float(c["volume"]))
    assert all(v == sorted(v) for v in volumes.values())
    assert any(len(v) > 2 for v in volumes.values())


class _Deaf:
    """A socket whose far end never takes anything, and the request it came with."""

    def __init__(self) -> None:
        self.transport = self
        self.aborted = False

    async def send_frame(self, data: bytes, kind: object) -> None:
        await asyncio.Event().wait()

    def abort(self) -> None:
        self.aborted = True


async def test_a_consumer_that_lets_its_queue_overflow_is_cut_at_once():
    deaf = _Deaf()
    connection = Connection(deaf, deaf, "linear", most=10)
    writer = asyncio.create_task(connection.write())
    for _ in range(10):
        connection.send(b"{}")
    await asyncio.sleep(0)
    assert not deaf.aborted
    for _ in range(3):
        connection.send(b"{}")
    assert deaf.aborted
    assert connection.cut
    await connection.room(5.0)  # nobody waits for one that is gone
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer


async def test_a_lossless_feed_waits_for_a_consumer_only_while_it_moves():
    deaf = _Deaf()
    connection = Connection(deaf, deaf, "linear", most=10_000)
    for _ in range(2_000):
        connection.send(b"{}")
    assert not connection.cut
    await connection.room(0.01)
    assert connection.cut


async def test_closing_says_goodbye_and_leaves_nothing_running():
    before = asyncio.all_tasks()
    venue = Venue(VenueOptions(symbols=2, ack_delay=0.0))
    await venue.start()
    async with socket(venue) as line:
        await line.ask("subscribe", "kline.1.BTCUSDT", "tickers.ETHUSDT")
        await venue.close()
        await venue.close()
        while (message := await line.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == 1001
    assert {t for t in asyncio.all_tasks() if not t.done()} == before

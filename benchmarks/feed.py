"""CPU per message: socket to candle and ticker state here, against pybit's socket doing transport and JSON alone.

    python benchmarks/feed.py [--messages 40000] [--symbols 550] [--rounds 5] [--rate 5000]

A server in a process of its own sends the same frames to both, half candles and half tickers of all symbols; each
client runs in its own process and tells its CPU time from the first message to the last. Rounds alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import multiprocessing as mp
import random
import socket
import statistics
import struct
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
_START = 1_750_000_000_000 // 60_000 * 60_000
_LAST = "END"


def frames(messages: int, symbols: int) -> list[bytes]:
    """Text payloads as Bybit writes them; the last one closes the run."""
    dice = random.Random(7)
    names = [f"S{n}" for n in range(symbols)]
    prices = {name: dice.uniform(1, 1000) for name in names}
    volumes = dict.fromkeys(names, 0.0)
    seen: set[str] = set()
    found = []
    for n in range(messages):
        name = names[dice.randrange(symbols)]
        price = prices[name] = prices[name] * (1 + dice.gauss(0, 1e-4))
        now = _START + n * 60_000 // messages
        text = f"{price:.4f}"
        if n % 2:
            volumes[name] += dice.random()
            row = {"start": _START, "end": _START + 59_999, "interval": "1", "open": text, "close": text, "high": text,
                   "low": text, "volume": f"{volumes[name]:.3f}", "turnover": f"{volumes[name] * price:.4f}",
                   "confirm": False, "timestamp": now}  # fmt: skip
            message = {"topic": f"kline.1.{name}", "data": [row], "ts": now, "type": "snapshot"}
        else:
            kind = "delta" if name in seen else "snapshot"
            data = {"symbol": name, "lastPrice": text, "bid1Price": text, "bid1Size": "12.5", "ask1Price": text,
                    "ask1Size": "3.1", "markPrice": text, "indexPrice": text, "turnover24h": "123456789.1234",
                    "volume24h": "98765.432", "price24hPcnt": "0.0123"}  # fmt: skip
            message = {"topic": f"tickers.{name}", "type": kind, "data": data, "cs": n, "ts": now}
            seen.add(name)
        found.append(json.dumps(message, separators=(",", ":")).encode())
    found.append(json.dumps({"topic": "kline.1.END", "data": [], "ts": _START, "type": _LAST}).encode())
    return found


def framed(payload: bytes) -> bytes:
    """``payload`` as an unmasked text frame."""
    size = len(payload)
    return (bytes([0x81, size]) if size < 126 else struct.pack(">BBH", 0x81, 126, size)) + payload


def serve(messages: int, symbols: int, rate: float, pipe: object) -> None:
    """Send everything to each client that connects, once it has subscribed; at ``rate`` a second, 0 for all at once."""
    data = [framed(p) for p in frames(messages, symbols)]
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])  # type: ignore[attr-defined]
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        if b"quit" in head.split(b"\r\n")[0]:
            return
        key = next(
            line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")  # fmt: skip
        client.recv(65536)
        time.sleep(1.5)
        turns = threading.Lock()
        pongs = threading.Thread(target=_pong, args=(client, turns), daemon=True)
        pongs.start()
        _send(client, data, rate, turns)
        pongs.join(120)  # who closes first would take what is on its way from the other
        client.close()


def _pong(client: socket.socket, turns: threading.Lock) -> None:
    """Answer whatever comes with a pong, until the client leaves."""
    try:
        while client.recv(65536):
            with turns:
                client.sendall(b"\x8a\x00")
    except OSError:
        return


def _send(client: socket.socket, data: list[bytes], rate: float, turns: threading.Lock) -> None:
    begun, step = time.perf_counter(), 1 if rate else 64
    try:
        for n in range(0, len(data), step):
            if rate and (wait := begun + n / rate - time.perf_counter()) > 0:
                time.sleep(wait)
            with turns:
                client.sendall(b"".join(data[n : n + step]))
    except OSError:
        return


def ours(port: int, symbols: int, pipe: object) -> None:
    """The terminal's own way: socket, topics, candle trackers, tickers."""
    from shared_modules.core.market import Category, Market, Series
    from shared_modules.core.settings import ExchangeSettings
    from shared_modules.core.timeframes import TIMEFRAMES
    from shared_modules.data_collection.stream import CandleTracker
    from shared_modules.exchanges.base import CandleTopic, TickerTopic
    from shared_modules.exchanges.bybit import BybitStream

    async def run() -> None:
        settings = ExchangeSettings(public_ws_url=f"ws://127.0.0.1:{port}/v5/public", silence_limit=120)
        stream = BybitStream(settings, Category.LINEAR)
        done = asyncio.Event()
        trackers: dict[Series, CandleTracker] = {}
        tickers: dict[str, object] = {}
        count, first = 0, 0.0

        def candle(topic: CandleTopic, candles: tuple) -> None:  # type: ignore[type-arg]
            nonlocal count, first
            if not count:
                first = time.process_time()
            count += 1
            trackers[topic.series].receive(candles)

        def ticker(topic: TickerTopic, found: object) -> None:
            nonlocal count, first
            if not count:
                first = time.process_time()
            count += 1
            tickers[topic.market.symbol] = found

        received = stream.receive

        def receive(connection: object, wire: str, message: dict) -> None:  # type: ignore[type-arg]
            if message.get("type") == _LAST:
                done.set()
                return
            received(connection, wire, message)  # type: ignore[arg-type]

        stream.receive = receive  # type: ignore[method-assign]
        for n in range(symbols):
            market = Market("bybit", Category.LINEAR, f"S{n}")
            series = Series(market, TIMEFRAMES["1m"])
            tracker = trackers[series] = CandleTracker(series.timeframe)
            tracker.begin(_START)
            stream.subscribe([CandleTopic(series)], candle)  # type: ignore[arg-type]
            stream.subscribe([TickerTopic(market)], ticker)  # type: ignore[arg-type]
        await stream.start()
        await asyncio.wait_for(done.wait(), 120)
        cpu = time.process_time() - first
        pipe.send((count, cpu))  # type: ignore[attr-defined]
        await stream.close()

    asyncio.run(run())


def pybit(port: int, symbols: int, pipe: object) -> None:
    """pybit's socket with the message handed to a callback that counts: transport and JSON alone."""
    from pybit._websocket_stream import _WebSocketManager

    done = threading.Event()
    count, first = 0, 0.0

    def handle(message: dict) -> None:  # type: ignore[type-arg]
        nonlocal count, first
        if not count:
            first = time.process_time()
        if message.get("type") == _LAST:
            done.set()
            return
        count += 1

    manager = _WebSocketManager(handle, "benchmark", False)
    manager.subscriptions = {}
    manager._connect(f"ws://127.0.0.1:{port}/v5/public/linear")
    manager.ws.send(json.dumps({"op": "subscribe", "args": ["kline.1.S0"]}))
    done.wait(120)
    pipe.send((count, time.process_time() - first))  # type: ignore[attr-defined]
    pipe.close()  # type: ignore[attr-defined]
    import os

    os._exit(0)


def once(client: object, port: int, symbols: int) -> tuple[int, float]:
    """Messages and CPU seconds of one client in a process of its own."""
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=client, args=(port, symbols, there))  # type: ignore[arg-type]
    process.start()
    found: tuple[int, float] = here.recv()
    process.join()
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--messages", type=int, default=40_000)
    options.add_argument("--symbols", type=int, default=550)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--rate", type=float, default=0.0, help="messages a second; 0: as fast as they are taken")
    chosen = options.parse_args()
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    arguments = (chosen.messages, chosen.symbols, chosen.rate, there)
    server = context.Process(target=serve, args=arguments, daemon=True)
    server.start()
    port = here.recv()
    results: dict[str, list[float]] = {"ours": [], "pybit": []}
    for _ in range(chosen.rounds):
        for name, client in (("ours", ours), ("pybit", pybit)):
            count, cpu = once(client, port, chosen.symbols)
            results[name].append(cpu / max(1, count) * 1e6)
            print(f"{name:6} {count:8,} messages  {cpu / max(1, count) * 1e6:7.2f} us of CPU each", flush=True)
    a, b = (statistics.median(results[name]) for name in ("ours", "pybit"))
    print(f"median: ours {a:.2f} us, pybit {b:.2f} us, {b / a:.1f} times less")
    server.terminate()


if __name__ == "__main__":
    main()

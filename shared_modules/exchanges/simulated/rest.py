"""The REST face: `/v5/market/...` in the envelope and the texts of the exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import numpy as np
import orjson
from aiohttp import web

from .asked import Asked, Refused
from .candles import CandleReplies
from .feed import Feed
from .figures import FUNDING_CAP, OI_INTERVALS, Figures
from .instruments import instruments, risk_limits
from .quotes import Quotes, sequence
from .ticks import padded

Result = dict[str, object]
_OI_STEP = dict(zip(OI_INTERVALS, (300, 900, 1_800, 3_600, 14_400, 86_400), strict=True))  # seconds


class RestFace:
    """Answers market data requests from ``feed`` as of ``now``."""

    def __init__(self, feed: Feed, figures: Figures, quotes: Quotes, now: Callable[[], int]) -> None:
        self._feed, self._figures, self._quotes, self._now = feed, figures, quotes, now
        self._candles = CandleReplies(feed, figures)

    def routes(self) -> list[web.RouteDef]:
        """The paths that are answered; all others are 404."""
        kinds = {"kline": "", "mark-price-kline": "mark", "index-price-kline": "index"}
        kinds["premium-index-price-kline"] = "premium"
        found = [self._route(path, self._kline(kind)) for path, kind in kinds.items()]
        found.append(self._route("tickers", self._tickers))
        simple = {
            "time": self._time,
            "instruments-info": self._instruments,
            "orderbook": self._orderbook,
            "recent-trade": self._trades,
            "funding/history": self._funding,
            "open-interest": self._open_interest,
            "risk-limit": self._risk_limit,
        }
        return found + [self._route(path, _later(answer)) for path, answer in simple.items()]

    def _route(self, path: str, answer: Callable[[Asked, int], Awaitable[Result]]) -> web.RouteDef:
        async def handle(request: web.Request) -> web.Response:
            now = self._now()
            try:
                result = await answer(Asked(request.query, self._feed, now), now)
                return _reply(0, "OK", result, now)
            except Refused as refusal:
                return _reply(refusal.code, str(refusal), {}, now)

        return web.get(f"/v5/market/{path}", handle)

    def _kline(self, kind: str) -> Callable[[Asked, int], Awaitable[Result]]:
        async def answer(asked: Asked, now: int) -> Result:
            return await self._candles.answer(asked, kind, now)

        return answer

    def _time(self, asked: Asked, now: int) -> Result:
        return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}

    def _instruments(self, asked: Asked, now: int) -> Result:
        return instruments(self._feed, asked, now)

    def _risk_limit(self, asked: Asked, now: int) -> Result:
        return risk_limits(self._feed, asked)

    async def _tickers(self, asked: Asked, now: int) -> Result:
        category = asked.category(required=True)
        wanted = [asked.symbol()] if asked.has("symbol") else asked.symbols(category)
        rows = []
        for i, symbol in enumerate(wanted):
            row = self._ticker(symbol, now)
            if row is not None:
                rows.append(row)
            if i % 8 == 7:
                await asyncio.sleep(0)  # hundreds of symbols take a while at first; others are answered meanwhile
        return {"category": category, "list": rows}

    def _ticker(self, symbol: str, now: int) -> Mapping[str, str] | None:
        found = self._quotes.ticker(symbol, now)
        if found is None:
            return None
        extra = ("predictedDeliveryPrice", "basisRate", "deliveryFeeRate", "basis", "basisRateYear")
        row = {k: v for k, v in found.items() if k != "tickDirection"} | dict.fromkeys(extra, "")
        half = self._figures.interest_now(self._feed.contracts[symbol], now) // 2
        row["deliveryTime"] = "0"
        row["singleOpenInterest"] = padded(half, self._feed.contracts[symbol].size_decimals)
        row["singleOpenInterestValue"] = f"{float(row['openInterestValue']) / 2:.2f}"
        row["fundingCap"] = f"{FUNDING_CAP:g}"
        return row

    def _orderbook(self, asked: Asked, now: int) -> Result:
        asked.category(required=True)
        symbol = asked.symbol()
        limit = asked.limit(25, 1000)
        rules = self._feed.contracts[symbol]
        found = self._quotes.book(symbol, now, limit)
        sides = ([], []) if found is None else (found[1], found[2])
        text = [[[padded(p, rules.price_decimals), padded(s, rules.size_decimals)] for p, s in side] for side in sides]
        at = now if found is None else found[0].time
        return {
            "s": symbol, "b": text[0], "a": text[1], "ts": now,
            "u": now // 100 % 10**9 + 2, "seq": sequence(now), "cts": at,
        }  # fmt: skip

    def _trades(self, asked: Asked, now: int) -> Result:
        category = asked.category(required=True)
        symbol = asked.symbol()
        limit = asked.limit(500, 1000)
        rules = self._feed.contracts[symbol]
        rows: list[dict[str, object]] = []
        time, before = now, self._feed.base(symbol)
        while len(rows) < limit and (tape := self._feed.tape(symbol, time)) is not None:
            for i in range(tape.count(now) - 1, -1, -1):
                if tape.sizes[i] > 0 and len(rows) < limit:
                    rows.append(
                        {
                            "execId": tape.id(i),
                            "symbol": symbol,
                            "price": padded(tape.price_list[i], rules.price_decimals),
                            "size": padded(int(tape.sizes[i]), rules.size_decimals),
                            "side": "Buy" if tape.buys[i] else "Sell",
                            "time": str(tape.moments[i]),
                            "isBlockTrade": False,
                            "isRPITrade": False,
                            "seq": str(sequence(tape.moments[i])),
                        }
                    )
            time = tape.row.time - 1
            if now - time > 5_000 * before:
                break
        return {"category": category, "list": rows}

    def _funding(self, asked: Asked, now: int) -> Result:
        category = asked.category(required=True)
        symbol = asked.symbol()
        limit = asked.limit(200, 200)
        start, end = asked.time("startTime"), asked.time("endTime")
        if start is not None and end is None:
            raise Refused("params error: endTime is required with startTime")
        rules = self._feed.contracts[symbol]
        step = rules.funding_minutes * 60_000
        last = min(now, now if end is None else end) // step * step
        first = max(rules.launch, last - (limit - 1) * step, 0 if start is None else start)
        times = np.arange(last, first - 1, -step)
        rates = self._figures.funding(rules, times).tolist() if len(times) else []
        rows = [
            {"symbol": symbol, "fundingRate": f"{rate:.8f}", "fundingRateTimestamp": str(t)}
            for t, rate in zip(times.tolist(), rates, strict=True)
        ]
        return {"category": category, "list": rows}

    def _open_interest(self, asked: Asked, now: int) -> Result:
        category = asked.category(required=True)
        symbol = asked.symbol()
        name = asked.text("intervalTime")
        if name not in OI_INTERVALS:
            raise Refused("params error: intervalTime is invalid")
        step, limit = _OI_STEP[name] * 1000, asked.limit(50, 200)
        start, end, cursor = asked.time("startTime"), asked.time("endTime"), asked.cursor("lasttime")
        last = min(now, now if end is None else end)
        if cursor is not None:
            last = min(last, int(cursor) * 1000 - 1 if cursor.isdigit() else 0)
        rules = self._feed.contracts[symbol]
        last = last // step * step
        oldest = max(rules.launch, 0 if start is None else start)
        times = np.arange(last, max(oldest, last - (limit - 1) * step) - 1, -step)
        values = self._figures.open_interest(rules, times).tolist() if len(times) else []
        q = rules.size_decimals
        rows = [
            {"openInterest": padded(v, q), "singleOpenInterest": padded(v // 2, q), "timestamp": str(t)}
            for t, v in zip(times.tolist(), values, strict=True)
        ]
        # the exchange fills the cursor of a full page even when nothing follows
        following = f"lastid%3D{rules.number}%26lasttime%3D{times[-1] // 1000}" if len(rows) == limit else ""
        return {"symbol": symbol, "category": category, "list": rows, "nextPageCursor": following}


def _later(answer: Callable[[Asked, int], Result]) -> Callable[[Asked, int], Awaitable[Result]]:
    async def wrapped(asked: Asked, now: int) -> Result:
        return answer(asked, now)

    return wrapped


def _reply(code: int, text: str, result: Mapping[str, object], now: int) -> web.Response:
    body = {"retCode": code, "retMsg": text, "result": result, "retExtInfo": {}, "time": now}
    return web.Response(body=orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), content_type="application/json")

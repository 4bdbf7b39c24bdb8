"""The parameters of a request, checked the way the exchange checks them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

from shared_modules.core.timeframes import TIMEFRAMES, Timeframe

from .feed import Feed

CATEGORIES = ("linear", "inverse", "spot", "option")
INTERVALS = {
    "1": "1m", "3": "3m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "120": "2h", "240": "4h", "360": "6h",
    "720": "12h", "D": "1d", "W": "1w", "M": "1M",
}  # fmt: skip
_FARTHEST = 4_102_444_800_000  # 2100


class Refused(Exception):
    """A request that is answered with ``code`` and this text."""

    def __init__(self, text: str, code: int = 10001) -> None:
        super().__init__(text)
        self.code = code


class Asked:
    """The query of one request at the exchange's time ``now``; its methods raise `Refused`."""

    def __init__(self, query: Mapping[str, str], feed: Feed, now: int) -> None:
        self._query, self._feed, self._now = query, feed, now

    def has(self, name: str) -> bool:
        return bool(self._query.get(name))

    def text(self, name: str) -> str:
        return self._query.get(name, "")

    def category(self, required: bool = False) -> str:
        """The category; candles may leave it away."""
        found = self.text("category") or ("" if required else "linear")
        if found not in CATEGORIES:
            raise Refused("params error: Category is invalid" if found else "params error: Category is required")
        return found

    def symbols(self, category: str) -> list[str]:
        """What is listed in ``category`` by now; only linear contracts are simulated."""
        if category != "linear":
            return []
        return [s for s, c in self._feed.contracts.items() if c.launch <= self._now]

    def symbol(self) -> str:
        found = self.text("symbol")
        rules = self._feed.contracts.get(found)
        if rules is None or rules.launch > self._now or self.category() != "linear":
            raise Refused(f"params error: symbol invalid {found}".rstrip())
        return found

    def interval(self, symbol: str) -> tuple[str, Timeframe]:
        """The interval in the exchange's words and ours."""
        found = self.text("interval")
        if found not in INTERVALS or not self._feed.offers(symbol, TIMEFRAMES[INTERVALS[found]]):
            raise Refused("params error: Invalid period!")
        return found, TIMEFRAMES[INTERVALS[found]]

    def limit(self, default: int, most: int) -> int:
        """The number of rows: more than the most is cut to it, what is no positive number is refused."""
        if not self.has("limit"):
            return default
        found = self._integer("limit")
        if found < 1:
            raise Refused("params error: limit is invalid")
        return min(found, most)

    def time(self, name: str) -> int | None:
        if not self.has(name):
            return None
        found = self._integer(name)
        if found < 0:
            raise Refused(f"params error: {name} is invalid")
        return min(found, _FARTHEST)

    def cursor(self, name: str) -> str | None:
        """The part ``name`` of a cursor, whether it comes back encoded once, twice or not at all."""
        text = self.text("cursor")
        if not text:
            return None
        found = parse_qs(unquote(unquote(text))).get(name)
        if not found:
            raise Refused("params error: cursor is invalid")
        return found[0]

    def _integer(self, name: str) -> int:
        text = self.text(name)
        if not text.lstrip("-").isdecimal() or len(text) > 18:
            raise Refused(f"params error: {name} is invalid")
        return int(text)

"""The parsers against damaged messages: each recorded sample, mutated, is read or refused; nothing else comes out.

    python benchmarks/fuzz.py SAMPLES [--each 2000] [--seed 1]

SAMPLES: a folder of Bybit V5 payloads as JSON. Messages of the socket go through a connection with their topics
subscribed, answers of REST through every parser of answers. What escapes is an error of another kind than those that
the callers expect.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.market import Category, Market, Series
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.exchanges.base import BookTopic, CandleTopic, TickerTopic, Topic, TradeTopic
from shared_modules.exchanges.bybit import BybitStream, parse
from shared_modules.exchanges.bybit.names import INTERVALS

_WRONG: tuple[Any, ...] = (None, "", "x", -1, 0, 1e308, "1e999", "NaN", [], {}, [[]], True, "\u0000", 2**70)
# what the callers of the parsers take as 'cannot be read'
_EXPECTED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, ArithmeticError)
_ANSWERS = (
    parse.bars, lambda r: parse.instruments(r, "bybit", Category.LINEAR), lambda r: parse.tickers(r, 1),
    parse.order_book, parse.recent_trades, parse.funding_rates, parse.open_interest,
    lambda r: parse.server_time(r, 1), parse.cursor,
)  # fmt: skip


def mutated(value: Any, dice: random.Random) -> Any:
    """``value`` with one place of it changed, left out or repeated."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(list(value))
        found = dict(value)
        if dice.random() < 0.25:
            del found[key]
        else:
            found[key] = mutated(value[key], dice)
        return found
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        changed = mutated(value[at], dice)
        return [*value[:at], changed, *value[at + dice.choice((0, 1)) :]]
    return dice.choice(_WRONG)


def damaged(text: bytes, dice: random.Random) -> bytes:
    """``text`` cut off, or with bytes of it changed."""
    at = dice.randrange(len(text) or 1)
    if dice.random() < 0.3:
        return text[:at]
    return text[:at] + bytes(dice.randrange(256) for _ in range(dice.randrange(4))) + text[at + dice.randrange(3) :]


def topic_of(wire: str) -> Topic | None:
    """The topic that is called ``wire`` on the socket, where it is one of ours."""
    kind, *rest = wire.split(".")
    market = Market("bybit", Category.LINEAR, rest[-1] if rest else "X")
    frames = {name: frame for frame, name in INTERVALS.items()}
    if kind == "kline" and rest[0] in frames:
        return CandleTopic(Series(market, TIMEFRAMES[frames[rest[0]]]))
    if kind == "orderbook" and rest[0].isdigit() and int(rest[0]) in (1, 50, 200, 1000):
        return BookTopic(market, int(rest[0]))
    return {"tickers": TickerTopic(market), "publicTrade": TradeTopic(market)}.get(kind)


def fuzz(samples: Path, each: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Counts of what was fed, and what escaped."""
    dice, counts, escaped = random.Random(seed), Counter[str](), list[str]()
    stream = BybitStream(ExchangeSettings(), Category.LINEAR)
    connection = stream._connections[0]
    for path in sorted(samples.glob("*.json")):
        try:
            sample = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        counts["samples"] += 1
        if isinstance(sample, dict) and isinstance(sample.get("topic"), str):
            topic = topic_of(sample["topic"])
            if topic is not None:
                stream.subscribe([topic], lambda _topic, _found: None)
        text = json.dumps(sample).encode()
        for _ in range(each):
            changed = json.dumps(mutated(sample, dice)).encode() if dice.random() < 0.7 else damaged(text, dice)
            counts["frames"] += 1
            try:
                connection.take(changed)
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                escaped.append(f"{path.name}: {type(error).__name__}: {error} from {changed[:200]!r}")
        if isinstance(sample, dict) and "result" in sample:
            for _ in range(each // 10):
                _answers(mutated(sample["result"], dice), path.name, counts, escaped)
    counts["refused frames"] = stream.malformed_frames
    return counts, escaped


def _answers(result: Any, name: str, counts: Counter[str], escaped: list[str]) -> None:
    for read in _ANSWERS:
        counts["answers"] += 1
        try:
            read(result)
        except _EXPECTED:
            counts["refused answers"] += 1
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            escaped.append(f"{name}: {type(error).__name__}: {error}")


async def _run(samples: Path, each: int, seed: int) -> tuple[Counter[str], list[str]]:
    return fuzz(samples, each, seed)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("samples", type=Path)
    options.add_argument("--each", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    counts, escaped = asyncio.run(_run(chosen.samples, chosen.each, chosen.seed))
    for sentence in escaped[:10]:
        print(sentence)
    print(", ".join(f"{n:,} {what}" for what, n in counts.items()), f"; {len(escaped)} escaped")
    raise SystemExit(bool(escaped))


if __name__ == "__main__":
    main()

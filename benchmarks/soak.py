"""Hours of bad luck in minutes: a collector on a fast simulated exchange, random faults, and what must hold.

    python benchmarks/soak.py [--minutes 5] [--symbols 20] [--speed 60] [--seed 1]

Every few seconds a fault of a random kind strikes for a while. All the time each series must close its candles once
and in order. In the end the faults stop, the collector catches up, and the files must be what the exchange has:
no gap, no duplicate, no disorder, no candle that differs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.events import CandleClosed, Disconnected, GapFilled, SeriesState
from shared_modules.core.market import Series
from shared_modules.exchanges.simulated import FaultSwitch, VenueOptions
from shared_modules.system_integration import Engine, EngineOptions

KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "drop"}, {"kind": "drop", "how": "close"}, {"kind": "refuse", "for": 2.0},
    {"kind": "refuse", "how": "503", "for": 2.0}, {"kind": "half_open", "for": 3.0},
    {"kind": "slow", "delay": 0.01, "for": 2.0}, {"kind": "maintenance", "for": 3.0},
    {"kind": "duplicate", "chance": 0.2, "for": 5.0}, {"kind": "reorder", "chance": 0.2, "for": 5.0},
    {"kind": "truncate", "chance": 0.05, "for": 5.0}, {"kind": "malform", "chance": 0.05, "for": 5.0},
    {"kind": "oversize", "count": 1}, {"kind": "unknown_fields", "for": 5.0},
    {"kind": "missing", "how": "stream", "chance": 0.2, "for": 5.0},
    {"kind": "late_confirm", "delay": 20, "chance": 0.2, "for": 5.0},
    {"kind": "double_confirm", "for": 5.0}, {"kind": "never_confirm", "chance": 0.2, "for": 5.0},
    {"kind": "revise", "delay": 40, "chance": 0.2, "for": 5.0},
    {"kind": "too_many_visits", "delay": 1, "chance": 0.5, "for": 3.0},
    {"kind": "server_error", "chance": 0.5, "for": 3.0}, {"kind": "wrong_type", "chance": 0.3, "for": 3.0},
    {"kind": "cut_reply", "how": "short", "chance": 0.3, "for": 3.0}, {"kind": "busy", "chance": 0.3, "for": 3.0},
)  # fmt: skip
_CALM = 300.0  # s that it may take to catch up


@dataclass
class Soak:
    """What happened, and what should not have."""

    faults: Counter[str] = field(default_factory=Counter)
    closes: int = 0
    refetched: int = 0
    disconnects: int = 0
    series: int = 0
    broken: list[str] = field(default_factory=list)


async def soak(folder: Path, minutes: float, symbols: int, speed: float, seed: int) -> Soak:
    """Collect under random faults for ``minutes``, then judge."""
    dice, found, newest = random.Random(seed), Soak(), dict[Series, int]()
    session = {"collector.start_at_launch": False, "data.retention": None, "collector.history": 30,
               "exchange.silence_limit": 4.0, "exchange.ping_interval": 1.0, "exchange.timeout": 3.0,
               "exchange.requests_per_second": 100}  # fmt: skip
    async with Engine(EngineOptions(folder, VenueOptions(symbols=symbols, speed=speed), session, False)) as engine:

        def closed(event: CandleClosed) -> None:
            found.closes += 1
            last = newest.get(event.series)
            if last is not None and event.candle.time <= last:
                found.broken.append(f"{event.series}: {event.candle.time} closed after {last}")
            newest[event.series] = event.candle.time

        def filled(event: GapFilled) -> None:
            found.refetched += event.candles

        def away(_: Disconnected) -> None:
            found.disconnects += 1

        engine.bus.subscribe(CandleClosed, closed)
        engine.bus.subscribe(GapFilled, filled)
        engine.bus.subscribe(Disconnected, away)
        await engine.instruments_loaded()
        await engine.start_collecting([i.symbol for i in engine.instruments], ["1m", "5m"])
        switch = FaultSwitch(engine.settings.exchange.rest_url)
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            await asyncio.sleep(dice.uniform(1.0, 6.0))
            fault = dice.choice(KINDS)
            found.faults[fault["kind"]] += 1
            await switch.add([fault])
        await switch.clear()
        await _calm(engine, found)
        await engine.stop_collecting()
        await _judge(engine, found)
    return found


async def _calm(engine: Engine, found: Soak) -> None:
    """Wait until every series is live, and has been for the time in which the exchange corrects candles."""
    deadline, since = time.monotonic() + _CALM, time.monotonic()
    while time.monotonic() - since < 5.0:
        if any(status.state is not SeriesState.LIVE for status in engine.collector.status()):
            since = time.monotonic()
        if time.monotonic() > deadline:
            late = [str(s.series) for s in engine.collector.status() if s.state is not SeriesState.LIVE]
            found.broken.append(f"not live again after {_CALM:.0f} s: {', '.join(late[:5])}")
            return
        await asyncio.sleep(0.2)


async def _judge(engine: Engine, found: Soak) -> None:
    for report in await engine.data.verify(rest=True).result():
        found.series += 1
        if report.clean:
            continue
        what = ", ".join(f"{f.count} {f.fault.value}" for f in report.findings)
        found.broken.append(f"{report.series}: {report.unexplained} missing, {what or '; '.join(report.notes)}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--symbols", type=int, default=20)
    options.add_argument("--speed", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(soak(Path(folder), chosen.minutes, chosen.symbols, chosen.speed, chosen.seed))
    for sentence in found.broken[:20]:
        print(sentence)
    kinds = ", ".join(f"{n} {kind}" for kind, n in found.faults.most_common())
    print(f"{found.series} series, {found.closes:,} closes, {sum(found.faults.values())} faults ({kinds}), "
          f"{found.disconnects} disconnects, {found.refetched:,} refetched: {len(found.broken)} broken")  # fmt: skip
    raise SystemExit(bool(found.broken))


if __name__ == "__main__":
    main()

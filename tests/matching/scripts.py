"""Small scripts of bars and wishes for the matching kernel."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared_modules.matching import Costs, Sizing
from shared_modules.matching.kernel import Feed, run
from shared_modules.matching.state import REASONS, State, new_ledger, new_rules, new_state, set_instrument

NAN = float("nan")
MINUTE = 60_000


@dataclass
class Script:
    """Rows of (open, high, low, close) from ``start`` on; wishes by row: any of 'L', 'l', 'S', 's' (enter, exit)."""

    rows: list[tuple[float, float, float, float]]
    wishes: dict[int, str] = field(default_factory=dict)
    stop: dict[int, float] = field(default_factory=dict)
    target: dict[int, float] = field(default_factory=dict)
    strength: dict[int, float] = field(default_factory=dict)
    times: list[int] | None = None

    def column(self, values: dict[int, float]) -> np.ndarray:
        return np.array([values.get(i, NAN) for i in range(len(self.rows))])

    def flags(self, letter: str) -> np.ndarray:
        return np.array([letter in self.wishes.get(i, "") for i in range(len(self.rows))], np.bool_)

    def time(self) -> np.ndarray:
        return np.array(self.times if self.times is not None else np.arange(len(self.rows)) * MINUTE, np.int64)


@dataclass
class Outcome:
    state: State
    trades: list[dict[str, Any]]
    equity: np.ndarray

    @property
    def account(self) -> Any:
        return self.state.account[0]

    @property
    def reasons(self) -> list[str]:
        return [t["reason"] for t in self.trades]


def feed_of(*scripts: Script) -> Feed:
    """All ``scripts`` end to end, one symbol each."""
    prices = [np.array([r[k] for s in scripts for r in s.rows], np.float64) for k in range(4)]
    flags = [np.concatenate([s.flags(letter) for s in scripts]) for letter in "LlSs"]
    levels = [np.concatenate([s.column(getattr(s, n)) for s in scripts]) for n in ("stop", "target", "strength")]
    ends = np.cumsum([len(s.rows) for s in scripts]).astype(np.int64)
    time = np.concatenate([s.time() for s in scripts])
    return Feed(time, *prices, *flags, *levels, np.r_[0, ends[:-1]].astype(np.int64), ends)


def play(
    *scripts: Script,
    cash: float = 1000.0,
    fee: float = 0.0,
    slippage_bps: float = 0.0,
    size: str = "qty=1",
    stop_loss: float | None = None,
    take_profit: float | None = None,
    instrument: tuple[float, float, float] | None = None,
) -> Outcome:
    """What the kernel makes of ``scripts``."""
    state = new_state(len(scripts), cash)
    if instrument:
        set_instrument(state, 0, *instrument)
    rules = new_rules(Costs(fee, slippage_bps), Sizing.parse(size), stop_loss, take_profit)
    feed = feed_of(*scripts)
    times = np.unique(feed.time)
    equity, ledger = np.empty(len(times)), new_ledger(300)
    assert run(state, ledger, rules, feed, feed.begin.copy(), times, equity, 0, len(times)) == len(times)
    return Outcome(state, trades_in(ledger, state), equity)


def trades_in(ledger: np.ndarray, state: State) -> list[dict[str, Any]]:
    rows = ledger[: int(state.account["trades"][0])]
    trades = [dict(zip(rows.dtype.names, row.tolist(), strict=True)) for row in rows]
    return [{**t, "reason": REASONS[t["reason"]].value} for t in trades]

"""Small scripts of bars and wishes for the matching kernel."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared_modules.matching import Costs, FillRule, Margin, RiskTier, Sizing, Slippage
from shared_modules.matching.kernel import Feed, new_feed, new_walk, run
from shared_modules.matching.margin import tier_rows
from shared_modules.matching.orders import OUTCOMES, TIMES_IN_FORCE
from shared_modules.matching.state import (
    CASH_KINDS,
    LEVELS,
    REASONS,
    SLOTS,
    Ledger,
    State,
    new_ledger,
    new_rules,
    new_state,
    set_instrument,
)  # fmt: skip

NAN = float("nan")
MINUTE = 60_000


COLUMNS = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
    "exit_share", "confidence", "unit",
)  # fmt: skip


@dataclass
class Script:
    """Rows of (open, high, low, close) from ``start`` on; wishes by row: any of 'L', 'l', 'S', 's' (enter, exit), 'c'.

    The other columns are by row too; ``ladder``, ``grid`` and ``grid_targets`` have tuples of prices, ``detail`` a list
    of rows within the bar, ``funding`` (time, rate, mark price), ``borrow`` rates at the times of ``funding``.
    """

    rows: list[tuple[float, float, float, float]]
    wishes: dict[int, str] = field(default_factory=dict)
    stop: dict[int, float] = field(default_factory=dict)
    target: dict[int, float] = field(default_factory=dict)
    strength: dict[int, float] = field(default_factory=dict)
    times: list[int] | None = None
    limit: dict[int, float] = field(default_factory=dict)
    trigger: dict[int, float] = field(default_factory=dict)
    trail: dict[int, float] = field(default_factory=dict)
    break_even: dict[int, float] = field(default_factory=dict)
    max_bars: dict[int, float] = field(default_factory=dict)
    exit_limit: dict[int, float] = field(default_factory=dict)
    exit_trigger: dict[int, float] = field(default_factory=dict)
    exit_share: dict[int, float] = field(default_factory=dict)
    confidence: dict[int, float] = field(default_factory=dict)
    unit: dict[int, float] = field(default_factory=dict)
    ladder: dict[int, tuple[float, ...]] = field(default_factory=dict)
    grid: dict[int, tuple[float, ...]] = field(default_factory=dict)
    grid_targets: dict[int, tuple[float, ...]] = field(default_factory=dict)
    volume: list[float] | None = None
    impact: list[float] | None = None
    mark: list[tuple[float, float]] | None = None
    detail: dict[int, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    funding: list[tuple[int, float, float]] = field(default_factory=list)
    borrow: list[float] = field(default_factory=list)

    def column(self, values: dict[int, float]) -> np.ndarray:
        return np.array([values.get(i, NAN) for i in range(len(self.rows))])

    def flags(self, letter: str) -> np.ndarray:
        return np.array([letter in self.wishes.get(i, "") for i in range(len(self.rows))], np.bool_)

    def time(self) -> np.ndarray:
        return np.array(self.times if self.times is not None else np.arange(len(self.rows)) * MINUTE, np.int64)

    def volumes(self) -> list[float]:
        return [float("inf")] * len(self.rows) if self.volume is None else self.volume


@dataclass
class Outcome:
    state: State
    trades: list[dict[str, Any]]
    equity: np.ndarray
    ledger: Ledger

    @property
    def account(self) -> Any:
        return self.state.account[0]

    @property
    def reasons(self) -> list[str]:
        return [t["reason"] for t in self.trades]

    @property
    def outcomes(self) -> list[str]:
        """What became of each wish to enter, in order of the bars."""
        return [OUTCOMES[code - 1].value for code in self.ledger.outcomes.tolist() if code]

    @property
    def fills(self) -> list[tuple[int, float, float]]:
        """(minute, signed quantity, price) of each execution."""
        rows = self.ledger.fills[: int(self.account["fills"])]
        return [(int(f["time"]) // MINUTE, float(f["qty"]), float(f["price"])) for f in rows]

    @property
    def cash(self) -> list[tuple[str, float]]:
        rows = self.ledger.cash[: int(self.account["rows"])]
        return [(CASH_KINDS[r["kind"]], float(r["amount"])) for r in rows]


def feed_of(*scripts: Script) -> Feed:
    """All ``scripts`` end to end, one symbol each."""
    given: dict[str, Any] = {}
    for k, name in enumerate(("open", "high", "low", "close")):
        given[name] = np.array([r[k] for s in scripts for r in s.rows], np.float64)
    names = {"L": "enter_long", "l": "exit_long", "S": "enter_short", "s": "exit_short", "c": "cancel"}
    for letter, name in names.items():
        given[name] = np.concatenate([s.flags(letter) for s in scripts])
    for name in COLUMNS:
        if any(getattr(s, name) for s in scripts):
            given[name] = np.concatenate([s.column(getattr(s, name)) for s in scripts])
    for name, most in (("ladder", LEVELS), ("grid", SLOTS), ("grid_targets", SLOTS)):
        if any(getattr(s, name) for s in scripts):
            none = (NAN,) * most
            rows = [(*getattr(s, name).get(i, ()), *none)[:most] for s in scripts for i in range(len(s.rows))]
            given[name] = np.array(rows)
    if any(s.volume is not None for s in scripts):
        given["volume"] = np.array([v for s in scripts for v in s.volumes()])
    if any(s.impact is not None for s in scripts):
        given["impact"] = np.array([v for s in scripts for v in s.impact or [0.0] * len(s.rows)])
    if any(s.mark is not None for s in scripts):
        marks = [m for s in scripts for m in s.mark or [r[1:3] for r in s.rows]]
        given["mark_high"], given["mark_low"] = np.array([m[0] for m in marks]), np.array([m[1] for m in marks])
    given |= _details(scripts) | _fundings(scripts)
    ends = np.cumsum([len(s.rows) for s in scripts]).astype(np.int64)
    given["time"] = np.concatenate([s.time() for s in scripts])
    return new_feed(**given, begin=np.r_[0, ends[:-1]].astype(np.int64), end=ends)


def _details(scripts: tuple[Script, ...]) -> dict[str, np.ndarray]:
    if not any(s.detail for s in scripts):
        return {}
    parts = [s.detail.get(i, []) for s in scripts for i in range(len(s.rows))]
    rows = np.array([r for part in parts for r in part], np.float64)
    columns = {f"detail_{n}": rows[:, k].copy() for k, n in enumerate(("open", "high", "low", "close"))}
    begin = np.r_[0, np.cumsum([len(p) for p in parts])].astype(np.int64)
    return columns | {"detail_begin": begin, "detail_volume": np.full(len(rows), np.inf)}


def _fundings(scripts: tuple[Script, ...]) -> dict[str, np.ndarray]:
    if not any(s.funding for s in scripts):
        return {}
    rows = [f for s in scripts for f in s.funding]
    ends = np.cumsum([len(s.funding) for s in scripts]).astype(np.int64)
    borrow = {"fund_borrow": np.array([b for s in scripts for b in s.borrow or [0.0] * len(s.funding)])}
    return (borrow if any(s.borrow for s in scripts) else {}) | {
        "fund_time": np.array([f[0] for f in rows], np.int64),
        "fund_rate": np.array([f[1] for f in rows]),
        "fund_price": np.array([f[2] for f in rows]),
        "fund_begin": np.r_[0, ends[:-1]].astype(np.int64),
        "fund_end": ends,
    }


def play(
    *scripts: Script,
    cash: float = 1000.0,
    fee: float = 0.0,
    slippage_bps: float = 0.0,
    size: str = "qty=1",
    stop_loss: float | None = None,
    take_profit: float | None = None,
    instrument: tuple[float, ...] | None = None,
    maker: float | None = None,
    slippage: Slippage | None = None,
    fill_rule: str = "touch",
    time_in_force: str = "GTC",
    tiers: tuple[RiskTier, ...] = (),
    margin: Margin | None = None,
    **options: Any,
) -> Outcome:
    """What the kernel makes of ``scripts``; ``options`` are those of `new_rules`."""
    costs = Costs(fee, slippage_bps, maker, slippage)
    state = new_state(len(scripts), cash, costs)
    if instrument:
        set_instrument(state, 0, *instrument)
    if tiers:
        state.tiers[:] = tier_rows(tiers)
    rules = new_rules(
        costs, Sizing.parse(size), stop_loss, take_profit,
        fill_rule=_rule(fill_rule), time_in_force=TIMES_IN_FORCE[time_in_force], margin=margin, **options,
    )  # fmt: skip
    feed = feed_of(*scripts)
    times = np.unique(np.concatenate(feed.kept["time"]))
    equity, ledger = np.empty(len(times)), new_ledger(2000, len(feed.wishes))
    walk = new_walk(feed, times, rules.latency)
    assert run(state, ledger, rules, feed, walk, times, equity, 0, len(times)) == len(times)
    return Outcome(state, trades_in(ledger, state), equity, ledger)


def _rule(text: str) -> FillRule:
    kind, _, share = text.partition("=")
    return FillRule(kind, float(share)) if share else FillRule(kind)


def trades_in(ledger: Ledger, state: State) -> list[dict[str, Any]]:
    rows = ledger.trades[: int(state.account["trades"][0])]
    trades = [dict(zip(rows.dtype.names, row.tolist(), strict=True)) for row in rows]
    return [{**t, "reason": REASONS[t["reason"]].value} for t in trades]

"""The rules of docs/fills.md once more: plain Python, decimals, one object a position, and no care for speed."""

import math

import numpy as np

from .reference_entries import Entries
from .reference_parts import NEVER, ZERO, Exit, Order, dec

ASKS = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
    "exit_share", "confidence", "unit",
)  # fmt: skip
LISTS = ("ladder", "grid", "grid_targets")


class Reference(Entries):
    impact = ZERO

    def enter(self, s, time, row, price, volume):
        by_rung = self.rungs_at_open(s, time, row, price, volume, exits=False)
        if self.enter_at_open(s, time, row, price, volume, self.impact) or by_rung:
            self.gap(s, time, row, price, volume, self.impact)

    def in_range(self, s, time, row, bar, marks, volume):
        how = self.enter_in_range(s, time, row, *bar[:3], volume, self.impact)
        by_rung = self.rungs_in_range(s, time, row, *bar[:3], volume)
        how = how or by_rung
        if s in self.positions:
            self.held_in_range(s, time, row, bar, marks, volume, self.impact, how)
        for rung in self.rungs(s):
            rung.fresh = False

    def within(self, s, time, row, parts, marks):
        """Shorter bars decide one after the other (F70)."""
        for d, bar in enumerate(parts):
            if d:
                self.sold_row.pop(s, None)
                if s in self.orders:
                    self.orders[s].last_row = -1
            if d and s in self.positions:
                p = self.positions[s]
                level = None if marks else self.liquidation(s)
                if level is not None and p.sign * bar[0] <= p.sign * level:
                    self.liquidate(s, time, bar[0], self.impact)
                if s in self.positions:
                    self.gap(s, time, row, bar[0], NEVER, self.impact)
            self.in_range(s, time, row, bar, marks or bar[1:3], NEVER)
            self.marks[s] = bar[3]

    def decide(self, s, row, wishes, ask):
        p, order, grid = self.positions.get(s), self.orders.get(s), self.grids.get(s)
        if "c" in wishes or (order and ("l" if order.sign > 0 else "s") in wishes):
            self.drop(s, "withdrawn")
        if grid and ("c" in wishes or ("l" if grid.sign > 0 else "s") in wishes):
            self.drop_rungs(s, "withdrawn", sales=False)
        enter = ("L" in wishes) - ("S" in wishes)
        if p and ("l" if p.sign > 0 else "s") in wishes:
            self.exits[s] = Exit(
                "signal", ask.get("exit_limit"), ask.get("exit_share"), trigger=ask.get("exit_trigger")
            )
        elif p and enter == -p.sign:
            self.exits[s] = Exit("reverse")
        free = p is None or s in self.exits
        if "L" in wishes and "S" in wishes:
            self.outcomes[s, row] = "wishes for both directions"
        elif enter and (free or (enter == p.sign and p.entries < self.o.get("max_entries", 1))):
            self.place(s, row, enter, not free, ask)
        elif enter:
            self.outcomes[s, row] = "position already held"

    def place(self, s, row, sign, adds, ask):
        self.drop(s, "replaced by a newer wish")
        if s in self.grids:
            self.drop_rungs(s, "replaced by a newer wish", sales=False)
        self.strength[s] = ask.get("strength")
        if ask.get("grid") and self.o.get("grid_shares"):
            self.place_grid(s, row, sign, ask)
        else:
            limit = self.on_tick(s, sign, ask.get("limit"))
            self.orders[s] = Order(sign, row, adds, ask, limit, ask.get("trigger"))

    def close_out(self, s, time, row, close):
        order, grid = self.orders.get(s), self.grids.get(s)
        if order:
            self.drop(s, "still waiting at the end" if order.opens else "no bar after the signal")
        late = grid and row - grid.row == self.o.get("latency", 0)
        self.drop_rungs(s, "no bar after the signal" if late else "still waiting at the end", sales=True)
        if s in self.positions:
            self.market(s, time, NEVER, close, "end", self.impact)


def _asked(script, row):
    ask = {n: dec(getattr(script, n)[row]) for n in ASKS if row in getattr(script, n)}
    ask = {n: v for n, v in ask.items() if v is not None}
    return ask | {n: tuple(map(dec, getattr(script, n)[row])) for n in LISTS if row in getattr(script, n)}


def replay(symbols, *, cash, **options):
    ref = Reference(cash, options)
    rows = [{t: i for i, t in enumerate(s.times)} for s in symbols]
    bars = [[tuple(map(dec, r)) for r in s.rows] for s in symbols]
    funded = [_fundings(s) for s in symbols]
    late = options.get("latency", 0)
    for time in sorted({t for r in rows for t in r}):
        here = [(s, rows[s][time], symbols[s]) for s in range(len(symbols)) if time in rows[s]]
        for s, i, script in here:
            while funded[s] and funded[s][0][0] <= time:
                ref.fund(s, *funded[s].pop(0)[1:])
            ref.marks[s] = bars[s][i][0]
            ref.impact = _impact(script, i)
            ref.at_open(s, time, i, bars[s][i][0], dec(script.volumes()[i]), ref.impact)
        for s, i, script in sorted(here, key=lambda h: (_rank(ref.strength.get(h[0])), h[0])):
            ref.impact = _impact(script, i)
            ref.enter(s, time, i, bars[s][i][0], dec(script.volumes()[i]))
        for s, i, script in here:
            ref.impact = _impact(script, i)
            marks = tuple(map(dec, script.mark[i])) if script.mark else None
            if s in ref.positions:
                ref.last_row[s] = i
            if script.detail.get(i):
                ref.within(s, time, i, [tuple(map(dec, part)) for part in script.detail[i]], marks)
            else:
                ref.in_range(s, time, i, bars[s][i], marks or bars[s][i][1:3], dec(script.volumes()[i]))
            ref.marks[s] = bars[s][i][3]
        for s, i, script in here:
            ref.impact = _impact(script, i)
            if i - late >= 0:
                ref.decide(s, i - late, script.wishes.get(i - late, ""), _asked(script, i - late))
            if i + 1 == len(script.rows):
                while funded[s]:
                    ref.fund(s, *funded[s].pop(0)[1:])
                ref.close_out(s, time, i, bars[s][i][3])
        ref.equity.append(float(ref.worth()))
    ref.equity = np.array(ref.equity)
    return ref


def _fundings(script):
    borrow = script.borrow or [0.0] * len(script.funding)
    return [(t, dec(rate), dec(mark), dec(b)) for (t, rate, mark), b in zip(script.funding, borrow, strict=True)]


def _impact(script, row):
    return dec(script.impact[row]) if script.impact else ZERO


def _rank(strength):
    return math.inf if strength is None else -strength

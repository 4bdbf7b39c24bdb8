"""The rules of docs/fills.md once more, in plain Python with one object per position and no care for speed."""

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Position:
    qty: float
    price: float
    time: int
    fee: float
    stop: float
    target: float

    @property
    def sign(self):
        return 1 if self.qty > 0 else -1


@dataclass
class Reference:
    cash: float
    fee: float
    slip: float
    kind: str
    value: float
    stop_loss: float | None
    take_profit: float | None
    positions: dict = field(default_factory=dict)
    orders: dict = field(default_factory=dict)
    marks: dict = field(default_factory=dict)
    trades: list = field(default_factory=list)
    equity: list = field(default_factory=list)
    ambiguous: int = 0
    refused: int = 0

    def worth(self):
        return self.cash + sum(p.qty * (self.marks[s] - p.price) for s, p in self.positions.items())

    def free(self):
        return max(0.0, self.cash - sum(abs(p.qty) * p.price for p in self.positions.values()))

    def bust(self, p):
        return math.inf if p.qty > 0 else 2 * p.price / (1 + self.fee)

    def close(self, s, time, price, reason):
        p = self.positions.pop(s)
        fee = abs(p.qty) * price * self.fee
        gross = p.qty * (price - p.price)
        self.cash += gross - fee
        self.trades.append(
            {
                "symbol": s,
                "entry_time": p.time,
                "exit_time": time,
                "reason": reason,
                "qty": p.qty,
                "entry_price": p.price,
                "exit_price": price,
                "fees": p.fee + fee,
                "pnl": gross - fee - p.fee,
            }
        )

    def market_exit(self, s, price):
        p = self.positions[s]
        return min(price * (1 - p.sign * self.slip), self.bust(p))

    def at_open(self, s, time, price):
        p = self.positions.get(s)
        leave = self.orders.get(s, {}).get("leave")
        if p is None:
            return
        if price >= self.bust(p):
            self.close(s, time, self.bust(p), "liquidation")
        elif leave:
            self.close(s, time, self.market_exit(s, price), leave)
        else:
            self.gap(s, time, price)

    def gap(self, s, time, price):
        p = self.positions[s]
        if p.sign * price <= p.sign * p.stop:
            self.close(s, time, self.market_exit(s, price), "stop_loss")
        elif p.sign * price >= p.sign * p.target:
            self.close(s, time, price, "take_profit")

    def enter(self, s, time, price):
        order = self.orders.pop(s, {})
        sign = order.get("want", 0)
        if sign == 0 or s in self.positions:
            return
        fill = price * (1 + sign * self.slip)
        stops = [x for x in (order["stop"],) if not math.isnan(x)]
        targets = [x for x in (order["target"],) if not math.isnan(x)]
        stops += [] if self.stop_loss is None else [fill * (1 - sign * self.stop_loss)]
        targets += [] if self.take_profit is None else [fill * (1 + sign * self.take_profit)]
        stop = sign * max((sign * x for x in stops), default=-math.inf)
        target = sign * min((sign * x for x in targets), default=math.inf)
        qty = self.size(fill, sign * (fill - stop))
        if not qty > 0:
            self.refused += 1
            return
        fee = qty * fill * self.fee
        self.cash -= fee
        self.positions[s] = Position(sign * qty, fill, time, fee, stop, target)
        self.gap(s, time, price)

    def size(self, fill, distance):
        most = self.free() / (fill * (1 + self.fee))
        if self.kind == "notional":
            wanted = self.value / fill
        elif self.kind == "qty":
            wanted = self.value
        elif self.kind == "equity":
            return min(most, self.worth() * self.value / (fill * (1 + self.fee)))
        else:
            return min(most, self.worth() * self.value / distance) if 0 < distance < math.inf else 0.0
        return wanted if wanted <= most * (1 + 1e-12) else 0.0

    def in_range(self, s, time, high, low):
        p = self.positions.get(s)
        if p is None:
            return
        worst, best = (low, high) if p.qty > 0 else (high, low)
        level = p.stop if p.qty > 0 else min(p.stop, self.bust(p))
        hit, reached = p.sign * worst <= p.sign * level, p.sign * best >= p.sign * p.target
        self.ambiguous += hit and reached
        if hit and p.qty < 0 and level == self.bust(p):
            self.close(s, time, level, "liquidation")
        elif hit:
            self.close(s, time, self.market_exit(s, level), "stop_loss")
        elif reached:
            self.close(s, time, p.target, "take_profit")

    def decide(self, s, wishes, stop, target, strength):
        held = self.positions[s].sign if s in self.positions else 0
        enter = ("L" in wishes) - ("S" in wishes)
        leave = None
        if held and ("l" if held > 0 else "s") in wishes:
            leave = "signal"
        elif held and enter == -held:
            leave = "reverse"
        want = enter if not held or leave else 0
        self.orders[s] = {"leave": leave, "want": want, "stop": stop, "target": target, "strength": strength}


def replay(symbols, *, cash, fee, slippage_bps, size, stop_loss, take_profit):
    kind, value = size.split("=")
    ref = Reference(cash, fee, slippage_bps / 10_000, kind, float(value), stop_loss, take_profit)
    rows = [{t: i for i, t in enumerate(s.times)} for s in symbols]
    for time in sorted({t for r in rows for t in r}):
        here = [(s, rows[s][time], symbols[s]) for s in range(len(symbols)) if time in rows[s]]
        ref.marks.update({s: script.rows[i][0] for s, i, script in here})
        for s, i, script in here:
            ref.at_open(s, time, script.rows[i][0])
        for s, i, script in sorted(here, key=lambda h: (_rank(ref.orders.get(h[0], {})), h[0])):
            ref.enter(s, time, script.rows[i][0])
        for s, i, script in here:
            _, high, low, close = script.rows[i]
            ref.in_range(s, time, high, low)
            levels = (x.get(i, math.nan) for x in (script.stop, script.target, script.strength))
            ref.decide(s, script.wishes.get(i, ""), *levels)
            ref.marks[s] = close
            if i + 1 == len(script.rows):
                ref.orders.pop(s, None)
                if s in ref.positions:
                    ref.close(s, time, ref.market_exit(s, close), "end")
        ref.equity.append(ref.worth())
    ref.equity = np.array(ref.equity)
    return ref


def _rank(order):
    strength = order.get("strength", math.nan)
    return math.inf if math.isnan(strength) else -strength

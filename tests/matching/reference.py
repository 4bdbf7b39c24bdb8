"""The rules of docs/fills.md once more, in plain Python with one object per position and no care for speed."""

import math

import numpy as np

from .reference_parts import NAN, Exit, Order, Position, given


class Reference:
    def __init__(self, cash, o):
        self.cash, self.o = cash, o
        self.fee = o.get("fee", 0.0)
        self.maker = self.fee if o.get("maker") is None else o["maker"]
        self.slip = o.get("slippage_bps", 0.0) / 10_000
        self.kind, value = o.get("size", "qty=1").split("=")
        self.value = float(value)
        rule, _, share = o.get("fill_rule", "touch").partition("=")
        self.through, self.share = rule == "through", float(share) if rule == "volume" else None
        self.margin = o.get("margin")
        self.tif = o.get("time_in_force", "GTC")
        self.positions, self.orders, self.exits, self.marks = {}, {}, {}, {}
        self.trades, self.equity, self.outcomes = [], [], {}
        self.ambiguous = self.refused = 0

    # money

    def worth(self):
        return self.cash + sum(p.sign * p.qty * (self.marks[s] - p.price) for s, p in self.positions.items())

    def free(self):
        free = max(0.0, self.cash - sum(p.margin for p in self.positions.values()))
        return 0.0 if self.margin and free < 1e-9 else free

    def unit(self, sign, fill, maker):
        fee = self.maker if maker else self.fee
        if self.margin is None:
            return fill * (1 + fee)
        return fill / self.margin.leverage + fill * fee + fill * (1 - sign / self.margin.leverage) * self.fee

    def bust(self, p):
        """The price at which margin is eaten up by the loss and the fee of leaving."""
        price = (p.qty * p.price - p.sign * p.margin) / (p.qty * (1 - p.sign * self.fee))
        return price if self.margin is not None or p.sign < 0 else -math.inf

    def liquidation(self, p):
        if self.margin is None:
            return self.bust(p)
        spare = p.margin - p.qty * p.price * (1 - p.sign / self.margin.leverage) * self.fee
        levels, deduction, before = [], 0.0, None
        for tier in self.o["tiers"]:
            if before:
                deduction += before.limit * (tier.maintenance - before.maintenance)
            solved = (p.qty * p.price - p.sign * (spare + deduction)) / (p.qty * (1 - p.sign * tier.maintenance))
            levels.append(p.sign * solved)
            before = tier
        level = p.sign * max(levels)
        return level if level > 0 else -math.inf

    def fund(self, s, rate, mark):
        p = self.positions.get(s)
        if p is None:
            return
        amount = -p.sign * p.qty * mark * rate
        short = max(0.0, -amount - self.free())
        if short > 0:
            amount = max(amount, -self.free() - p.margin)
            p.margin -= min(short, p.margin)
        self.cash += amount
        p.funding += amount

    # leaving

    def sell(self, s, time, qty, price, reason, maker=False):
        p = self.positions[s]
        whole = qty >= p.qty
        qty = min(qty, p.qty)
        fee = qty * price * (self.maker if maker else self.fee)
        gross = p.sign * qty * (price - p.price)
        self.cash += gross - fee
        p.pnl += gross
        p.fees += fee
        p.margin *= 1 - qty / p.qty
        p.qty -= qty
        p.sold.append((qty, price))
        if not whole:
            return
        del self.positions[s]
        self.exits.pop(s, None)
        total = sum(q for q, _ in p.sold)
        self.trades.append(
            {
                "symbol": s, "entry_time": p.time, "exit_time": time, "reason": reason, "qty": p.sign * total,
                "entry_price": p.price, "exit_price": sum(q * x for q, x in p.sold) / total, "fees": p.fees,
                "funding": p.funding, "pnl": p.pnl - p.fees + p.funding, "exits": len(p.sold),
            }
        )  # fmt: skip
        order = self.orders.get(s)
        if order and (order.partly or order.adds):
            self.drop(s, "withdrawn")

    def market(self, s, time, qty, price, reason):
        p = self.positions[s]
        got = price * (1 - p.sign * self.slip)
        self.sell(s, time, qty, p.sign * max(p.sign * got, p.sign * self.bust(p)), reason)

    def capped(self, qty, volume):
        return qty if self.share is None else min(qty, volume * self.share)

    def reached(self, sign, best, level):
        return sign * best > sign * level if self.through else sign * best >= sign * level

    def decided(self, s, time, price, volume, maker):
        p, e = self.positions[s], self.exits[s]
        if e.left is None:
            e.left = p.qty if math.isnan(e.share) or e.share >= 1 else p.qty * e.share
        qty = self.capped(min(e.left, p.qty), volume)
        if qty > 0:
            e.left -= qty
            if maker:
                self.sell(s, time, qty, price, e.reason, True)
            else:
                self.market(s, time, qty, price, e.reason)
            if e.left <= 1e-12 * qty:
                self.exits.pop(s, None)

    def targets(self, s, time, best, volume, at_open):
        p = self.positions[s]
        left = self.capped(p.qty, volume)
        for rung in p.ladder:
            if s in self.positions and not rung["done"] and self.reached(p.sign, best, rung["price"]):
                if rung["left"] is None:
                    rung["left"] = p.entered * rung["share"]
                qty = min(rung["left"], left, p.qty)
                rung["left"] -= qty
                left -= qty
                rung["done"] = rung["left"] <= 1e-12 * p.entered
                if qty > 0:
                    whole = p.qty - qty <= 1e-9 * p.entered
                    price = best if at_open else rung["price"]
                    self.sell(s, time, math.inf if whole else qty, price, "take_profit", True)
        if s in self.positions and left > 0 and self.reached(p.sign, best, p.target):
            self.sell(s, time, left, best if at_open else p.target, "take_profit", True)

    def at_open(self, s, time, row, price, volume):
        p, e = self.positions.get(s), self.exits.get(s)
        if p is None:
            self.exits.pop(s, None)
            return
        if p.sign * price <= p.sign * self.liquidation(p):
            self.sell(s, time, math.inf, self.bust(p), "liquidation")
            return
        if e:
            rested, e.rested = e.rested, True
            if math.isnan(e.limit) or p.sign * price >= p.sign * e.limit:
                self.decided(s, time, price, volume, maker=rested and not math.isnan(e.limit))
        if s in self.positions and row - p.row >= p.bars:
            self.market(s, time, math.inf, price, "time")
        if s in self.positions:
            self.gap(s, time, price, volume)

    def gap(self, s, time, price, volume):
        p = self.positions[s]
        if p.sign * price <= p.sign * p.stop:
            self.market(s, time, math.inf, price, p.kind)
        else:
            self.targets(s, time, price, volume, at_open=True)

    # entering

    def drop(self, s, outcome):
        order = self.orders.pop(s, None)
        if order:
            self.outcomes[s, order.row] = "partly filled" if order.partly else outcome

    def enter_at_open(self, s, time, row, price, volume):
        order = self.orders.get(s)
        p = self.positions.get(s)
        if order is None or (p and p.sign != order.sign):
            return
        first, sign = order.opens == 0, order.sign
        order.opens += 1
        if 0 < self.o.get("valid_bars", 0) < order.opens:
            self.drop(s, "expired unfilled")
            return
        filled = False
        ready = True
        if not math.isnan(order.trigger):
            ready = sign * price >= sign * order.trigger
            if ready:
                order.trigger, first = NAN, True
        if ready and math.isnan(order.limit):
            filled = self.fill(s, time, row, price, False, volume)
        elif ready and first and sign * price <= sign * order.limit:
            if self.tif == "PostOnly":
                self.refused += 1
                self.drop(s, "post-only would have filled at once")
                return
            filled = self.fill(s, time, row, price, False, volume)
        elif ready and not first and self.reached(-sign, price, order.limit):
            filled = self.fill(s, time, row, price, True, volume)
        if filled:
            self.gap(s, time, price, volume)
        elif self.tif in ("IOC", "FOK"):
            self.drop(s, "not filled at once")

    def enter_in_range(self, s, time, row, open_, high, low, volume):
        order = self.orders.get(s)
        p = self.positions.get(s)
        if order is None or (p and p.sign != order.sign) or (order.partly and order.last_row == row):
            return None
        sign = order.sign
        ahead, behind = (high, low) if sign > 0 else (low, high)
        if not math.isnan(order.trigger):
            if sign * ahead < sign * order.trigger:
                return None
            trigger, order.trigger = order.trigger, NAN
            if sign * trigger > sign * order.limit or sign * open_ > sign * order.limit:
                return None
            price = sign * max(sign * trigger, sign * open_)
            return "trigger" if self.fill(s, time, row, price, False, volume) else None
        if not math.isnan(order.limit) and self.reached(-sign, behind, order.limit):
            return "limit" if self.fill(s, time, row, order.limit, True, volume) else None
        return None

    def nearest(self, sign, *levels):
        return sign * min((sign * x for x in given(*levels)), default=NAN)

    def of_run(self, name, base, sign):
        value = self.o.get(name)
        return NAN if value is None else base * (1 + sign * value)

    def trailing(self, trail, sign, best):
        return self.nearest(-sign, best - sign * trail, self.of_run("trailing", best, -sign))

    def fill(self, s, time, row, price, maker, volume):
        order = self.orders[s]
        sign, ask = order.sign, order.ask
        fill = price
        if not maker:
            fill = price * (1 + sign * self.slip)
            if sign * fill > sign * order.limit:
                fill = order.limit
        if order.left is None:
            stops = (ask.get("stop", NAN), self.of_run("stop_loss", fill, -sign))
            stop = self.nearest(-sign, *stops, self.trailing(ask.get("trail", NAN), sign, fill))
            order.left, why = self.size(sign, fill, sign * (fill - stop), maker, ask)
            if why:
                self.refused += 1
                self.drop(s, why)
                return False
        qty = self.capped(order.left, volume)
        if qty < order.left and self.tif == "FOK":
            self.drop(s, "not filled at once")
            return False
        if order.partly:
            most = self.free() / self.unit(sign, fill, maker)
            if most <= 0 and min(qty, most) <= 0:
                self.drop(s, "not enough free cash")
                return False
            qty = min(qty, most)
        if not qty > 0:
            return False
        self.buy(s, time, row, order, qty, fill, maker)
        order.left -= qty
        order.partly, order.last_row = True, row
        if order.left <= 1e-12 * qty:
            order.partly = False
            self.drop(s, "filled")
        elif self.tif == "IOC":
            self.drop(s, "not filled at once")
        return True

    def size(self, sign, fill, distance, maker, ask):
        unit = self.unit(sign, fill, maker)
        most = self.free() / unit
        if self.kind == "risk" and not distance > 0:
            return 0.0, "no stop to measure the risk by"
        wanted = {
            "equity": lambda: self.worth() * self.value / unit,
            "notional": lambda: self.value / fill,
            "qty": lambda: self.value,
            "risk": lambda: self.worth() * self.value / distance,
        }[self.kind]()
        wanted *= ask.get("confidence", 1.0)
        if wanted > most * (1 + 1e-12):
            if self.kind in ("notional", "qty"):
                return 0.0, "not enough free cash"
            wanted = most
        return (wanted, "") if wanted > 0 else (0.0, "not enough free cash" if most <= 0 else "below one quantity step")

    def buy(self, s, time, row, order, qty, fill, maker):
        sign, ask = order.sign, order.ask
        added = s in self.positions
        p = self.positions.setdefault(s, Position(sign, time, row))
        fee = qty * fill * (self.maker if maker else self.fee)
        self.cash -= fee
        p.fees += fee
        p.price = (p.qty * p.price + qty * fill) / (p.qty + qty) if added else fill
        p.qty += qty
        p.entered += qty
        held = qty * fill
        if self.margin:
            held = held / self.margin.leverage + held * (1 - sign / self.margin.leverage) * self.fee
        p.margin += held
        p.entries += not order.partly
        stop = self.nearest(-sign, ask.get("stop", NAN), self.of_run("stop_loss", p.price, -sign))
        target = self.nearest(sign, ask.get("target", NAN), self.of_run("take_profit", p.price, sign))
        if not added or not math.isnan(stop):
            p.stop, p.kind = stop, "stop_loss"
        for name, value in (("target", target), ("trail", ask.get("trail", NAN)), ("even", ask.get("break_even", NAN))):
            if not added or not math.isnan(value):
                setattr(p, name, value)
        p.even = self.nearest(sign, p.even, self.of_run("break_even", p.price, sign))
        if not added:
            p.bars = self.nearest(1, ask.get("max_bars", NAN), self.o.get("max_bars"))
            shares = self.o.get("shares", ())
            p.ladder = [
                {"price": x, "share": shares[k], "left": None, "done": False}
                for k, x in enumerate(ask.get("ladder", ()))
            ]
        trailing = self.trailing(p.trail, sign, fill)
        if not math.isnan(trailing) and not sign * p.stop >= sign * trailing:
            p.stop, p.kind = trailing, "trailing_stop"

    # within a bar

    def any_target(self, s, best):
        p, e = self.positions[s], self.exits.get(s)
        levels = [p.target, *(r["price"] for r in p.ladder if not r["done"]), *([e.limit] if e else [])]
        return any(self.reached(p.sign, best, x) for x in levels)

    def in_range(self, s, time, row, bar, volume):
        open_, high, low, close = bar
        how = self.enter_in_range(s, time, row, open_, high, low, volume)
        p = self.positions.get(s)
        if p is None:
            return
        worst, best = (low, high) if p.sign > 0 else (high, low)
        level = self.liquidation(p)
        stopped, taken = p.sign * worst <= p.sign * p.stop, p.sign * worst <= p.sign * level
        hit, reached = stopped or taken, self.any_target(s, best)
        favourable = self.o.get("favourable", False)
        known = close if how == "limit" else best
        first = p.sign * max(given(p.sign * p.stop, p.sign * level), default=NAN)
        if how == "trigger" and hit and not p.sign * close <= p.sign * first:
            self.ambiguous += 1
            hit = not favourable
        elif how == "limit" and reached and not self.any_target(s, close):
            self.ambiguous += 1
            reached = favourable
        elif hit and reached:
            self.ambiguous += 1
        if reached and (favourable or not hit):
            self.take_reached(s, time, best if favourable else known, volume)
        if s not in self.positions:
            return
        if hit and taken and not (stopped and p.sign * p.stop > p.sign * level):
            self.sell(s, time, math.inf, self.bust(p), "liquidation")
        elif hit:
            self.market(s, time, math.inf, p.stop, p.kind)
        else:
            self.follow(s, time, best if favourable else known, close)

    def take_reached(self, s, time, best, volume):
        p, e = self.positions[s], self.exits.get(s)
        if e and self.reached(p.sign, best, e.limit):
            self.decided(s, time, e.limit, volume, maker=True)
        if s in self.positions:
            p = self.positions[s]
            self.targets(s, time, best, volume, at_open=False)

    def follow(self, s, time, best, close):
        p = self.positions[s]
        moves = [(self.trailing(p.trail, p.sign, best), "trailing_stop")]
        if p.sign * best >= p.sign * p.even:
            moves.append((p.price, "break_even"))
        moves = [(p.sign * level, kind) for level, kind in moves if not math.isnan(level)]
        if not moves:
            return
        level, kind = max(moves, key=lambda m: m[0])
        if p.sign * p.stop >= level:
            return
        p.stop, p.kind = p.sign * level, kind
        if p.sign * close <= level:
            self.market(s, time, math.inf, p.stop, kind)

    # deciding

    def decide(self, s, row, wishes, ask):
        p, order = self.positions.get(s), self.orders.get(s)
        if "c" in wishes or (order and ("l" if order.sign > 0 else "s") in wishes):
            self.drop(s, "withdrawn")
        enter = ("L" in wishes) - ("S" in wishes)
        if p and ("l" if p.sign > 0 else "s") in wishes:
            self.exits[s] = Exit("signal", ask.get("exit_limit", NAN), ask.get("exit_share", NAN))
        elif p and enter == -p.sign:
            self.exits[s] = Exit("reverse")
        free = p is None or s in self.exits
        if "L" in wishes and "S" in wishes:
            self.outcomes[s, row] = "wishes for both directions"
        elif enter and (free or (enter == p.sign and p.entries < self.o.get("max_entries", 1))):
            self.drop(s, "replaced by a newer wish")
            limit, trigger = ask.get("limit", NAN), ask.get("trigger", NAN)
            self.orders[s] = Order(enter, row, not free, ask, limit, trigger)
        elif enter:
            self.outcomes[s, row] = "position already held"


ASKS = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_share",
    "confidence", "ladder",
)  # fmt: skip


def replay(symbols, *, cash, **options):
    ref = Reference(cash, options)
    rows = [{t: i for i, t in enumerate(s.times)} for s in symbols]
    funded = [list(s.funding) for s in symbols]
    late = options.get("latency", 0)
    for time in sorted({t for r in rows for t in r}):
        here = [(s, rows[s][time], symbols[s], symbols[s].volumes()[rows[s][time]]) for s in range(len(symbols))
                if time in rows[s]]  # fmt: skip
        for s, i, script, _ in here:
            while funded[s] and funded[s][0][0] <= time:
                ref.fund(s, *funded[s].pop(0)[1:])
            ref.marks[s] = script.rows[i][0]
        for s, i, script, volume in here:
            ref.at_open(s, time, i, script.rows[i][0], volume)
        for s, i, script, volume in sorted(here, key=lambda h: (_rank(ref.orders.get(h[0])), h[0])):
            ref.enter_at_open(s, time, i, script.rows[i][0], volume)
        for s, i, script, volume in here:
            ref.in_range(s, time, i, script.rows[i], volume)
            ref.marks[s] = script.rows[i][3]
            told = i - late
            if told >= 0:
                asks = {n: getattr(script, n)[told] for n in ASKS if told in getattr(script, n)}
                ref.decide(s, told, script.wishes.get(told, ""), asks)
            if i + 1 == len(script.rows):
                _end(ref, s, time, script, funded[s])
        ref.equity.append(ref.worth())
    ref.equity = np.array(ref.equity)
    return ref


def _end(ref, s, time, script, funded):
    for _, rate, mark in funded:
        ref.fund(s, rate, mark)
    order = ref.orders.get(s)
    if order:
        ref.drop(s, "still waiting at the end" if order.opens else "no bar after the signal")
    if s in ref.positions:
        ref.market(s, time, math.inf, script.rows[-1][3], "end")


def _rank(order):
    return math.inf if order is None or math.isnan(order.strength) else -order.strength

"""The plain reference's money: equity, margin, sizes, costs, leaving and liquidation, in decimals."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from .reference_parts import DUST, NEVER, ONE, ZERO, at_or_past, dec


class Money:
    def __init__(self, cash, o):
        self.cash, self.start, self.o = dec(cash), dec(cash), o
        self.fee = dec(o.get("fee", 0.0))
        self.maker = self.fee if o.get("maker") is None else dec(o["maker"])
        self.kind, value = o.get("size", "qty=1").split("=")
        self.value = Decimal(value)
        rule, _, share = o.get("fill_rule", "touch").partition("=")
        self.through, self.share = rule == "through", Decimal(share) if rule == "volume" else None
        self.leverage = dec(o["margin"].leverage) if o.get("margin") else None
        self.cross = o.get("margin") is not None and o["margin"].mode == "cross"
        self.tif = o.get("time_in_force", "GTC")
        self.favourable = o.get("favourable", False)
        self.positions, self.orders, self.exits, self.marks, self.last_row = {}, {}, {}, {}, {}
        self.slots, self.grids, self.strength, self.sold_row = {}, {}, {}, {}
        self.selling = None
        self.trades, self.equity, self.outcomes, self.results = [], [], {}, []
        self.ambiguous = self.refused = 0
        self.tiers = self._tiers()

    def _tiers(self):
        found, deduction, before = [], ZERO, None
        for tier in self.o.get("tiers", ()):
            rate = dec(tier.maintenance)
            if before:
                deduction += dec(before.limit) * (rate - dec(before.maintenance))
            found.append((dec(tier.limit), rate, deduction, dec(tier.max_leverage)))
            before = tier
        return found

    # what is there

    def open_profit(self, s):
        p = self.positions[s]
        return p.sign * p.qty * (self.marks[s] - p.price)

    def worth(self):
        return self.cash + sum(self.open_profit(s) for s in self.positions)

    def free(self):
        held = self.worth() if self.cross else self.cash
        free = max(ZERO, held - sum(p.margin for p in self.positions.values()))
        return ZERO if free < DUST + abs(held) * DUST / 1000 else free

    def close_fee(self, sign):
        return self.fee * (1 - sign / self.leverage)

    def unit(self, sign, fill, maker):
        """What one base coin takes from the free cash."""
        fee = self.maker if maker else self.fee
        if self.leverage is None:
            return fill * (1 + fee)
        return fill * (1 / self.leverage + fee + self.close_fee(sign))

    def maintenance(self, value):
        return max([ZERO, *(value * rate - deduction for _, rate, deduction, _ in self.tiers)])

    def behind(self, s):
        """What stands behind the position of ``s``, and what of it the others must keep."""
        if not self.cross:
            return self.positions[s].margin, ZERO
        others = [(x, self.positions[x]) for x in self.positions if x != s]
        spare = self.cash + sum(self.open_profit(x) for x, _ in others)
        fees = sum(q.qty * q.price * self.close_fee(q.sign) for _, q in others)
        return spare, fees + sum(self.maintenance(q.qty * self.marks[x]) for x, q in others)

    def bust(self, s):
        """The price at which what stands behind the position is gone, the fee of leaving paid."""
        p = self.positions[s]
        price = (p.qty * p.price - p.sign * self.behind(s)[0]) / (p.qty * (1 - p.sign * self.fee))
        # without leverage a long owns what it holds
        owned = self.leverage is None and p.sign > 0 and abs(p.margin - p.qty * p.price) <= DUST * p.margin
        return None if owned else price

    def liquidation(self, s):
        p = self.positions[s]
        if self.leverage is None:
            return self.bust(s)
        spare, kept = self.behind(s)
        spare -= kept + p.qty * p.price * self.close_fee(p.sign)
        levels = [
            p.sign * (p.qty * p.price - p.sign * (spare + deduction)) / (p.qty * (1 - p.sign * rate))
            for _, rate, deduction, _ in self.tiers
        ]
        level = p.sign * max(levels)
        return level if level > 0 else None

    # the instrument

    def rule(self, s, place):
        """The instrument's step, smallest and largest quantity, smallest notional or tick; only the first has one."""
        given = self.o.get("instrument") or ()
        return dec(given[place]) if s == 0 and place < len(given) and given[place] else ZERO

    def rounded(self, s, qty):
        step = self.rule(s, 0)
        return (qty / step + DUST).to_integral_value(ROUND_FLOOR) * step if step else qty

    def on_tick(self, s, sign, price):
        tick = self.rule(s, 4)
        if price is None or not tick:
            return price
        if sign > 0:
            return (price / tick + DUST).to_integral_value(ROUND_FLOOR) * tick
        return (price / tick - DUST).to_integral_value(ROUND_CEILING) * tick

    # sizes and prices

    def kelly(self):
        wins, losses = [r for r in self.results if r > 0], [-r for r in self.results if r < 0]
        if len(wins) + len(losses) < 20:
            return self.value / 10
        if not losses or not wins:
            share = ONE if not losses else ZERO
        else:
            chance = ONE * len(wins) / (len(wins) + len(losses))
            share = max(ZERO, chance - (1 - chance) / ((sum(wins) / len(wins)) / (sum(losses) / len(losses))))
        return min(share, self.value)

    def wanted(self, fill, unit, distance, ask):
        if self.kind == "risk" and not (distance is not None and distance > 0):
            return None, "no stop to measure the risk by"
        if self.kind in ("atr", "volatility"):
            moves = ask.get("unit")
            return (self.worth() * self.value / moves, "") if moves else (None, "no volatility known yet")
        if self.kind == "kelly":
            share = self.kelly()
            return (self.worth() * share / unit, "") if share > 0 else (None, "Kelly's share is nothing")
        sizes = {
            "equity": lambda: self.worth() * self.value / unit,
            "notional": lambda: self.value / fill,
            "qty": lambda: self.value,
            "risk": lambda: self.worth() * self.value / distance,
        }
        return sizes[self.kind](), ""

    def size(self, s, sign, fill, distance, maker, ask, share=ONE):
        unit = self.unit(sign, fill, maker)
        wanted, why = self.wanted(fill, unit, distance, ask)
        if why:
            return ZERO, why
        wanted *= share * ask.get("confidence", ONE)
        most, fixed = self.free() / unit, self.kind in ("notional", "qty")
        if wanted > most * (1 + Decimal("1e-12")):
            if fixed:
                return ZERO, "not enough free cash"
            wanted = most
        largest = self.rule(s, 3)
        if largest and wanted > largest:
            if fixed:
                return ZERO, "above the largest quantity"
            wanted = largest
        qty = self.rounded(s, wanted)
        held = self.positions[s].qty if s in self.positions else ZERO
        if not qty > 0:
            return ZERO, "below one quantity step" if most > 0 else "not enough free cash"
        if qty < self.rule(s, 1):
            return ZERO, "below the smallest quantity"
        if qty * fill < self.rule(s, 2):
            return ZERO, "below the smallest notional"
        if self.leverage and self.leverage > next(t[3] for t in self.tiers if (held + qty) * fill <= t[0]):
            return ZERO, "leverage above the risk tier's"
        return qty, ""

    def slipped(self, sign, price, qty, impact):
        """What a market order of ``qty`` gets."""
        model, slip = self.o.get("slippage"), dec(self.o.get("slippage_bps", 0.0)) / 10_000
        if model and model.kind == "spread":
            slip = dec(model.value) / 20_000
        elif model and model.kind == "impact":
            slip = min(Decimal("0.5"), dec(model.value) * impact * qty.sqrt())
        elif model:
            rows = [(dec(limit), dec(bps)) for limit, bps in model.table]
            slip = next((bps for limit, bps in rows if qty * price <= limit), rows[-1][1]) / 10_000
        return price * (1 + sign * slip)

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
        if whole:
            self.end(s, time, reason)

    def end(self, s, time, reason):
        p = self.positions.pop(s)
        self.exits.pop(s, None)
        total = sum(q for q, _ in p.sold)
        pnl = p.pnl - p.fees + p.funding + p.borrow
        self.results.append(pnl / (total * p.price))
        self.trades.append(
            {
                "symbol": s, "entry_time": p.time, "exit_time": time, "reason": reason, "qty": p.sign * total,
                "entry_price": p.price, "exit_price": sum(q * x for q, x in p.sold) / total, "fees": p.fees,
                "funding": p.funding, "borrow": p.borrow, "pnl": pnl, "exits": len(p.sold),
            }
        )  # fmt: skip
        order = self.orders.get(s)
        if order and (order.partly or order.adds):
            self.drop(s, "withdrawn")
        self.rungs_without_position(s)

    def market(self, s, time, qty, price, reason, impact, limit=None):
        p = self.positions[s]
        got = self.slipped(-p.sign, price, min(qty, p.qty), impact)
        bust = self.bust(s)
        if bust is not None:
            got = p.sign * max(p.sign * got, p.sign * bust)
        if limit is not None:
            got = p.sign * max(p.sign * got, p.sign * limit)
        self.sell(s, time, qty, got, reason)

    def liquidate(self, s, time, price, impact):
        if not self.cross:
            self.sell(s, time, NEVER, self.bust(s), "liquidation")
            return
        for x in list(self.marks):
            self.drop(x, "withdrawn")
            self.drop_rungs(x, "withdrawn", sales=True)
        p = self.positions[s]
        for _ in range(len(self.tiers)):
            below = ZERO
            for limit, *_ in self.tiers:
                if p.qty * price <= limit * (1 + DUST):
                    break
                below = limit
            kept = self.rounded(s, below / price)
            if not kept > 0:
                break
            self.market(s, time, p.qty - kept, price, "liquidation", impact)
            if not at_or_past(-p.sign, price, self.liquidation(s)):
                return
        for x in sorted(x for x in self.positions if x != s):
            self.sell(x, time, NEVER, self.marks[x], "liquidation")
        self.sell(s, time, NEVER, self.bust(s), "liquidation")

    def charge(self, s, amount):
        p = self.positions[s]
        if not self.cross:
            free = max(ZERO, self.cash - sum(q.margin for q in self.positions.values()))
            short = max(ZERO, -amount - free)
            if short > 0:
                amount = max(amount, -free - p.margin)
                p.margin -= min(short, p.margin)
        self.cash += amount
        return amount

    def fund(self, s, rate, mark, borrow=ZERO):
        p = self.positions.get(s)
        if p is None:
            return
        if rate:
            p.funding += self.charge(s, -p.sign * p.qty * mark * rate)
        borrowed = p.qty * mark if p.sign < 0 else max(ZERO, p.qty * p.price - p.margin)
        if borrow and borrowed > DUST * p.qty * p.price:
            p.borrow += self.charge(s, -borrowed * borrow)

"""The plain reference's entries: market, limit, stop and stop-limit orders, and the rungs of a grid."""

from .reference_exits import Exits
from .reference_parts import DUST, NEVER, ONE, ZERO, Grid, Position, Rung, at_or_past, dec, nearest

SLOTS = 16


class Entries(Exits):
    def drop(self, s, outcome):
        order = self.orders.pop(s, None)
        if order:
            self.outcomes[s, order.row] = "partly filled" if order.partly else outcome

    def of_run(self, name, base, sign):
        value = self.o.get(name)
        return None if value is None else base * (1 + sign * dec(value))

    def trailing(self, trail, sign, best):
        own = None if trail is None else best - sign * trail
        return nearest(-sign, own, self.of_run("trailing", best, -sign))

    def distance(self, sign, fill, ask):
        """From the fill to the stop."""
        stop = nearest(-sign, ask.get("stop"), self.of_run("stop_loss", fill, -sign))
        stop = nearest(-sign, stop, self.trailing(ask.get("trail"), sign, fill))
        return None if stop is None else sign * (fill - stop)

    def taken(self, s, sign, price, left, limit, impact, ask, share=ONE):
        """What an order that takes gets; its limit bounds the slippage."""
        qty = left
        if qty is None:
            qty, _ = self.size(s, sign, price, self.distance(sign, price, ask), False, ask, share)
        fill = self.slipped(sign, price, qty, impact)
        return limit if limit is not None and sign * fill > sign * limit else fill

    # the order of a wish

    def enter_at_open(self, s, time, row, price, volume, impact):
        order, p = self.orders.get(s), self.positions.get(s)
        if order is None or (p and p.sign != order.sign):
            return False
        first, sign = order.opens == 0, order.sign
        order.opens += 1
        if 0 < self.o.get("valid_bars", 0) < row - order.row - self.o.get("latency", 0):
            self.drop(s, "expired unfilled")
            return False
        filled, ready = False, True
        if order.trigger is not None:
            ready = at_or_past(sign, price, order.trigger)
            if ready:
                order.trigger, first = None, True
        if ready and order.limit is None:
            filled = self.fill(s, time, row, price, False, volume, impact)
        elif ready and first and sign * price <= sign * order.limit:
            if self.tif == "PostOnly":
                self.refused += 1
                self.drop(s, "post-only would have filled at once")
                return False
            filled = self.fill(s, time, row, price, False, volume, impact)
        elif ready and not first and self.reached(-sign, price, order.limit):
            filled = self.fill(s, time, row, price, True, volume, impact)
        if not filled and self.tif in ("IOC", "FOK"):
            self.drop(s, "not filled at once")
        return filled

    def enter_in_range(self, s, time, row, open_, high, low, volume, impact):
        order, p = self.orders.get(s), self.positions.get(s)
        if order is None or (p and p.sign != order.sign) or (order.partly and order.last_row == row):
            return None
        sign, limit = order.sign, order.limit
        ahead, behind = (high, low) if sign > 0 else (low, high)
        if order.trigger is not None:
            if not at_or_past(sign, ahead, order.trigger):
                return None
            trigger, order.trigger = order.trigger, None
            if limit is not None and max(sign * trigger, sign * open_) > sign * limit:
                return None
            price = sign * max(sign * trigger, sign * open_)
            return "trigger" if self.fill(s, time, row, price, False, volume, impact) else None
        if self.reached(-sign, behind, limit):
            return "limit" if self.fill(s, time, row, limit, True, volume, impact) else None
        return None

    def full(self, s):
        most = self.o.get("max_positions", 0)
        return s not in self.positions and 0 < most <= len(self.positions)

    def fill(self, s, time, row, price, maker, volume, impact):
        order = self.orders[s]
        sign, ask = order.sign, order.ask
        if self.full(s):
            self.refused += 1
            self.drop(s, "as many positions as allowed")
            return False
        fill = price if maker else self.taken(s, sign, price, order.left, order.limit, impact, ask)
        if order.left is None:
            order.left, why = self.size(s, sign, fill, self.distance(sign, fill, ask), maker, ask)
            if why:
                self.refused += 1
                self.drop(s, why)
                return False
        qty = self.capped(s, order.left, volume)
        if qty < order.left and self.tif == "FOK":
            self.drop(s, "not filled at once")
            return False
        if order.partly:
            most = self.rounded(s, self.free() / self.unit(sign, fill, maker))
            if most <= 0:
                self.drop(s, "not enough free cash")
                return False
            qty = min(qty, most)
        if not qty > 0:
            return False
        self.buy(s, time, row, sign, ask, qty, fill, maker, first=not order.partly)
        order.left -= qty
        order.partly, order.last_row = True, row
        if order.left <= DUST * DUST:
            order.partly = False
            self.drop(s, "filled")
        elif self.tif == "IOC":
            self.drop(s, "not filled at once")
        return True

    def buy(self, s, time, row, sign, ask, qty, fill, maker, first):
        added = s in self.positions
        p = self.positions.setdefault(s, Position(sign, time, row))
        self.last_row[s] = row
        fee = qty * fill * (self.maker if maker else self.fee)
        self.cash -= fee
        p.fees += fee
        p.price = (p.qty * p.price + qty * fill) / (p.qty + qty) if added else fill
        p.qty += qty
        p.entered += qty
        held = qty * fill
        p.margin += held if self.leverage is None else held / self.leverage + held * self.close_fee(sign)
        p.entries += first or not added
        self.levels(p, sign, ask, fill, added)

    def levels(self, p, sign, ask, fill, added):
        stop = nearest(-sign, ask.get("stop"), self.of_run("stop_loss", p.price, -sign))
        target = nearest(sign, ask.get("target"), self.of_run("take_profit", p.price, sign))
        if not added or stop is not None:
            p.stop, p.kind = stop, "stop_loss"
        for name, value in (("target", target), ("trail", ask.get("trail")), ("even", ask.get("break_even"))):
            if not added or value is not None:
                setattr(p, name, value)
        p.even = nearest(sign, p.even, self.of_run("break_even", p.price, sign))
        if not added:
            p.bars = nearest(1, ask.get("max_bars"), dec(self.o.get("max_bars")))
            shares = self.o.get("shares", ())
            p.ladder = [
                {"price": x, "share": dec(shares[k]), "left": None, "done": False}
                for k, x in enumerate(ask.get("ladder", ()))
            ]
        trailing = self.trailing(p.trail, sign, fill)
        if trailing is not None and not (p.stop is not None and sign * p.stop >= sign * trailing):
            p.stop, p.kind = trailing, "trailing_stop"

    # the rungs of a grid

    def rungs(self, s):
        return [r for r in self.slots.get(s, ()) if r is not None]

    def place_grid(self, s, row, sign, ask):
        slots = self.slots.setdefault(s, [None] * SLOTS)
        shares, targets = self.o.get("grid_shares", ()), ask.get("grid_targets", ())
        placed = set()
        for n, price in enumerate(ask["grid"]):
            if None in slots and n < len(shares):
                k = slots.index(None)
                entry = self.on_tick(s, sign, price)
                target = self.on_tick(s, -sign, targets[n]) if n < len(targets) else None
                slots[k] = Rung(sign, entry, target, dec(shares[n]), k, entry)
                placed.add(k)
        self.grids[s] = Grid(sign, row, ask, placed)

    def end_rung(self, s, rung):
        self.slots[s][rung.number] = None

    def tell(self, s, outcome, number=None):
        """Fills outweigh refusals, and the first refusal what comes after."""
        grid = self.grids[s]
        if outcome == "filled":
            grid.met.add(number)
            grid.told = "filled" if grid.met == grid.numbers else "partly filled"
        elif not grid.met:
            grid.told = outcome
        self.outcomes[s, grid.row] = grid.told

    def drop_rungs(self, s, outcome, sales):
        for rung in self.rungs(s):
            if rung is self.selling:
                continue
            if not rung.selling or sales:
                self.end_rung(s, rung)
            else:
                rung.again = False
        grid = self.grids.pop(s, None)
        if grid and not grid.told:
            self.outcomes[s, grid.row] = outcome

    def rungs_without_position(self, s):
        if self.selling is None:
            self.drop_rungs(s, "withdrawn", sales=True)
        for rung in self.rungs(s):
            if rung.selling and rung is not self.selling:
                self.rest_again(s, rung, None)

    def rest_again(self, s, rung, row):
        if not self.o.get("grid_repeat") or not rung.again:
            self.end_rung(s, rung)
            return
        rung.selling, rung.limit, rung.left, rung.done, rung.fresh = False, rung.entry, None, ZERO, False
        rung.row = self.now_row if row is None else row

    def rungs_at_open(self, s, time, row, price, volume, exits):
        grid, before = self.grids.get(s), self.positions[s].qty if s in self.positions else ZERO
        late = self.o.get("valid_bars", 0)
        if not exits and grid and 0 < late < row - grid.row - self.o.get("latency", 0):
            self.drop_rungs(s, "expired unfilled", sales=False)
        for rung in list(self.slots.get(s, ())):
            p = self.positions.get(s)
            if rung is None or rung.selling != exits or (p and not exits and p.sign != rung.sign):
                continue
            if exits:
                if p and self.reached(p.sign, price, rung.limit):
                    self.sell_rung(s, time, row, rung, price, volume)
                continue
            first = rung.opens == 0
            rung.opens += 1
            self.rung_at_open(s, time, row, rung, first, price, volume)
        return not exits and s in self.positions and self.positions[s].qty > before

    def rung_at_open(self, s, time, row, rung, first, price, volume):
        sign = rung.sign
        if first and sign * price <= sign * rung.limit:
            if self.tif == "PostOnly":
                self.refuse(s, rung, "post-only would have filled at once")
                return
            self.buy_rung(s, time, row, rung, price, False, volume)
        elif not first and self.reached(-sign, price, rung.limit):
            self.buy_rung(s, time, row, rung, price, True, volume)
        if rung in self.rungs(s) and not rung.selling and self.tif in ("IOC", "FOK"):
            self.tell(s, "not filled at once")
            self.end_rung(s, rung)

    def refuse(self, s, rung, why):
        self.refused += 1
        self.tell(s, why)
        self.end_rung(s, rung)

    def buy_rung(self, s, time, row, rung, price, maker, volume):
        sign, ask = rung.sign, self.grids[s].ask
        if self.full(s):
            self.refuse(s, rung, "as many positions as allowed")
            return
        impact = self.impact
        left = rung.left if rung.left else None
        fill = price if maker else self.taken(s, sign, price, left, rung.limit, impact, ask, rung.share)
        if rung.done == 0:
            rung.left, why = self.size(s, sign, fill, self.distance(sign, fill, ask), maker, ask, rung.share)
            if why:
                self.refuse(s, rung, why)
                return
        qty = self.capped(s, rung.left, volume)
        if qty < rung.left and self.tif == "FOK":
            self.tell(s, "not filled at once")
            self.end_rung(s, rung)
            return
        if rung.done > 0:
            most = self.rounded(s, self.free() / self.unit(sign, fill, maker))
            if most <= 0:
                self.end_rung(s, rung)
                return
            qty = min(qty, most)
        if not qty > 0:
            return
        self.buy(s, time, row, sign, ask, qty, fill, maker, first=rung.done == 0)
        rung.left -= qty
        rung.done += qty
        rung.row = row
        self.tell(s, "filled", rung.number)
        if rung.left > DUST * DUST:
            return
        if rung.target is None:
            self.end_rung(s, rung)
        else:
            rung.selling, rung.limit, rung.left, rung.done = True, rung.target, rung.done, ZERO

    def rungs_in_range(self, s, time, row, open_, high, low, volume):
        seen, how = set(), None
        while True:
            p = self.positions.get(s)
            near = [
                (abs(r.limit - open_), r.sign < 0, r.number, r)
                for r in self.rungs(s)
                if not r.selling and r.number not in seen and r.row != row and r.opens
                and not (p and p.sign != r.sign) and self.reached(-r.sign, low if r.sign > 0 else high, r.limit)
            ]  # fmt: skip
            if not near:
                return how
            rung = min(near, key=lambda n: n[:3])[3]
            seen.add(rung.number)
            levels = (p.stop, self.liquidation(s)) if p else ()
            if any(at_or_past(-rung.sign, rung.limit, level) for level in levels):
                continue
            before = p.qty if p else ZERO
            self.buy_rung(s, time, row, rung, rung.limit, True, volume)
            if s in self.positions and self.positions[s].qty > before:
                how, rung.fresh = "limit", True

    def sell_rung(self, s, time, row, rung, price, volume):
        p = self.positions[s]
        qty = self.capped(s, min(rung.left, p.qty), volume)
        if not qty > 0:
            return
        rung.left -= qty
        rung.done += qty
        rung.row = row
        whole = p.qty - qty <= DUST * p.entered
        self.selling, self.now_row = rung, row
        self.sell(s, time, NEVER if whole else qty, price, "take_profit", True)
        self.selling = None
        if rung.left <= DUST * DUST or s not in self.positions:
            self.rest_again(s, rung, row)

    def rung_reached(self, s, rung, row, best, close):
        if not rung.selling or (rung.row == row and rung.done > 0):
            return False
        seen = close if rung.fresh and not self.favourable else best
        return self.reached(self.positions[s].sign, seen, rung.limit)

    def rung_in_doubt(self, p, rung, best, close):
        possible = rung.selling and rung.fresh and self.reached(p.sign, best, rung.limit)
        return possible and not self.reached(p.sign, close, rung.limit)

    def sell_rungs(self, s, time, row, best, close, volume):
        for rung in self.rungs(s):
            if s in self.positions and self.rung_reached(s, rung, row, best, close):
                self.sell_rung(s, time, row, rung, rung.limit, volume)

"""The plain reference's exits: decided ones, stops, targets, ladders, time, and what a bar's range reaches."""

from .reference_money import Money
from .reference_parts import DUST, NEVER, ONE, at_or_past, nearest


class Exits(Money):
    def capped(self, s, qty, volume):
        if self.share is None or qty <= volume * self.share:
            return qty
        return self.rounded(s, volume * self.share)

    def reached(self, sign, best, level):
        return level is not None and (sign * best > sign * level if self.through else sign * best >= sign * level)

    def decided(self, s, time, row, price, volume, impact, maker):
        p, e = self.positions[s], self.exits[s]
        if e.left is None:
            e.left = p.qty if e.share is None or e.share >= 1 else self.rounded(s, p.qty * e.share)
        qty = self.capped(s, min(e.left, p.qty), volume)
        self.sold_row[s] = row
        if qty > 0:
            e.left -= qty
            if maker:
                self.sell(s, time, qty, price, e.reason, True)
            else:
                self.market(s, time, qty, price, e.reason, impact, e.limit)
        if e.left <= DUST * DUST:
            self.exits.pop(s, None)

    def met(self, sign, best, level):
        """A target that is a market order goes off when touched (F99)."""
        return at_or_past(sign, best, level) if self.o.get("market_targets") else self.reached(sign, best, level)

    def at_target(self, s, time, qty, price, impact):
        if self.o.get("market_targets"):
            self.market(s, time, qty, price, "take_profit", impact)
        else:
            self.sell(s, time, qty, price, "take_profit", True)

    def targets(self, s, time, row, best, volume, at_open, impact):
        p = self.positions[s]
        left = p.qty if self.o.get("market_targets") else self.capped(s, p.qty, volume)
        for rung in p.ladder:
            if s in self.positions and not rung["done"] and self.met(p.sign, best, rung["price"]):
                self.sold_row[s] = row
                if rung["left"] is None:
                    rung["left"] = self.rounded(s, p.entered * rung["share"])
                qty = min(rung["left"], left, p.qty)
                rung["left"] -= qty
                left -= qty
                rung["done"] = rung["left"] <= DUST * DUST
                if qty > 0:
                    whole = p.qty - qty <= DUST * p.entered
                    self.at_target(s, time, NEVER if whole else qty, best if at_open else rung["price"], impact)
        if s in self.positions and left > 0 and self.met(p.sign, best, p.target):
            self.sold_row[s] = row
            self.at_target(s, time, left, best if at_open else p.target, impact)

    def at_open(self, s, time, row, price, volume, impact):
        p, e = self.positions.get(s), self.exits.get(s)
        if p is None:
            self.exits.pop(s, None)
            return
        self.last_row[s] = row
        if at_or_past(-p.sign, price, self.liquidation(s)):
            self.liquidate(s, time, price, impact)
            if s not in self.positions:
                return
        if e and at_or_past(-p.sign, price, e.trigger):
            e.trigger, e.rested = None, False
        if e and e.trigger is None:
            rested, e.rested = e.rested, True
            if e.limit is None or p.sign * price >= p.sign * e.limit:
                resting = rested and e.limit is not None
                self.decided(s, time, row, price, volume, ONE * 0 if e.limit is not None else impact, resting)
        if s in self.positions and p.bars is not None and row - p.row >= p.bars:
            self.market(s, time, NEVER, price, "time", impact)
        if s in self.positions:
            self.gap(s, time, row, price, volume, impact)
        if s in self.positions:
            self.rungs_at_open(s, time, row, price, volume, exits=True)

    def gap(self, s, time, row, price, volume, impact):
        p = self.positions[s]
        if at_or_past(-p.sign, price, p.stop):
            self.market(s, time, NEVER, price, p.kind, impact)
        else:
            self.targets(s, time, row, price, volume, at_open=True, impact=impact)

    # within a bar

    def any_target(self, s, best):
        p, e = self.positions[s], self.exits.get(s)
        waits = e is not None and e.trigger is None and self.reached(p.sign, best, e.limit)
        return waits or any(
            self.met(p.sign, best, x) for x in (p.target, *(r["price"] for r in p.ladder if not r["done"]))
        )

    def held_in_range(self, s, time, row, bar, marks, volume, impact, how):
        open_, high, low, close = bar
        p, favourable = self.positions[s], self.favourable
        worst, best, mark = (low, high, marks[1]) if p.sign > 0 else (high, low, marks[0])
        level = self.liquidation(s)
        stopped, taken = at_or_past(-p.sign, worst, p.stop), at_or_past(-p.sign, mark, level)
        e = self.exits.get(s)
        trigger = e.trigger if e else None
        touched = at_or_past(-p.sign, worst, trigger)
        hit = stopped or taken or touched
        stop_first = stopped and (level is None or p.sign * p.stop > p.sign * level)
        reached = not (self.share is not None and self.sold_row.get(s) == row) and self.any_target(s, best)
        if how == "trigger" and hit and not at_or_past(-p.sign, close, nearest(-p.sign, p.stop, level, trigger)):
            self.ambiguous += 1
            hit = not favourable
        elif how == "limit" and reached and not self.any_target(s, close):
            self.ambiguous += 1
            reached = favourable
        elif hit and reached:
            self.ambiguous += 1
        sale = any(self.rung_reached(s, r, row, best, close) for r in self.rungs(s))
        doubt = any(self.rung_in_doubt(p, r, best, close) for r in self.rungs(s))
        if (hit and sale and not reached) or (not hit and doubt):
            self.ambiguous += 1
        known = best if favourable or how != "limit" else close
        if reached and (favourable or not hit):
            self.take_reached(s, time, row, known, volume, impact)
        if s in self.positions and (favourable or not hit):
            self.sell_rungs(s, time, row, best, close, volume)
        if s not in self.positions:
            return
        if hit and touched:
            others = [p.stop] * stopped + [level] * taken
            if nearest(-p.sign, *others, trigger) == trigger and trigger not in others:
                self.goes_off(s, time, row, open_, volume, impact)
                if s not in self.positions:
                    return
                level = self.liquidation(s)
                taken = at_or_past(-p.sign, mark, level)
                stop_first = stopped and (level is None or p.sign * p.stop > p.sign * level)
            hit = stopped or taken
        if hit and taken and not stop_first:
            self.take_over(s, time, worst, mark, impact)
        elif hit:
            self.market(s, time, NEVER, p.stop, p.kind, impact)
        else:
            self.follow(s, time, known, close, impact)

    def goes_off(self, s, time, row, open_, volume, impact):
        """The exit that waits becomes an order at its trigger (F98)."""
        p, e = self.positions[s], self.exits[s]
        price = p.sign * min(p.sign * e.trigger, p.sign * open_)
        e.trigger, e.rested = None, True
        had = self.share is not None and self.sold_row.get(s) == row
        if not had and (e.limit is None or at_or_past(p.sign, price, e.limit)):
            self.decided(s, time, row, price, volume, impact, maker=False)

    def take_over(self, s, time, worst, mark, impact):
        p = self.positions[s]
        while s in self.positions and at_or_past(-p.sign, mark, level := self.liquidation(s)):
            if at_or_past(-p.sign, worst, p.stop) and p.sign * p.stop > p.sign * level:
                break
            self.liquidate(s, time, level, impact)
        if s in self.positions and at_or_past(-p.sign, worst, p.stop):
            self.market(s, time, NEVER, p.stop, p.kind, impact)

    def take_reached(self, s, time, row, best, volume, impact):
        p, e = self.positions[s], self.exits.get(s)
        if e and e.trigger is None and self.reached(p.sign, best, e.limit):
            self.decided(s, time, row, e.limit, volume, ONE * 0, maker=True)
        if s in self.positions:
            self.targets(s, time, row, best, volume, at_open=False, impact=impact)

    def follow(self, s, time, best, close, impact):
        p = self.positions[s]
        moves = [(self.trailing(p.trail, p.sign, best), "trailing_stop")]
        if at_or_past(p.sign, best, p.even):
            moves.append((p.price, "break_even"))
        moves = [(p.sign * level, kind) for level, kind in moves if level is not None]
        if not moves:
            return
        level, kind = max(moves, key=lambda m: m[0])
        if p.stop is not None and p.sign * p.stop >= level:
            return
        p.stop, p.kind = p.sign * level, kind
        if p.sign * close <= level:
            self.market(s, time, NEVER, p.stop, kind, impact)

"""The position planner in hand: entry, stop and target stay on the sides that make a plan of them."""

from __future__ import annotations

import math
from dataclasses import replace

from .model import Anchor, Drawing

ENTRY, STOP, TARGET = range(3)


def moved(plan: Drawing, handle: int, anchor: Anchor, step: float) -> Drawing:
    """``plan`` with the anchor ``handle`` at ``anchor``; prices stay at least ``step`` apart.

    A stop drawn across the entry turns the plan round: the target goes as far to the other side. An entry stays
    between stop and target, and a target on its own side of the entry. Target and stop share their time.
    """
    entry, stop, target = plan.anchors
    if handle == ENTRY:
        low, high = sorted((stop.price, target.price))
        return _plan(plan, Anchor(anchor.time, _within(anchor.price, low + step, high - step)), stop, target)
    if handle == TARGET:
        least, most = (entry.price + step, math.inf) if target.price >= entry.price else (-math.inf, entry.price - step)
        return _plan(plan, entry, stop, Anchor(stop.time, _within(anchor.price, least, most)))
    side = 1.0 if target.price >= entry.price else -1.0
    across = (entry.price - anchor.price) * side < 0
    price = 2 * entry.price - target.price if across else target.price
    if anchor.price == entry.price:  # no risk is no plan
        anchor = Anchor(anchor.time, entry.price - side * step)
    return _plan(plan, entry, anchor, Anchor(anchor.time, price))


def _within(price: float, low: float, high: float) -> float:
    return min(max(price, low), high) if low <= high else price


def _plan(plan: Drawing, *anchors: Anchor) -> Drawing:
    exact = tuple(Anchor(a.time, round(a.price, 10)) for a in anchors)
    return replace(plan, anchors=exact)

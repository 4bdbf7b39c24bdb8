"""From a long candle to its short ones, and from a short one to its trades, exactly.

Every function here is pure. A candle is divided into children whose first opens where it opens, whose last closes
where it closes, whose extremes are its own and whose volumes add up to its own; a child opens where the one before
closed. Within those bounds the path is a Brownian bridge with weights that differ from child to child, which over
several levels gives clustered volatility; it keeps away from the parent's extremes as a bridge that must not cross them
does, and is lifted towards those it would not reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import Floats

from .noise import Bits, Ints, bits, normal, part

# mean range of a Brownian path in units of its deviation
_RANGE = 1.6


@dataclass(frozen=True, slots=True)
class Level:
    """Parents as columns of whole numbers; ``index`` counts them from the epoch."""

    index: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints


def divided(parent: Level, k: int, own: np.uint64, common: np.uint64, rho: float, season: Floats) -> Level:
    """``k`` children for each parent; ``rho`` is the correlation of their moves with those under the ``common`` key.

    ``season``: weights of the children for volatility and volume, shape (n, k) or (k,). Volumes must be at least k.
    """
    index = parent.index[:, None] * k + np.arange(k)
    shape = bits(own ^ np.uint64(0xA5A5), index)
    z = rho * normal(bits(common, index)) + np.sqrt(1 - rho * rho) * normal(bits(own, index))
    weight = season * np.exp(1.2 * (part(shape, 3) - 0.5))
    weight = weight / np.sqrt(np.mean(weight * weight, axis=1, keepdims=True))
    sigma = (parent.high - parent.low)[:, None] / _RANGE / np.sqrt(k) * weight + 0.3
    aside = _aside(bits(common ^ np.uint64(0x5A5A), index), sigma, weight)
    close = _bridge(parent, z * sigma, weight, aside, sigma)
    opens = np.concatenate((parent.open[:, None], close[:, :-1]), axis=1)
    high, low = _wicks(parent, opens, close, sigma, shape)
    volume = _shared(parent.volume, season * np.exp(1.6 * (part(shape, 2) - 0.5)) * (1 + 0.5 * np.abs(z)))
    return Level(*(x.reshape(-1) for x in (index, opens, high, low, close, volume)))


def _bridge(parent: Level, moves: Floats, weight: Floats, aside: Floats, sigma: Floats) -> Ints:
    """Closes of the children: from the parent's open to its close, between its extremes, reaching them."""
    start, end = parent.open[:, None].astype(float), parent.close[:, None].astype(float)
    low, high = parent.low[:, None].astype(float), parent.high[:, None].astype(float)
    path = start + _closed(moves, weight) + _elapsed(weight) * (end - start)
    path = high - np.sqrt((high - path) ** 2 + aside)
    path = low + np.sqrt((path - low) ** 2 + aside)
    path += _hill(path, high - np.maximum(start, end), high, sigma)
    path -= _hill(-path, np.minimum(start, end) - low, -low, sigma)
    closes = np.rint(_turned(path, low, high)).astype(np.int64)
    closes[:, -1] = parent.close
    return np.asarray(np.clip(closes, parent.low[:, None], parent.high[:, None]))


def _closed(moves: Floats, weight: Floats) -> Floats:
    """The path of ``moves``, bent so that it ends where it began."""
    path = np.cumsum(moves, axis=1)
    return np.asarray(path - _elapsed(weight) * path[:, -1:])


def _elapsed(weight: Floats) -> Floats:
    share = np.cumsum(weight * weight, axis=1)
    return np.asarray(share / share[:, -1:])


def _aside(random: Bits, sigma: Floats, weight: Floats) -> Floats:
    """The squared distance from a bound that two further dimensions add.

    A Brownian bridge that must not cross a bound is the length of one in three dimensions (Williams): it keeps away
    from the bound by itself, where one that is turned back or cut off would stay close to it.
    """
    away = np.zeros_like(sigma)
    for first in (0, 2):
        # two uniform numbers, scaled to a variance of 1
        z = (part(random, first) + part(random, first + 1) - 1) * 2.4494897
        away += _closed(z * sigma, weight) ** 2
    return away


def _hill(path: Floats, room: Floats, top: Floats, sigma: Floats) -> Floats:
    """What lifts ``path`` around its highest inner point to near ``top``, so that an extreme is no lone spike."""
    k = path.shape[1]
    if k < 4:
        return np.zeros_like(path)
    peak = 1 + np.argmax(path[:, 1:-1], axis=1)[:, None]
    short = np.minimum(np.take_along_axis(sigma, peak, axis=1), 0.9 * room)
    missing = top - short - np.take_along_axis(path, peak, axis=1)
    width = np.minimum(np.maximum(k / 4, 1.5), k - 1 - peak)
    slope = np.maximum(0.0, 1 - np.abs(np.arange(k) - peak) / np.maximum(width, 1))
    return np.asarray(np.maximum(missing, 0.0) * slope)


def _turned(path: Floats, low: Floats, high: Floats) -> Floats:
    """``path`` turned back at ``low`` and ``high`` as often as it crosses them."""
    room = np.maximum(high - low, 1e-9)
    folded = np.mod(path - low, 2 * room)
    return np.asarray(low + np.where(folded > room, 2 * room - folded, folded))


def _wicks(parent: Level, opens: Ints, close: Ints, sigma: Floats, shape: Bits) -> tuple[Ints, Ints]:
    """Highs and lows of Brownian bridges between the opens and closes; the farthest become the parent's own."""
    high = opens + _reached(close - opens, parent.high[:, None] - opens, sigma, part(shape, 0))
    low = opens - _reached(opens - close, opens - parent.low[:, None], sigma, part(shape, 1))
    rows = np.arange(len(high))
    high[rows, np.argmax(high, axis=1)] = parent.high
    low[rows, np.argmin(low, axis=1)] = parent.low
    return high, low


def _reached(move: Ints, room: Ints, sigma: Floats, chance: Floats) -> Ints:
    """How far bridges that end at ``move`` rise over their start, none beyond ``room``, in whole steps."""
    variance = 2 * sigma * sigma
    # the chance that a bridge goes beyond the room is exp(-2 room (room - move) / sigma^2); such ones are left out
    beyond = np.exp(-4 * room * (room - move).astype(float) / variance)
    peak = (move + np.sqrt(move.astype(float) ** 2 - variance * np.log(beyond + (1 - beyond) * chance))) / 2
    return np.asarray(np.clip(np.rint(peak), np.maximum(move, 0), room).astype(np.int64))


def _shared(total: Ints, weight: Floats) -> Ints:
    """``total`` in whole parts of at least 1 by ``weight``."""
    k = weight.shape[1]
    reached = np.cumsum(weight, axis=1)
    reached = np.rint(reached / reached[:, -1:] * (total - k)[:, None]).astype(np.int64)
    return np.asarray(np.diff(reached, axis=1, prepend=0) + 1)

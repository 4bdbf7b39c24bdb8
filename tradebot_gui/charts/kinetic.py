"""A drag that is let go in motion rolls on and comes to rest by itself."""

from __future__ import annotations

import math
from collections import deque

REMEMBERED = 90.0  # ms of the drag before it was let go that tell its speed
STILL = 60.0  # ms without a move: the hand had stopped before it let go
SLOWEST, FASTEST = 0.12, 6.0  # pixels a ms
FADE = 280.0  # ms in which the speed falls to its e-th part


class Kinetic:
    """Speed of a drag, and how far it rolls; times in ms, lengths in pixels."""

    def __init__(self) -> None:
        self._moves: deque[tuple[float, float]] = deque()
        self._speed = 0.0

    @property
    def rolling(self) -> bool:
        return self._speed != 0.0

    def begin(self) -> None:
        """A hand is on the chart: it stands still."""
        self._moves.clear()
        self._speed = 0.0

    def moved(self, time: float, pixels: float) -> None:
        """Note a move of the drag."""
        self._moves.append((time, pixels))
        while self._moves and time - self._moves[0][0] > REMEMBERED:
            self._moves.popleft()

    def let_go(self, time: float) -> bool:
        """Whether it rolls on from here."""
        moves, self._speed = tuple(self._moves), 0.0
        self._moves.clear()
        if len(moves) < 2 or time - moves[-1][0] > STILL or moves[-1][0] <= moves[0][0]:
            return False
        # the first move led to the first moment: it belongs to the time before
        speed = sum(pixels for _, pixels in moves[1:]) / (moves[-1][0] - moves[0][0])
        if abs(speed) >= SLOWEST:
            self._speed = math.copysign(min(abs(speed), FASTEST), speed)
        return self.rolling

    def roll(self, passed: float) -> float:
        """How far it rolls in the next ``passed`` ms."""
        slower = self._speed * math.exp(-passed / FADE)
        way = (self._speed - slower) * FADE
        self._speed = slower if abs(slower) >= SLOWEST / 4 else 0.0
        return way

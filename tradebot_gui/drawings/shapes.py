"""What each kind of drawing looks like on a plane of pixels: lines, tinted ground, words, handles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from typing import Protocol

from .model import Anchor, Drawing

Point = tuple[float, float]
WIDEST_TEXT = 48  # letters in a line of a text
FIBONACCI = (0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0)


class Plane(Protocol):
    """The part of a chart on which prices are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def x(self, time: float) -> float: ...

    def y(self, price: float) -> float: ...

    def price(self, y: float) -> float: ...

    def price_text(self, price: float) -> str: ...

    def bars(self, start: float, end: float) -> int: ...


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a point; ``side`` says where they stand of it: 'right', 'left', 'above', 'below', 'middle'."""

    x: float
    y: float
    text: str
    side: str = "right"
    role: str = "stroke"


@dataclass(slots=True)
class Shape:
    """Lines as x1, y1, x2, y2; fills as corners and the role of their colour: 'stroke', 'gain' or 'loss'."""

    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    fills: list[tuple[tuple[Point, ...], str]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    handles: list[Point] = field(default_factory=list)

    def distance(self, x: float, y: float) -> float:
        """Pixels from (x, y) to the nearest line or label; ground counts as a few, so that a line upon it wins."""
        found = min((_to_segment(x, y, line) for line in self.lines), default=math.inf)
        for label in self.labels:
            if self.lines and label.role != "text":
                continue
            found = min(found, _to_label(x, y, label))
        if any(_inside(x, y, corners) for corners, _ in self.fills):
            found = min(found, 4.5)
        return found

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all but the labels."""
        xs = [v for line in self.lines for v in line[::2]] + [p[0] for c, _ in self.fills for p in c]
        ys = [v for line in self.lines for v in line[1::2]] + [p[1] for c, _ in self.fills for p in c]
        xs += [p[0] for p in self.handles]
        ys += [p[1] for p in self.handles]
        return min(xs), min(ys), max(xs), max(ys)


def shape_of(drawing: Drawing, plane: Plane) -> Shape:
    """``drawing`` on ``plane``; of one that is still being drawn, as far as it has come."""
    points = [(plane.x(a.time), plane.y(a.price)) for a in drawing.anchors]
    make = _MAKERS[drawing.kind] if len(points) >= _LEAST.get(drawing.kind, 2) else _begun
    shape = make(drawing, points, plane)
    shape.handles = shape.handles or points
    return shape


def _begun(_: Drawing, points: list[Point], __: Plane) -> Shape:
    return Shape(lines=[(*a, *b) for a, b in pairwise(points)])


def _trend(_: Drawing, points: list[Point], __: Plane) -> Shape:
    return Shape(lines=[(*points[0], *points[1])])


def _ray(_: Drawing, points: list[Point], plane: Plane) -> Shape:
    return Shape(lines=[(*points[0], *_edge(points[0], points[1], plane))])


def _horizontal(drawing: Drawing, points: list[Point], plane: Plane) -> Shape:
    y = points[0][1]
    words = plane.price_text(drawing.anchors[0].price)
    text = f"{drawing.text}  {words}" if drawing.text else words
    return Shape(
        [(plane.left, y, plane.right, y)],
        labels=[Label(plane.right - 6, y, text, "above left")],
        handles=[(min(max(points[0][0], plane.left + 20), plane.right - 20), y)],
    )


def _vertical(drawing: Drawing, points: list[Point], plane: Plane) -> Shape:
    x = points[0][0]
    labels = [Label(x + 5, plane.bottom - 8, drawing.text)] if drawing.text else []
    return Shape([(x, plane.top, x, plane.bottom)], labels=labels)


def _channel(_: Drawing, points: list[Point], __: Plane) -> Shape:
    (ax, ay), (bx, by), (cx, cy) = points
    slope = (by - ay) / (bx - ax) if bx != ax else 0.0
    offset = cy - (ay + (cx - ax) * slope)
    corners = ((ax, ay), (bx, by), (bx, by + offset), (ax, ay + offset))
    middle = (ax, ay + offset / 2, bx, by + offset / 2)
    return Shape([(ax, ay, bx, by), (ax, ay + offset, bx, by + offset), middle], [(corners, "stroke")])


def _rectangle(drawing: Drawing, points: list[Point], _: Plane) -> Shape:
    corners = _corners(points[0], points[1])
    labels = [Label(corners[0][0] + 6, corners[0][1] + 10, drawing.text)] if drawing.text else []
    return Shape(_outline(corners), [(corners, "stroke")], labels)


def _fibonacci(drawing: Drawing, points: list[Point], plane: Plane) -> Shape:
    start, end = drawing.anchors[0].price, drawing.anchors[1].price
    left, right = sorted((points[0][0], points[1][0]))
    right = max(right, left + 60)
    shape = Shape([(*points[0], *points[1])])
    for level in drawing.levels or FIBONACCI:
        price = end + (start - end) * level
        y = plane.y(price)
        shape.lines.append((left, y, right, y))
        shape.labels.append(Label(left - 5, y, f"{level:g}  {plane.price_text(price)}", "left"))
    return shape


def _measure(drawing: Drawing, points: list[Point], plane: Plane) -> Shape:
    a, b = drawing.anchors[:2]
    corners = _corners(points[0], points[1])
    role = "gain" if b.price >= a.price else "loss"
    x, up = (points[0][0] + points[1][0]) / 2, points[1][1] <= points[0][1]
    label = Label(x, points[1][1] + (-8 if up else 8), measured(a, b, plane), "above" if up else "below", role)
    return Shape(_outline(corners), [(corners, role)], [label])


def _position(drawing: Drawing, points: list[Point], plane: Plane) -> Shape:
    entry, stop, target = (a.price for a in drawing.anchors[:3])
    left, right = points[0][0], points[1][0]
    y, down, up = (plane.y(p) for p in (entry, stop, target))
    risk, gain = abs(entry - stop), abs(target - entry)
    side = "Long" if stop < entry else "Short"
    middle = (left + right) / 2
    ratio = f"{gain / risk:.2f}" if risk else "—"
    fills = [(_corners((left, y), (right, down)), "loss"), (_corners((left, y), (right, up)), "gain")]
    labels = [
        Label(middle, up + (-8 if up <= y else 8), f"Target {plane.price_text(target)}  {_share(target, entry)}",
              "above" if up <= y else "below", "gain"),
        Label(middle, y, f"{side}  {plane.price_text(entry)}  R:R {ratio}", "middle"),
        Label(middle, down + (8 if down >= y else -8), f"Stop {plane.price_text(stop)}  {_share(stop, entry)}",
              "below" if down >= y else "above", "loss"),
    ]  # fmt: skip
    levels = [(left, height, right, height) for height in (y, down, up)]
    return Shape(levels, fills, labels, [(left, y), (right, down), (right, up)])


def _text(drawing: Drawing, points: list[Point], _: Plane) -> Shape:
    lines = [part for line in drawing.text.splitlines() for part in wrap(line, WIDEST_TEXT) or [""]]
    return Shape(labels=[Label(*points[0], "\n".join(lines) or "Text", "right", "text")])


def measured(a: Anchor, b: Anchor, plane: Plane) -> str:
    """The way from ``a`` to ``b``: price, per cent, bars and time."""
    change = b.price - a.price
    sign = "+" if change >= 0 else ""
    bars = plane.bars(a.time, b.time)
    return f"{sign}{plane.price_text(change)} ({_share(b.price, a.price)})   {bars} bars, {_span(abs(b.time - a.time))}"


def _share(price: float, base: float) -> str:
    return f"{(price / base - 1) * 100:+.2f}%".replace("-", "−") if base else "—"


def _span(ms: int) -> str:
    minutes = ms // 60_000
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (rest, "min")) if n]
    return " ".join(parts[:2]) or "0 min"


def _edge(a: Point, b: Point, plane: Plane) -> Point:
    """Where the way from ``a`` through ``b`` leaves the plane."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    reach = [
        (limit - start) / step
        for start, step, limits in ((a[0], dx, (plane.left, plane.right)), (a[1], dy, (plane.top, plane.bottom)))
        for limit in limits
        if step and (limit - start) / step > 0
    ]
    far = max(1.0, max(reach, default=1.0))
    # a line that leaves far outside would only cost: a hair beyond the edge is as good
    far = min(far, 1e6 / max(1.0, math.hypot(dx, dy)))
    return a[0] + dx * far, a[1] + dy * far


def _corners(a: Point, b: Point) -> tuple[Point, ...]:
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _outline(corners: tuple[Point, ...]) -> list[tuple[float, float, float, float]]:
    return [(*corners[i], *corners[(i + 1) % 4]) for i in range(4)]


def _to_segment(x: float, y: float, line: tuple[float, float, float, float]) -> float:
    ax, ay, bx, by = line
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length)) if length else 0.0
    return math.hypot(ax + t * dx - x, ay + t * dy - y)


def _to_label(x: float, y: float, label: Label) -> float:
    # words are about seven pixels a letter; exact metrics are the painter's
    lines = label.text.split("\n")
    width, height = 7.0 * max(map(len, lines)), 16.0 * len(lines)
    dx = max(label.x - x, 0.0, x - label.x - width)
    dy = max(label.y - 8 - y, 0.0, y - (label.y - 8 + height))
    return math.hypot(dx, dy)


def _inside(x: float, y: float, corners: tuple[Point, ...]) -> bool:
    inside = False
    for i, (ax, ay) in enumerate(corners):
        bx, by = corners[i - 1]
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


_MAKERS: dict[str, Callable[[Drawing, list[Point], Plane], Shape]] = {
    "trend": _trend, "ray": _ray, "horizontal": _horizontal, "vertical": _vertical, "channel": _channel,
    "rectangle": _rectangle, "fibonacci": _fibonacci, "measure": _measure, "position": _position, "text": _text,
}  # fmt: skip
_LEAST = {"horizontal": 1, "vertical": 1, "text": 1, "channel": 3, "position": 3}

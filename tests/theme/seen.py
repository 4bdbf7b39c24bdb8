"""How far apart two colours look, also to eyes that lack a kind of cone.

Colours are mapped to OKLab (Ottosson, 2020), where equal distances look about equal; 0.02 is just noticed side by
side. The eyes are those of Machado, Oliveira and Fernandes (2009) at full severity, on linear RGB.
"""

from math import dist

EYES = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_LMS = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005))  # fmt: skip
_LAB = ((0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660))  # fmt: skip
Matrix = tuple[tuple[float, float, float], ...]


def apart(one: str, other: str, eyes: str = "all cones") -> float:
    """The distance of two colours '#rrggbb' in OKLab, as ``eyes`` see them."""
    return dist(_seen(one, eyes), _seen(other, eyes))


def _seen(colour: str, eyes: str) -> tuple[float, ...]:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = tuple(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    reached = tuple(min(1.0, max(0.0, part)) for part in _times(EYES[eyes], linear))
    return _times(_LAB, tuple(part ** (1 / 3) for part in _times(_LMS, reached)))


def _times(matrix: Matrix, values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix)

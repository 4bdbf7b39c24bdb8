"""Tables drawn with lines. Loading a library for them took as long as a backtest."""

from collections.abc import Sequence

Words = Sequence[str]
# left, line, between and right of the first line, the words, the line below the head, the words and the last line
_LINES = ("┏━┳┓", "┃ ┃┃", "┡━╇┩", "│ ││", "└─┴┘")
_PLAIN = ("+-++", "| ||", "+-++", "| ||", "+-++")
_NARROW = 6  # no column is made narrower than this to fit


def drawn(
    title: str, columns: Words, rows: Sequence[Words], right: Sequence[bool], width: int, plain: bool
) -> list[str]:
    """The lines of a table that is ``width`` characters wide at most, where its columns can be made so narrow.

    ``right``: which columns are aligned right. ``plain``: in ASCII, for a screen that may not know other lines.
    """
    top, head, below, body, bottom = _PLAIN if plain else _LINES
    widths = _widths([columns, *rows], width - 3 * len(columns) - 1)
    found = [title, _rule(top, widths), *_row(head, columns, widths, right), _rule(below, widths)]
    for row in rows:
        found += _row(body, row, widths, right)
    return [*found, _rule(bottom, widths)]


def _widths(rows: Sequence[Words], room: int) -> list[int]:
    """As wide as the widest word of each column; the widest columns give way until all fit into ``room``."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) > room and max(widths) > _NARROW:
        widest = widths.index(max(widths))
        second = max((w for w in widths if w < widths[widest]), default=_NARROW)
        equal = widths.count(widths[widest])
        widths[widest] -= min(max(1, widths[widest] - max(second, _NARROW)), max(1, (sum(widths) - room) // equal))
    return widths


def _rule(parts: str, widths: Sequence[int]) -> str:
    left, line, between, end = tuple(parts)
    return left + between.join(line * (w + 2) for w in widths) + end


def _folded(cell: str, width: int) -> Words:
    if len(cell) <= width and "\n" not in cell:
        return [cell]
    from textwrap import wrap

    return wrap(cell, max(1, width)) or [""]


def _row(parts: str, cells: Words, widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """The lines of one row: as many as its longest cell is folded to."""
    left, _, between, end = tuple(parts)
    folded = [_folded(cell, w) for cell, w in zip(cells, widths, strict=True)]
    found = []
    for k in range(max(map(len, folded))):
        words = [cell[k] if k < len(cell) else "" for cell in folded]
        aligned = (x.rjust(w) if r else x.ljust(w) for x, w, r in zip(words, widths, right, strict=True))
        found.append(left + between.join(f" {x} " for x in aligned) + end)
    return found

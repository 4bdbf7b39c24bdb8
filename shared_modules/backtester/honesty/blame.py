"""The source line through which later bars get into a wish.

The strategy is run twice with the same past and another future, and watched line by line. Where a value that belongs
to the past differs between the two, the future has come in. From the wish that changed this goes back, value by
value, to the first statement that made a differing value of equal ones, and in it to the innermost such expression.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared_modules.strategies.base import Strategy

from .code import Source, argument, expressions, names_read, sources_of
from .ground import FUTURES, Ground, columns_of, differing
from .hints import hint, suspicious
from .lookahead import Leak
from .pieces import Known, apart
from .tracing import RETURNED, Change, Record, Watch

Origin = tuple[Source, int, ast.AST | None]
_SIZES = (400, 1_500, 6_000)


@dataclass(frozen=True)
class Blame:
    """Where a look ahead is written: ``code`` at ``line`` of ``file``, and ``why`` it is one; line 0 where unknown.

    ``certain``: it was seen to bring the future in; else it is only what such mistakes look like.
    """

    file: str
    line: int
    code: str
    why: str
    certain: bool = True

    def __str__(self) -> str:
        if not self.line:
            return self.why
        return f"{self.file}, line {self.line}: {self.code}" + (f" ({self.why})" if self.why else "")


def blame(strategy: Strategy, leak: Leak) -> Blame:
    """The line to blame for ``leak``; by its look alone where the run can't be watched."""
    sources = sources_of(strategy)
    try:
        pair = next(_pairs(strategy, leak), None)
        found = None if pair is None else _origin(strategy, sources, *pair, leak.column)
    except Exception:  # noqa: BLE001 - the strategy's own code runs here on shorter data, and may raise anything
        return _by_look(strategy, sources)
    return _by_look(strategy, sources) if found is None else _told(strategy, *found)


def _origin(
    strategy: Strategy, sources: dict[str, Source], real: Ground, other: Ground, known: Known, column: str
) -> Origin | None:
    """Where ``column`` first differs. A value that only the other future changed is seen from that side alone."""
    found = _Search(strategy, sources, real, other, known).origin(column)
    if found is None or isinstance(found[2], ast.Name):
        turned = _Search(strategy, sources, other, real, known).origin(column)
        found = found if turned is None else turned
    return found


def _told(strategy: Strategy, source: Source, line: int, node: ast.AST | None) -> Blame:
    why = "" if node is None else hint(node)
    if not why and strategy.timeframes and isinstance(node, ast.Subscript):
        why = "a longer bar that is still running is not finished; read view.higher through indicators.align"
    code = "" if node is None else source.snippet(node)
    return Blame(Path(source.path).name, line, code or source.line_text(line), why)


def _by_look(strategy: Strategy, sources: dict[str, Source]) -> Blame:
    for source in sources.values():
        for node, why in suspicious(source, type(strategy).__name__):
            return Blame(Path(source.path).name, node.lineno, source.snippet(node), f"perhaps: {why}", certain=False)
    return Blame("", 0, "", "the line could not be found", certain=False)


def _pairs(strategy: Strategy, leak: Leak) -> Iterator[tuple[Ground, Ground, Known]]:
    """The smallest stretch around ``leak`` that still shows it: with its real future, with another, and what is known.

    Futures as long as the real one come first: then nothing but prices differs.
    """
    n = len(leak.ground.bars())
    for size in (*_SIZES, n):
        first = max(0, leak.known - size)
        last = min(n, leak.known + max(60, size // 4))
        if size < n and (first, last) == (0, n):
            continue
        real = leak.ground.rows(first, last)
        here = columns_of(strategy.signals(real.view()))
        for kind in dict.fromkeys((leak.future, *FUTURES[1:], FUTURES[0])):
            if kind == FUTURES[0] and size < n:
                continue
            other = real.with_future(leak.known - first, kind)
            there = columns_of(strategy.signals(other.view()))
            both = leak.column in here and leak.column in there
            if both and len(differing(here[leak.column], there[leak.column], leak.known - first)):
                yield real, other, _known(real, leak.known - first)


def _known(ground: Ground, known: int) -> Known:
    view = ground.view()
    end = ground.end_of(known - 1)
    rows = {len(bars): int((bars.time + frame.ms <= end).sum()) for frame, bars in view.higher.items()}
    return Known(rows | {len(view.bars): known}, len(view.bars), end)


class _Search:
    def __init__(
        self, strategy: Strategy, sources: dict[str, Source], real: Ground, other: Ground, known: Known
    ) -> None:
        self._strategy, self._sources, self._known = strategy, sources, known
        self._grounds = (real, other)
        one, two = self._watched()
        self._record = one
        self._apart = _differences(one, two)

    def _watched(self, at: tuple[int, frozenset[int], int] | None = None) -> tuple[Record, Record]:
        one, two = (Watch(self._sources, self._known, at).run(self._strategy, g) for g in self._grounds)
        return one, two

    def origin(self, column: str) -> Origin | None:
        """File, line and expression that first differ on the way to ``column``."""
        call = self._record.calls.get(0)
        if call is None or call.name != "signals":
            return None
        statement = call.source.statement(call.returned_at)
        if statement is None:
            return None
        return self._back(0, statement, argument(statement, column), len(self._record.changes))

    def _back(self, frame: int, statement: ast.stmt, part: ast.AST, before: int, hit: int = 1) -> Origin:
        """Follow what ``part`` of ``statement`` reads back to where it first differed."""
        call = self._record.calls[frame]
        names = names_read(part)
        names += [n for test in call.source.branches(statement.lineno) for n in names_read(test) if n not in names]
        loop = call.source.loop(statement.lineno)
        if loop is not None:
            names += [n for n in _loop_names(loop) if n not in names]
        earlier = self._first(frame, names, before)
        if earlier is not None and earlier[1].line:
            at, change = earlier
            made_by = call.source.statement(change.line)
            inside = loop is not None and made_by is not None and call.source.loop(change.line) is loop
            if made_by is not None and not inside:
                return self._back(frame, made_by, made_by, at, change.hit)
        inner = self._called(frame, statement.lineno)
        if inner is not None:
            back = self._record.calls[inner].source.statement(self._record.calls[inner].returned_at)
            if back is not None:
                return self._back(inner, back, back, len(self._record.changes))
        if loop is not None:
            return self._in_loop(frame, loop)
        return self._expression(frame, statement, part, hit)

    def _first(self, frame: int, names: list[str], before: int) -> tuple[int, Change] | None:
        """The earliest differing change of one of ``names``: of rows if there is any, else of whole values."""
        for kind in ("rows", "whole"):
            for at, change in enumerate(self._record.changes[:before]):
                if change.frame == frame and change.name in names and self._apart.get(at) == kind:
                    return at, change
        return None

    def _called(self, frame: int, line: int) -> int | None:
        """A call made by that line whose outcome differs, and whose arguments don't."""
        for at, change in enumerate(self._record.changes):
            call = self._record.calls[change.frame]
            if change.name == RETURNED and at in self._apart and (call.parent, call.parent_line) == (frame, line):
                given = any(c.frame == change.frame and c.line == 0 and k in self._apart
                            for k, c in enumerate(self._record.changes))  # fmt: skip
                return None if given else change.frame
        return None

    def _expression(self, frame: int, statement: ast.stmt, part: ast.AST, hit: int) -> Origin:
        source = self._record.calls[frame].source
        one, two = self._watched((frame, frozenset([statement.lineno]), hit))
        nodes = list(expressions(statement))
        wanted = {id(n) for n in ast.walk(part)}
        for (_, number, a), (_, other, b) in zip(one.evaluated, two.evaluated, strict=False):
            if number == other and id(nodes[number]) in wanted and apart(a, b):
                return source, nodes[number].lineno, nodes[number]
        return source, statement.lineno, statement

    def _in_loop(self, frame: int, loop: ast.For | ast.While) -> Origin:
        """The first expression of the loop that differs while it still goes through known bars."""
        source = self._record.calls[frame].source
        if isinstance(loop, ast.For) and _backwards(loop):
            return source, loop.lineno, loop.iter
        found = [n for n in ast.walk(loop) if isinstance(n, ast.stmt)]
        lines = frozenset(n.lineno for n in found)
        one, two = self._watched((frame, lines, 1))
        for (line, number, a), (other_line, other, b) in zip(one.evaluated, two.evaluated, strict=False):
            if (line, number) != (other_line, other):
                break
            if apart(a, b):
                statement = source.statement(line)
                node = list(expressions(statement))[number] if statement is not None else None
                return source, node.lineno if node is not None else line, node
        return source, loop.lineno, loop


def _loop_names(loop: ast.For | ast.While) -> list[str]:
    return list(dict.fromkeys(n for child in ast.walk(loop) if isinstance(child, ast.stmt) for n in names_read(child)))


def _backwards(loop: ast.For) -> bool:
    over = loop.iter
    if not isinstance(over, ast.Call):
        return False
    called = over.func.id if isinstance(over.func, ast.Name) else ""
    step = over.args[2] if called in ("range", "prange") and len(over.args) > 2 else None
    return called == "reversed" or (isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub))


def _differences(one: Record, two: Record) -> dict[int, str]:
    """Which changes of ``one`` say something else than the same ones of ``two``."""
    others = {change.key: change for change in two.changes}
    last = {change.key: at for at, change in enumerate(one.changes)}
    ends, final = ({(c.frame, c.name): c for c in run.changes} for run in (one, two))
    found = {}
    for at, change in enumerate(one.changes):
        # of the many changes within a loop only the last of either run are of the same moment
        other = others.get(change.key) if last[change.key] == at else None
        # a branch that only one run took: what the name was in the end must do
        if other is None and ends[change.frame, change.name] is change:
            other = final.get((change.frame, change.name))
        kind = "" if other is None else apart(change.pieces, other.pieces)
        if kind:
            found[at] = kind
    return found

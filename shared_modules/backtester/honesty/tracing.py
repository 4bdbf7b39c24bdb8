"""A strategy's run watched line by line: which statement gave which name which value."""

from __future__ import annotations

import ast
import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from shared_modules.strategies.base import Strategy

from .code import Source, expressions
from .ground import Ground
from .pieces import Known, Pieces, pieces, stamp

_HITS = 20  # a statement run more often than this lies in a loop, whose values are looked at another way
_MOST_EVENTS = 3_000_000
RETURNED = "<returned>"
MANY = -1


@dataclass(frozen=True)
class Change:
    """After the ``hit``-th run (`MANY`: some late one) of the statement at ``line`` in ``frame``, ``name`` was new."""

    frame: int
    line: int
    hit: int
    name: str
    pieces: Pieces

    @property
    def key(self) -> tuple[int, int, int, str]:
        return self.frame, self.line, self.hit, self.name


@dataclass
class Call:
    """One call of a function of the strategy: from which call and line, and what it was."""

    serial: int
    source: Source
    name: str
    parent: int | None
    parent_line: int
    last_line: int = 0
    returned_at: int = 0
    stamps: dict[str, Any] = field(default_factory=dict)
    hits: Counter[int] = field(default_factory=Counter)


@dataclass
class Record:
    """What one run left: changes in order, and the calls by number."""

    changes: list[Change] = field(default_factory=list)
    calls: dict[int, Call] = field(default_factory=dict)
    evaluated: list[tuple[int, int, Pieces]] = field(default_factory=list)


class TooMuch(Exception):
    """The run took more steps than can be watched."""


class Watch:
    """Runs a strategy and records every new value of its names.

    With ``at`` (call, lines, from which hit) it evaluates the expressions of those lines instead, before each runs.
    """

    def __init__(
        self,
        sources: dict[str, Source],
        known: Known,
        at: tuple[int, frozenset[int], int] | None = None,
    ) -> None:
        self.record = Record()
        self._sources, self._known, self._at = sources, known, at
        self._serials: dict[int, Call] = {}
        self._events = 0
        self._compiled: dict[int, list[tuple[int, CodeType]]] = {}
        self._evaluating = False

    def run(self, strategy: Strategy, ground: Ground) -> Record:
        """Watch one run over ``ground``; raises `TooMuch`, or what the strategy raises."""
        view = ground.view()
        with _in_python(strategy):
            before = sys.gettrace()
            sys.settrace(self._on_call)
            try:
                strategy.signals(view)
            finally:
                sys.settrace(before)
        return self.record

    def _on_call(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        source = self._sources.get(frame.f_code.co_filename)
        if source is None or self._evaluating:
            return None
        parent = frame.f_back
        caller = self._serials.get(id(parent)) if parent is not None else None
        serial = len(self.record.calls)
        call = Call(serial, source, frame.f_code.co_name, None if caller is None else caller.serial,
                    0 if caller is None else caller.last_line)  # fmt: skip
        self.record.calls[serial] = self._serials[id(frame)] = call
        return self._on_line

    def _on_line(self, frame: FrameType, event: str, value: Any) -> Callable[..., Any]:
        self._events += 1
        if self._events > _MOST_EVENTS:
            raise TooMuch
        call = self._serials[id(frame)]
        if event == "line":
            line = self._statement_line(call.source, frame.f_lineno)
            if line != call.last_line or call.source.loop(line) is not None:
                call.hits[line] += 1
                self._look(call, frame, line)
                call.last_line = line
        elif event == "return":
            call.returned_at = call.last_line
            if self._at is None:
                self._note(call, RETURNED, value)
            self._serials.pop(id(frame), None)
        return self._on_line

    def _look(self, call: Call, frame: FrameType, line: int) -> None:
        if self._at is None:
            if call.hits[line] <= _HITS:
                for name, value in frame.f_locals.items():
                    self._note(call, name, value)
            return
        serial, lines, hit = self._at
        if call.serial == serial and line in lines and call.hits[line] >= hit:
            self._evaluate(call, frame, line)

    def _note(self, call: Call, name: str, value: Any) -> None:
        new = stamp(value)
        if name != RETURNED and name in call.stamps and call.stamps[name] == new:
            return
        call.stamps[name] = new
        found = pieces(value, self._known)
        if found:
            at = call.last_line
            # how often a loop went round may itself depend on the future
            hit = call.hits[at] if call.hits[at] <= _HITS else MANY
            self.record.changes.append(Change(call.serial, at, hit, name, found))

    def _evaluate(self, call: Call, frame: FrameType, line: int) -> None:
        if line not in self._compiled:
            alone = self._at is None or len(self._at[1]) == 1
            self._compiled[line] = _compiled(call.source, line, alone)
        self._evaluating = True
        # one name space, or comprehensions would not see the local names
        names = {**frame.f_globals, **frame.f_locals}
        try:
            for number, code in self._compiled[line]:
                with contextlib.suppress(Exception):
                    value = eval(code, names)
                    self.record.evaluated.append((line, number, pieces(value, self._known)))
        finally:
            self._evaluating = False

    def _statement_line(self, source: Source, line: int) -> int:
        found = source.statement(line)
        return line if found is None else found.lineno


def _compiled(source: Source, line: int, names: bool) -> list[tuple[int, CodeType]]:
    """The expressions of the statement at ``line`` with their numbers; ``names``: those that are but a name, too."""
    statement = source.statement(line)
    if statement is None:
        return []
    found = []
    for number, node in enumerate(expressions(statement)):
        # in a loop whole arrays by their names would be compared again and again
        if not names and isinstance(node, (ast.Name, ast.Attribute)):
            continue
        with contextlib.suppress(SyntaxError, ValueError):
            found.append((number, compile(ast.Expression(node), "<looked at>", "eval")))
    return found


@contextlib.contextmanager
def _in_python(strategy: Strategy) -> Iterator[None]:
    """Compiled functions of the strategy's module as plain ones meanwhile: compiled code can't be watched."""
    names = vars(sys.modules[type(strategy).__module__])
    compiled = {n: v for n, v in names.items() if callable(getattr(v, "py_func", None))}
    try:
        names.update((n, v.py_func) for n, v in compiled.items())
        yield
    finally:
        names.update(compiled)

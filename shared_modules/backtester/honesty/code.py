"""The source of a strategy as a tree: which statement a line belongs to, which loop a statement lies in."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shared_modules.strategies.base import Signals, Strategy

COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef)
LOOPS = (ast.For, ast.While)


@dataclass(frozen=True, eq=False)
class Source:
    """One file, parsed."""

    path: str
    text: str
    tree: ast.Module

    def statement(self, line: int) -> ast.stmt | None:
        """The innermost statement that ``line`` belongs to; of a loop or a branch, only its head counts."""
        return _statements(self).get(line)

    @lru_cache(maxsize=4096)  # noqa: B019 - asked at each step of a watched run; few files are ever held
    def function(self, line: int) -> ast.FunctionDef | None:
        """The innermost function around ``line``."""
        around = [f for f in ast.walk(self.tree) if isinstance(f, ast.FunctionDef) and _spans(f, line)]
        return max(around, key=lambda f: f.lineno, default=None)

    @lru_cache(maxsize=4096)  # noqa: B019
    def loop(self, line: int) -> ast.For | ast.While | None:
        """The outermost loop of the function around ``line`` that ``line`` lies in."""
        function = self.function(line)
        inside = function if function is not None else self.tree
        around = [n for n in ast.walk(inside) if isinstance(n, LOOPS) and _spans(n, line)]
        return min(around, key=lambda n: n.lineno, default=None)

    def branches(self, line: int) -> list[ast.expr]:
        """The conditions that ``line`` stands under, within its function."""
        function = self.function(line)
        if function is None:
            return []
        found = [n for n in ast.walk(function) if isinstance(n, (ast.If, ast.While)) and n.lineno < line]
        return [n.test for n in found if _spans(n, line)]

    def snippet(self, node: ast.AST) -> str:
        """The text of ``node`` on one line, cut where it is long."""
        text = " ".join((ast.get_source_segment(self.text, node) or "").split())
        return text if len(text) <= 80 else text[:77] + "..."

    def line_text(self, line: int) -> str:
        """The line itself."""
        lines = self.text.splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _spans(node: ast.AST, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)  # type: ignore[attr-defined, no-any-return]


@lru_cache(maxsize=32)
def _statements(source: Source) -> dict[int, ast.stmt]:
    found: dict[int, ast.stmt] = {}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.stmt):
            continue
        last = node.end_lineno or node.lineno
        if isinstance(node, COMPOUND):
            body = [child.lineno for child in getattr(node, "body", ()) if isinstance(child, ast.stmt)]
            last = max(node.lineno, min(body, default=last + 1) - 1)
        # ast.walk goes from the outside in, so the innermost stays
        found.update(dict.fromkeys(range(node.lineno, last + 1), node))
    return found


@lru_cache(maxsize=64)
def _parsed(path: str, mtime: int) -> Source | None:
    try:
        text = Path(path).read_text(encoding="utf-8")
        return Source(path, text, ast.parse(text, path))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None


def sources_of(strategy: Strategy) -> dict[str, Source]:
    """The files that ``strategy`` and its bases are written in, by the name that the interpreter uses."""
    found: dict[str, Source] = {}
    for cls in type(strategy).__mro__:
        if cls in (Strategy, object) or not issubclass(cls, Strategy):
            continue
        path = inspect.getsourcefile(cls) if cls.__module__ != "builtins" else None
        if path is None or not Path(path).is_file():
            continue
        source = _parsed(path, Path(path).stat().st_mtime_ns)
        if source is not None:
            found[inspect.getfile(cls)] = source
    return found


def names_read(node: ast.AST) -> list[str]:
    """The names whose values ``node`` reads; of a loop or a branch, those of its head."""
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.For):
        parts = [node.iter]
    elif isinstance(node, (ast.While, ast.If)):
        parts = [node.test]
    names = [n.id for p in parts for n in ast.walk(p) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        names.append(node.target.id)
    return list(dict.fromkeys(names))


def expressions(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in ``node``, inner ones first; none with names of their own, none that changes things."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return
    heads = {ast.For: ("iter",), ast.While: ("test",), ast.If: ("test",), ast.With: ("items",), ast.Try: ()}
    names = heads.get(type(node), node._fields)
    inner = isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
    for name in () if inner else names:
        value = getattr(node, name, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from expressions(child)
    if isinstance(node, ast.expr) and not isinstance(node, (ast.Constant, ast.Starred, ast.Lambda, ast.Slice)):
        stored = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if not stored and not any(_acts(n) for n in ast.walk(node)):
            yield node


_ACTS = {"append", "pop", "extend", "insert", "update", "setdefault", "remove", "clear", "send", "add", "popitem",
         "write", "sort", "popleft", "appendleft", "print", "next", "input", "open", "setattr"}  # fmt: skip

_PURE = {"np", "numpy", "pd", "pandas", "math"}  # their functions of these names give something new


def _acts(node: ast.AST) -> bool:
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr)):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in _PURE:
        return False
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in _ACTS


def argument(statement: ast.stmt, column: str) -> ast.AST:
    """The part of a return of Signals(...) that gives ``column``; the statement itself where that is not written."""
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Return) or not isinstance(value, ast.Call):
        return statement
    called = value.func.id if isinstance(value.func, ast.Name) else getattr(value.func, "attr", "")
    if called != "Signals":
        return statement
    wanted = column.split("[")[0] if not column.startswith("plot ") else "plots"
    for keyword in value.keywords:
        if keyword.arg == wanted:
            return keyword.value
    order = list(Signals.__dataclass_fields__)
    place = order.index(wanted) if wanted in order else len(order)
    return value.args[place] if place < len(value.args) else statement

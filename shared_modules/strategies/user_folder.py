"""The user's strategy files: each loaded by itself, so that a mistake in one harms no other.

Of each file that could be used a copy is kept beside them. When the file is broken by a change, that copy goes on until
it is mended; it is text, so that another process and the next start find it too.
"""

import ctypes
import hashlib
import linecache
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from shared_modules.core.paths import patiently, write_whole

from .base import Strategy

KEPT = ".working"
# how long one file may run to be loaded, s
LIMIT = 30.0
MARK = "_registered_in"
Classes = tuple[type[Strategy], ...]


@dataclass(frozen=True, slots=True)
class BrokenStrategy:
    """A user's file that could not be used; ``line`` is 0 where none is to blame.

    ``kept``: the version before it is used in its place.
    """

    path: Path
    line: int
    message: str
    kept: bool = False

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line else ""
        return f"{self.path.name}{at}: {self.message}"


@dataclass(frozen=True, slots=True)
class UserFile:
    """What one file gave: its strategies, or those of the version before it, and what is wrong with it."""

    path: Path
    classes: Classes
    error: BrokenStrategy | None = None


def user_files(folder: Path, naming: str = "") -> tuple[UserFile, ...]:
    """The files of ``folder`` in order of their names, loaded; an unchanged one keeps its classes.

    With ``naming`` only those that have this word in them: the others need not run to find it.
    """
    if not folder.is_dir():
        return ()
    paths = sorted(folder.glob("*.py"))
    return tuple(_user_file(folder, path) for path in paths if naming.encode() in _read(path)[0])


def user_file(path: Path) -> UserFile:
    """One file by itself, wherever it lies."""
    return UserFile(path, *_load(path, *_read(path)))


def keep_working(folder: Path, files: tuple[UserFile, ...]) -> None:
    """Put a copy of each file of ``files`` that works aside, and forget those of files that are gone."""
    kept = folder / KEPT
    for file in files:
        if file.error is None:
            source, copy = file.path.read_bytes(), kept / file.path.name
            if not copy.is_file() or copy.read_bytes() != source:
                write_whole(copy, source)
    there = {file.path.name for file in files}
    for copy in kept.glob("*.py"):
        if copy.name not in there:
            patiently(copy.unlink)


def version_notes(cls: type[Strategy]) -> tuple[str, ...]:
    """A sentence if ``cls`` is the version before a change that broke its file."""
    copy = Path(getattr(sys.modules[cls.__module__], "__file__", None) or "")
    if copy.parent.name != KEPT:
        return ()
    return (f"{copy.name} can't be used as it is now; this ran with the version of it that worked last.",)


def _user_file(folder: Path, path: Path) -> UserFile:
    classes, error = _load(path, *_read(path))
    copy = folder / KEPT / path.name
    if error is not None and copy.is_file():
        before, trouble = _load(copy, *_read(copy))
        if trouble is None:
            return UserFile(path, before, replace(error, kept=True))
    return UserFile(path, classes, error)


def _read(path: Path) -> tuple[bytes, str]:
    try:
        return path.read_bytes(), ""
    except OSError as error:
        return b"", f"it can't be read: {error.strerror or error}"


Loaded = tuple[Classes, BrokenStrategy | None]


# by its text, not its time: an editor may save twice within one tick of the disk's clock
@lru_cache(maxsize=256)
def _load(path: Path, source: bytes, trouble: str) -> Loaded:
    if trouble:
        return (), BrokenStrategy(path, 0, trouble)
    name = f"user_strategies.{path.stem}_{hashlib.sha256(source).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    linecache.checkcache(str(path))
    try:
        with _in_time():
            exec(compile(source, str(path), "exec"), vars(module))
        classes = registered(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's file may raise anything, and must not stop the others
        del sys.modules[name]
        return (), BrokenStrategy(path, line_in(path, error), f"{type(error).__name__}: {_said(error)}")
    if not classes:
        return (), BrokenStrategy(path, 0, "there is no class under @register in it")
    return classes, None


class TooLong(Exception):
    """A file runs for longer than any should that only says what a strategy is."""


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise `TooLong` in this thread, wherever it is in its own code, once it has been in here for `LIMIT` seconds."""
    thread, lock, left = threading.get_ident(), threading.Lock(), False

    def end() -> None:
        with lock:
            if not left:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TooLong))

    timer = threading.Timer(LIMIT, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            left = True
        timer.cancel()


def _said(error: BaseException) -> str:
    if isinstance(error, TooLong):
        return f"it was still running after {LIMIT:g} s; a file may only say what a strategy is, not loop or compute"
    # a SyntaxError's own text repeats file and line
    return str(error.msg if isinstance(error, SyntaxError) else error)


def registered(module: ModuleType) -> Classes:
    """The strategies that ``module`` itself registers."""
    return tuple(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__dict__.get(MARK) == module.__name__
    )


def line_in(path: Path, error: BaseException) -> int:
    """The last line of ``path`` that ``error`` passed through; 0 when it did not."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename) == path:
        return error.lineno or 0
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    return (lines[-1] if lines else 0) or 0

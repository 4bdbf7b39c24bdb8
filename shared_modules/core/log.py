"""Logging: a rotating JSON file, a readable console and any number of listeners; secrets never appear.

The engine logs through the standard `logging` module; structlog only shapes the records. A correlation id set with
`operation` travels with everything logged inside it, across awaits.
"""

import copy
import logging
import logging.handlers
import os
import queue
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

_operation: ContextVar[str] = ContextVar("operation", default="")
_SECRET_KEY = re.compile(
    r"(?i)([\w-]*(api[_-]?key|secret([_-]?key)?|private[_-]?key|passw(or)?d|passphrase|token|signature|bapi-sign)"
    r"|sign|authorization)"
)
# a name that ends in one of these, however it begins; ':' or '=' (or a comma between quotes, as in a printed tuple);
# then a quoted value up to its quote, or a bare one up to the next separator
_SECRET_TEXT = re.compile(
    r"(?i)\b([\w-]{0,40}(?:api[_-]?key|secret(?:[_-]?key)?|private[_-]?key|passw(?:or)?d|passphrase|token"
    r"|signature|bapi-sign)|sign|authorization)"
    r"(\\*['\"]?\s*[:=]\s*|\\*['\"]\s*,\s*(?=\\*['\"]))"
    r"(?:[bBrRuU]{0,2}(?P<quote>\\*['\"])(?:(?!(?P=quote)).)*(?P=quote)?|(?:Bearer\s+|Basic\s+)?[^\s'\",&;}\])]+)"
)
MASK = "***"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line for a live panel."""

    time: int
    level: str
    logger: str
    text: str
    operation: str = ""


@contextmanager
def operation(name: str, identity: str | None = None) -> Iterator[str]:
    """Give everything logged inside the block one correlation id, which is yielded; or take up ``identity`` again."""
    identity = identity or f"{name}-{uuid4().hex[:8]}"
    token = _operation.set(identity)
    try:
        yield identity
    finally:
        _operation.reset(token)


@contextmanager
def timed(logger: logging.Logger, what: str, slow: float = 0.5) -> Iterator[None]:
    """Log the duration of the block when it takes longer than ``slow`` seconds.

    A note for who looks for the time, no warning: a busy PC or a slow line is nothing a person must act on.
    """
    started = time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - started
        if took >= slow:
            logger.info("%s took %.2f s", what, took)


def redacted(text: str) -> str:
    """``text`` with the values of anything that looks like a key, secret, password or signature masked."""
    return _SECRET_TEXT.sub(lambda m: m.group(1) + m.group(2) + _masked(m["quote"]), text)


def _masked(quote: str | None) -> str:
    return f"{quote}{MASK}{quote}" if quote else MASK


def _cleaned(value: Any) -> Any:
    """``value`` without secrets, as plain data for a log file."""
    if isinstance(value, Mapping):
        return {k: MASK if _SECRET_KEY.fullmatch(str(k)) else _cleaned(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(v) for v in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redacted(str(value))


class LogSystem:
    """Owns the handlers of the root logger between `start` and `stop`; writing happens on its own thread."""

    def __init__(self, folder: Path, level: str = "INFO", console: bool = True, keep: int = 10, size: int = 5_000_000):
        self._folder, self._level, self._console, self._keep, self._size = folder, level, console, keep, size
        self._listeners: dict[Callable[[LogLine], None], None] = {}
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._handler = _Enqueue(self._queue)
        self._writer: logging.handlers.QueueListener | None = None
        self._counts = {"WARNING": 0, "ERROR": 0}
        self._level_before = logging.WARNING

    @property
    def warnings(self) -> int:
        return self._counts["WARNING"]

    @property
    def errors(self) -> int:
        return self._counts["ERROR"]

    def start(self) -> None:
        """Take the root logger over; twice is safe."""
        if self._writer is not None:
            return
        handlers: list[logging.Handler] = [self._file_handler(), _Listeners(self._listeners, self._counts)]
        # a windowed Windows program has no stderr
        if self._console and sys.stderr is not None:
            handlers.append(self._console_handler())
        self._writer = logging.handlers.QueueListener(self._queue, *handlers, respect_handler_level=True)
        root = logging.getLogger()
        root.addHandler(self._handler)
        self._level_before = root.level
        root.setLevel(self._level)
        for noisy in ("asyncio", "qasync", "numba", "urllib3", "websockets", "aiohttp.access", "pybit", "picows"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self._writer.start()

    def stop(self) -> None:
        """Write what is waiting and let go of the root logger."""
        if self._writer is None:
            return
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)
        self._writer.stop()
        for handler in self._writer.handlers:
            handler.close()
        self._writer = None

    def listen(self, listener: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call ``listener`` with every line, on the writer's thread, until the returned function is called."""
        self._listeners[listener] = None

        def undo() -> None:
            self._listeners.pop(listener, None)

        return undo

    def _file_handler(self) -> logging.Handler:
        self._folder.mkdir(parents=True, exist_ok=True)
        handler = _PatientRotation(
            self._folder / "tradebot.jsonl", maxBytes=self._size, backupCount=self._keep, encoding="utf-8", delay=True
        )
        handler.setFormatter(_formatter(structlog.processors.JSONRenderer(ensure_ascii=False)))
        return handler

    def _console_handler(self) -> logging.Handler:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
        handler.setFormatter(_formatter(_without_trace, structlog.dev.ConsoleRenderer(colors=False)))
        return handler


class _Enqueue(logging.handlers.QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record = copy.copy(record)  # other handlers get the record as it was
        record.operation = _operation.get()
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return record


class _PatientRotation(logging.handlers.RotatingFileHandler):
    def doRollover(self) -> None:
        if self.stream:
            self.stream.close()
            self.stream = None  # opened again by the next line
        aside = f"{self.baseFilename}.0"
        try:
            # the present log first: while another program holds it on Windows, the older ones must stay where they are
            os.replace(self.baseFilename, aside)
        except OSError:
            return
        for n in range(self.backupCount - 1, -1, -1):
            with suppress(OSError):  # an old log that is missing, or held: it is given up for the newer one
                os.replace(f"{self.baseFilename}.{n}", f"{self.baseFilename}.{n + 1}")


class _Listeners(logging.Handler):
    def __init__(self, listeners: dict[Callable[[LogLine], None], None], counts: dict[str, int]) -> None:
        super().__init__()
        self._all, self._counts = listeners, counts

    def emit(self, record: logging.LogRecord) -> None:
        level = "ERROR" if record.levelno >= logging.ERROR else record.levelname
        if level in self._counts:
            self._counts[level] += 1
        line = LogLine(
            int(record.created * 1000), record.levelname, record.name, record.getMessage(),
            getattr(record, "operation", ""),
        )  # fmt: skip
        for listener in tuple(self._all):
            try:
                listener(line)
            except Exception:  # noqa: BLE001 - a broken listener must not stop the log, and cannot be logged here
                self._all.pop(listener, None)


def _formatter(*processors: Any) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _add_operation,
            _mask_keys,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
    )


def _add_operation(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    if not event.get("operation"):
        event.pop("operation", None)
    # left on a record by whichever handler formatted it before; it is the event again
    event.pop("message", None)
    event.pop("asctime", None)
    if record is not None and record.exc_text:
        event["trace"] = record.exc_text
    return event


def _without_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # the file has the details; a person at the console gets the sentence
    event.pop("trace", None)
    event.pop("stack_info", None)
    return event


def _mask_keys(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if key not in ("event", "trace") and not key.startswith("_"):  # these two are clean since they were enqueued
            event[key] = MASK if _SECRET_KEY.fullmatch(key) else _cleaned(event[key])
    return event

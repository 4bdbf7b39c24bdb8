"""The flight recorder: takes raw messages from where they arrive and writes them, packed, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from .recording import ANSWER, CLOSED, ENDING, FRAME, MARK, OPENED, SENT, Record, block_bytes, line_of
from .transport import SocketListener, Transport, open_socket

_log = logging.getLogger(__name__)
_EVERY = 0.5  # seconds of messages that a killed program loses at most
_BLOCK = 1 << 20
_SEGMENT = 64 << 20
_MOST_WAITING = 64 << 20  # bytes that wait for a slow disk before messages are dropped


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How a recorder is doing; ``bytes`` on disk of this recording, ``since`` ms UTC.

    ``dropped``: messages that the disk did not take in time. ``error``: what the disk says, empty when all is well.
    """

    running: bool
    folder: Path | None = None
    since: int | None = None
    messages: int = 0
    bytes: int = 0
    raw_bytes: int = 0
    segments: int = 0
    dropped: int = 0
    error: str = ""


class Recorder:
    """Records what passes its taps while it is started; safe to call from any thread.

    The newest ``limit`` bytes of all recordings under one root are kept, older segments are deleted.
    """

    def __init__(self, now: Callable[[], int] = time.time_ns) -> None:
        self._now = now
        self._queue: deque[Record] = deque()
        self._waiting = 0
        self._active = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._root = self._folder = Path()
        self._limit = 0
        self._file: BinaryIO | None = None
        self._since: int | None = None
        self._messages = self._bytes = self._raw = self._segments = self._segment_bytes = self._dropped = 0
        self._error = ""
        self._wall, self._steady = 0, 0
        self._sockets = 0

    @property
    def active(self) -> bool:
        """Whether it records."""
        return self._active

    def start(self, root: Path, limit: int) -> Path:
        """Begin a recording in a new folder under ``root``, which is returned; raises OSError."""
        if self._active:
            return self._folder
        begun = self._now()
        at = datetime.fromtimestamp(begun / 1e9, UTC)
        folder = root / f"{at:%Y%m%d-%H%M%S}"
        number = 2
        while folder.exists():
            folder, number = root / f"{at:%Y%m%d-%H%M%S}-{number}", number + 1
        folder.mkdir(parents=True)
        self._root, self._folder, self._limit = root, folder, limit
        self._messages = self._bytes = self._raw = self._segments = self._segment_bytes = self._dropped = 0
        self._error, self._since = "", begun // 1_000_000
        # one start, then a clock that never jumps: lines stay in order whatever is done to the PC's clock
        self._wall, self._steady = begun, time.monotonic_ns()
        self._wake.clear()
        self._active = True
        self._thread = threading.Thread(target=self._run, name="flight recorder", daemon=True)
        self._thread.start()
        return folder

    def stop(self) -> None:
        """End the recording when everything taken is on the disk; twice is safe."""
        thread, self._thread = self._thread, None
        self._active = False
        if thread is not None:
            self._wake.set()
            thread.join()

    def status(self) -> RecorderStatus:
        """One look at it; cheap."""
        folder = self._folder if self._since is not None else None
        return RecorderStatus(self._active, folder, self._since, self._messages, self._bytes, self._raw,
                              self._segments, self._dropped, self._error)  # fmt: skip

    # -- taps -----------------------------------------------------------------------------------------------------

    def take(self, kind: str, name: str, payload: bytes, status: int = 0) -> None:
        """Record one thing; costs nothing while it is stopped."""
        if not self._active:
            return
        if self._waiting > _MOST_WAITING:
            self._dropped += 1
            return
        moment = (self._wall + time.monotonic_ns() - self._steady) // 1000
        self._waiting += len(payload)
        self._queue.append(Record(moment, kind, name, payload, status))

    def mark(self, payload: bytes) -> None:
        """Record what the program does."""
        self.take(MARK, "mark", payload)

    def answer(self, url: str, status: int, body: bytes) -> None:
        """Record an answer of a REST service; called by the threads that ask."""
        if self._active:
            parts = urlsplit(url)
            self.take(ANSWER, parts.path + (f"?{parts.query}" if parts.query else ""), body, status)

    async def connect(self, url: str, listener: SocketListener, library: str, timeout: float) -> None:
        """`open_socket`, with what goes through the socket recorded."""
        self._sockets += 1
        await open_socket(url, _Tapped(self, f"{urlsplit(url).path}#{self._sockets}", listener), library, timeout)

    # -- writing --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._active:
            self._wake.wait(_EVERY)
            self._write_waiting()
        self._write_waiting()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write_waiting(self) -> None:
        batch: list[Record] = []
        size = 0
        while self._queue:
            record = self._queue.popleft()
            batch.append(record)
            size += len(record.payload)
            if size >= _BLOCK:
                self._write(batch, size)
                batch, size = [], 0
        if batch:
            self._write(batch, size)

    def _write(self, batch: list[Record], size: int) -> None:
        self._waiting -= size
        try:
            data = block_bytes(map(line_of, batch), batch[0].time, batch[-1].time, len(batch))
            if self._file is None or self._segment_bytes + len(data) > min(_SEGMENT, max(1, self._limit // 8)):
                self._rotate(batch[0].time)
            assert self._file is not None
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._dropped += len(batch)
            self._trouble(error)
            return
        self._error = ""
        self._messages += len(batch)
        self._raw += size
        self._bytes += len(data)
        self._segment_bytes += len(data)

    def _trouble(self, error: OSError) -> None:
        """The disk refuses: a torn block would hide what follows it, so that a new segment is begun."""
        sentence = f"the recording cannot be written: {error.strerror or error}"
        if sentence != self._error:
            _log.error("%s", sentence)
        self._error = sentence
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file = None

    def _rotate(self, first: int) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        at = datetime.fromtimestamp(first / 1e6, UTC)
        path = self._folder / f"{at:%Y%m%d-%H%M%S}-{self._segments + 1:06d}{ENDING}"
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - closed at the next rotation
        self._segments += 1
        self._segment_bytes = 0
        trim(self._root, self._limit, path)


def trim(root: Path, limit: int, keep: Path | None = None) -> int:
    """Delete the oldest segments under ``root`` beyond ``limit`` bytes, save ``keep``; returns how many went."""
    found = sorted(root.rglob(f"*{ENDING}"), key=lambda path: path.name)
    sizes = {path: path.stat().st_size for path in found}
    total, gone = sum(sizes.values()), 0
    for path in found:
        if total <= limit:
            break
        if path != keep:
            with suppress(OSError):
                path.unlink()
                total, gone = total - sizes[path], gone + 1
                path.parent.rmdir()  # refused while something is in it
    return gone


class _Tapped:
    """A listener of a socket with the recorder between; also the transport, for what is sent."""

    def __init__(self, recorder: Recorder, name: str, listener: SocketListener) -> None:
        self._recorder, self._name, self._listener = recorder, name, listener
        self._take = recorder.take
        self._on_text = listener.on_text
        self._transport: Transport | None = None

    def on_open(self, transport: Transport) -> None:
        self._transport = transport
        self._take(OPENED, self._name, b"")
        self._listener.on_open(self)

    def on_text(self, data: bytes) -> None:
        if self._recorder.active:
            self._take(FRAME, self._name, data)
        self._on_text(data)

    def on_close(self, reason: str) -> None:
        self._take(CLOSED, self._name, reason.encode())
        self._listener.on_close(reason)

    def send(self, text: bytes) -> None:
        self._take(SENT, self._name, text)
        if self._transport is not None:
            self._transport.send(text)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

"""The simulated exchange in a process of its own, so that its work never touches the window's loop."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import ExchangeError, TradeBotError

if TYPE_CHECKING:
    from shared_modules.exchanges.simulated import VenueAddresses, VenueOptions

START_LIMIT = 60.0


class VenueProcess:
    """A simulated exchange that lives until `stop`, or until this process ends in whatever way."""

    def __init__(self, options: VenueOptions) -> None:
        self._options = options
        self._process: Any = None
        self._pipe: Connection | None = None

    def launch(self) -> None:
        """Start the process; returns at once."""
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_run, args=(self._options, far), name="simulated exchange", daemon=True)
        self._process.start()
        far.close()

    async def addresses(self) -> VenueAddresses:
        """The addresses, as soon as the exchange answers; raises what kept it from starting."""
        return await asyncio.to_thread(self._receive)

    def _receive(self) -> VenueAddresses:
        assert self._pipe is not None, "launch first"
        try:
            if not self._pipe.poll(START_LIMIT):
                raise ExchangeError(f"the simulated exchange did not start within {START_LIMIT:.0f} s; see the log")
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise ExchangeError("the simulated exchange ended before it answered; see the log") from error
        if isinstance(answer, TradeBotError):
            raise answer
        return answer  # type: ignore[no-any-return]

    async def stop(self) -> None:
        """End the exchange and wait until its process is gone."""
        if self._process is not None:
            await asyncio.to_thread(self._end)

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()  # the child sees the end of the pipe and leaves
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None


def _run(options: VenueOptions, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = threading.Event()
    threading.Thread(target=_watch_parent, args=(pipe, stop), name="parent watch", daemon=True).start()
    from shared_modules.exchanges.simulated import serve

    try:
        serve(options, pipe.send, stop)
    except TradeBotError as error:
        with contextlib.suppress(OSError):
            pipe.send(error)


def _watch_parent(pipe: Connection, stop: threading.Event) -> None:
    """Nothing is ever sent to the child: the pipe only ends when the parent closes it or dies."""
    with contextlib.suppress(EOFError, OSError):
        pipe.recv_bytes()
    stop.set()

"""The simulated exchange as one object, and as a blocking call for a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Mapping
from typing import Any, Self

from aiohttp import web

from shared_modules.core.clock import SystemClock
from shared_modules.core.errors import ConfigurationError, ExchangeError
from shared_modules.core.progress import Flag

from .clock import VenueClock
from .contracts import EPOCH
from .fault_control import FaultControl
from .fault_desk import FaultDesk, FaultState
from .fault_events import FaultEvents
from .fault_frames import FrameFaults
from .fault_requests import RequestFaults
from .faults import Fault, FaultScript, Limits, read_script
from .feed import Feed
from .figures import Figures
from .options import AS_FAST_AS_POSSIBLE, LOSSLESS, VenueAddresses, VenueOptions
from .publisher import Publisher
from .quotes import Quotes
from .replay import ReplayFeed
from .rest import RestFace
from .socket_face import SocketFace
from .synthetic import SyntheticFeed
from .topics import TopicFactory

_STOP_CHECK = 0.1
_USED = {errno.EADDRINUSE, errno.EACCES, 10048, 10013}


class Venue:
    """An exchange on this machine that speaks Bybit's V5 market data protocol.

    ``async with Venue(VenueOptions(...)) as venue`` starts and closes it. Raises `InvalidInput` for options that cannot
    be (also for a bad fault script), `DataError` for replayed files that cannot be read, `ExchangeError` when the port
    is in use.
    """

    def __init__(self, options: VenueOptions = VenueOptions()) -> None:  # noqa: B008 - frozen
        options.check()
        self._options = options
        self._runner: web.AppRunner | None = None
        self._work: list[asyncio.Task[None]] = []
        self._port = 0

    @property
    def rest_url(self) -> str:
        return f"http://{self._options.host}:{self._port}"

    @property
    def public_ws_url(self) -> str:
        """Up to ``/v5/public``, without the category."""
        return f"ws://{self._options.host}:{self._port}/v5/public"

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.feed.contracts)

    @property
    def addresses(self) -> VenueAddresses:
        return VenueAddresses(self.rest_url, self.public_ws_url, self.symbols)

    @property
    def connections(self) -> int:
        """Open public sockets."""
        return self._sockets.connections

    @property
    def connected_so_far(self) -> int:
        """Public sockets that were ever opened."""
        return self._sockets.served

    def now(self) -> int:
        """The exchange's time in ms UTC."""
        return self._clock.now()

    async def start(self) -> None:
        """Read what is replayed, listen, and let time begin."""
        options = self._options
        script = FaultScript() if options.faults is None else await asyncio.to_thread(read_script, options.faults)
        start = await self._prepare()
        fast = options.speed >= AS_FAST_AS_POSSIBLE
        replayed = bool(options.replay)
        self._clock = VenueClock(start, options.speed, self._lead(), held=fast and replayed)
        figures = Figures(options.seed, self.feed)
        quotes = Quotes(options.seed, self.feed, figures)
        factory = TopicFactory(self.feed, quotes)
        self._desk = FaultDesk(script)
        frames = FrameFaults(self._desk, script.seed)
        publisher = Publisher(factory, self._clock, options.speed > LOSSLESS, fast and replayed, frames)
        self._events = FaultEvents(self._desk, publisher, self._clock, self.feed)
        for fault in script.faults:
            self._events.check(fault)
        self._sockets = SocketFace(publisher, options, self._desk)
        limits = script.limits or (Limits() if options.limits else None)
        self._requests = RequestFaults(self._desk, limits, self.now)
        app = web.Application(middlewares=[self._requests.middleware()])
        app.add_routes(FaultControl(self._desk, self._events.add).routes())
        app.add_routes(RestFace(self.feed, figures, quotes, self.now).routes())
        app.add_routes(self._sockets.routes())
        await self._listen(app)
        self._desk.begin()
        self._work = [
            asyncio.create_task(publisher.run(), name="simulated exchange"),
            asyncio.create_task(self._events.run(), name="simulated faults"),
        ]
        if not replayed:
            self._work.append(asyncio.create_task(self._foresee(quotes), name="simulated figures"))

    async def _foresee(self, quotes: Quotes) -> None:
        """Compute what the first request for all tickers wants: hundreds of symbols take seconds."""
        for symbol in self.symbols:
            quotes.ticker(symbol, self.now())
            await asyncio.sleep(0)

    def inject(self, fault: Fault | Mapping[str, Any]) -> int:
        """Switch a fault on now, given as it is written in a script; returns its number. Raises `InvalidInput`."""
        return self._events.add(fault if isinstance(fault, Fault) else Fault.read(fault))

    def clear_faults(self, number: int | None = None) -> None:
        """Switch one fault off, or all of them."""
        if number is None:
            self._desk.clear()
        else:
            self._desk.remove(number)

    @property
    def faults(self) -> tuple[FaultState, ...]:
        """The faults and how often each of them struck."""
        return self._desk.states()

    @property
    def fault_log(self) -> tuple[tuple[float, str], ...]:
        """What went wrong on purpose, oldest first: seconds since the start and what was hit."""
        return tuple(self._desk.log)

    @property
    def bans(self) -> int:
        """How often an address broke the limit of requests."""
        return 0 if self._requests.limits is None else self._requests.limits.bans

    async def _prepare(self) -> int:
        """Make the feed; returns the time at which the exchange starts."""
        options = self._options
        if options.replay:
            replayed = await asyncio.to_thread(ReplayFeed, options.seed, options.replay)
            self.feed: Feed = replayed
            return replayed.beginning() if options.start is None else options.start
        self.feed = SyntheticFeed(options.seed, options.symbols)
        start = SystemClock().now() if options.start is None else options.start
        if start <= EPOCH:
            raise ConfigurationError("the simulated market begins in 2020; start it later")
        return start

    def _lead(self) -> int:
        """How far time may run before it has been told: a few of the shortest candles, or half a second."""
        shortest = min(self.feed.base(s) for s in self.feed.contracts)
        return (
            max(16 * shortest, int(self._options.speed * 500))
            if self._options.speed < AS_FAST_AS_POSSIBLE
            else 16 * shortest
        )

    async def _listen(self, app: web.Application) -> None:
        options = self._options
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, options.host, options.port)
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            self._runner = None
            if error.errno in _USED:
                raise ExchangeError(
                    f"port {options.port} on {options.host} is in use; choose another, or 0 for a free one"
                ) from error
            raise ExchangeError(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}") from error
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """End every connection and stop; twice is safe."""
        for work in self._work:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        self._work = []
        if self._runner is not None:
            await self._events.close()
            await self._sockets.close()
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def serve(options: VenueOptions, ready: Callable[[VenueAddresses], None], stop: Flag) -> None:
    """Run an exchange in this thread until ``stop`` is set; ``ready`` gets its addresses.

    Raises what `Venue` raises.
    """

    async def work() -> None:
        async with Venue(options) as venue:
            ready(venue.addresses)
            while not stop.is_set():  # noqa: ASYNC110 - a flag of threads or processes cannot be awaited
                await asyncio.sleep(_STOP_CHECK)

    asyncio.run(work())

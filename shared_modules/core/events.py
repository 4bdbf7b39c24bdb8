"""What happens in the engine, as values: one class per kind of event.

Events that come with every tick are msgspec structs, the rest frozen dataclasses. Change notices are coarse:
they say what is no longer as it was, and each listener reads what it needs.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from .market import Candle, Instrument, Market, OrderBook, PublicTrade, Series, Ticker
from .market import GapKind as GapKind


class CandleUpdated(msgspec.Struct, frozen=True, gc=False):
    """The unfinished candle of ``series`` changed."""

    series: Series
    candle: Candle


class CandleClosed(msgspec.Struct, frozen=True, gc=False):
    """A candle of ``series`` is final; told once per candle, in time order while streaming."""

    series: Series
    candle: Candle


class TickerUpdated(msgspec.Struct, frozen=True, gc=False):
    market: Market
    ticker: Ticker


class TradesPrinted(msgspec.Struct, frozen=True, gc=False):
    """New trades of ``market``, oldest first."""

    market: Market
    trades: tuple[PublicTrade, ...]


class BookUpdated(msgspec.Struct, frozen=True, gc=False):
    market: Market
    book: OrderBook


class ConnectionState(StrEnum):
    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DEGRADED = "degraded"
    RECONNECTING = "reconnecting"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """A connection (``name``: such as 'public linear' or 'rest') is in another state now."""

    name: str
    state: ConnectionState
    detail: str = ""
    attempt: int = 0


class LostMessages(StrEnum):
    """What became of messages that a broken connection did not bring."""

    NOTHING = "nothing"
    REFETCHED = "refetched"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection was away: told when it is back, with its subscriptions.

    Times in ms UTC of our clock, ``duration`` in seconds; ``ended`` is None while it lasts. ``lost``: candles, tickers
    and books are fetched again or come whole, single trades are not.
    """

    name: str
    started: int
    ended: int | None
    duration: float
    reason: str
    attempts: int
    lost: LostMessages


@dataclass(frozen=True, slots=True)
class InstrumentsChanged:
    """The list of instruments of ``exchange`` was read anew."""

    exchange: str
    instruments: tuple[Instrument, ...]


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """Stored candles of ``series`` are not what they were, other than by a new close."""

    series: Series


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing candles of ``series``: open times from ``start`` (inclusive) to ``end`` (exclusive), ms UTC."""

    series: Series
    start: int
    end: int
    missing: int
    kind: GapKind = GapKind.UNREPAIRED


@dataclass(frozen=True, slots=True)
class GapFound:
    gap: Gap


@dataclass(frozen=True, slots=True)
class GapFilled:
    """A gap was looked after: ``candles`` were written into it (0 when the exchange has none)."""

    gap: Gap
    candles: int


class SeriesState(StrEnum):
    """What the collector is doing with a series."""

    WAITING = "waiting"
    LOADING = "loading history"
    LIVE = "live"
    REPAIRING = "repairing"
    STALE = "stale"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SeriesStateChanged:
    """What is shown of ``series`` is now as ``state`` says: `STALE` belongs greyed, `LIVE` is up to date."""

    series: Series
    state: SeriesState


@dataclass(frozen=True, slots=True)
class OfflineChanged:
    """The exchange cannot be reached (``offline``), since ``since`` (ms UTC of our clock), or can be again.

    What is stored stays usable; everything live is as old as ``since``.
    """

    offline: bool
    since: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The PC slept, or its clock was set: ``seconds`` that passed on the wall and not in the program, or the reverse.

    ``slept``: nothing ran meanwhile, and connections are opened anew.
    """

    at: int
    seconds: float
    slept: bool


@dataclass(frozen=True, slots=True)
class CollectorChanged:
    """The collector started, stopped, or changed what it collects."""

    running: bool
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class CollectingEnded:
    """Series are collected no longer, as of this moment; with each the open time of its newest finished candle."""

    ended: tuple[tuple[Series, int | None], ...]


@dataclass(frozen=True, slots=True)
class DataChecked:
    """Stored candles were checked at ``at`` (ms UTC): ``faulty`` of ``series`` series need a look.

    ``unexplained``: candles missing without a reason. ``scheduled``: by the terminal itself, unasked.
    """

    at: int
    series: int
    faulty: int
    unexplained: int
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class StrategiesChanged:
    """The user's strategies are not what they were: names of those added, changed and removed.

    All three may be empty where only what is wrong with a file has changed.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StrategyChecked:
    """The strategy called ``name`` was asked whether it looks ahead: the worst verdict, and lines for who asks why.

    ``level``: 'good', 'warning', 'bad' or 'unknown'.
    """

    name: str
    level: str
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecorderChanged:
    """The flight recorder began or ended a recording in ``folder``."""

    running: bool
    folder: str


@dataclass(frozen=True, slots=True)
class AlertFired:
    """What an alert waited for has happened: at ``time`` (ms UTC), with ``value``.

    ``text`` is for a person, ``tone`` names the sound, empty for the usual one.
    """

    alert: str
    symbol: str
    time: int
    value: float
    text: str
    sound: bool
    tone: str = ""


@dataclass(frozen=True, slots=True)
class AlertsChanged:
    """The alerts, or what was told, are not what they were."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should read: ``level`` is 'info', 'warning' or 'error'."""

    level: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The setting at the dotted ``path`` has another value now."""

    path: str


@dataclass(frozen=True, slots=True)
class RunChanged:
    """The backtest ``run`` is in another state now, or has come further."""

    run: str


@dataclass(frozen=True, slots=True)
class RunHistoryChanged:
    """The list of kept backtests is not what it was."""

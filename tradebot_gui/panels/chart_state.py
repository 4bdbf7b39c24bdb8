"""What a chart says of its candles: live or not, since when, and how long the newest has still to go."""

from __future__ import annotations

from shared_modules.core.events import SeriesState
from shared_modules.core.market import Series
from tradebot_gui import texts
from tradebot_gui.charts import ChartView
from tradebot_gui.desk import Desk


def state_words(desk: Desk, series: Series | None, loading: bool, left: str) -> str:
    """One line on the candles of ``series``; ``left`` is the time to the close as `time_left` writes it."""
    if series is None:
        return "Waiting for the exchange …"
    if loading:
        return "Loading history …"
    state = desk.engine.hybrid.state(series)
    if state is SeriesState.LIVE:
        return f"Live · closes in {left}" if left else "Live"
    if state is SeriesState.STALE:
        away = desk.engine.connections.offline
        # what matters comes first: a narrow chart shows the beginning alone
        return "Stale" + ("" if away is None else f" for {texts.seconds(away[1])}") + ": no news from the exchange"
    return "Not live" if state is SeriesState.STOPPED else state.value.capitalize()


def refused_words(series: Series) -> str:
    """What is said while the exchange does not have ``series``."""
    return f"Stored candles alone: the exchange does not trade {series.market.symbol}"


def empty_words(series: Series, trouble: str) -> str:
    """What an empty chart of ``series`` says."""
    if trouble == refused_words(series):
        return (
            f"No candles of {series} are stored, and the exchange does not trade it."
            " Choose another timeframe or symbol above."
        )
    return f"No candles of {series} yet. They appear here as soon as the exchange answers."


def time_left(desk: Desk, series: Series | None, view: ChartView) -> str:
    """How long the newest candle has still to go; empty while nobody knows."""
    # no series yet: the engine may not have started
    if series is None or not len(view.data):
        return ""
    now = desk.engine.hybrid.exchange_time
    if now is None:
        return ""
    left = (series.timeframe.next(int(view.data.newest)) - now) // 1000
    if left < 0:
        return ""
    hours, rest = divmod(left, 3600)
    return f"{f'{hours}:{rest // 60:02}' if hours else rest // 60}:{rest % 60:02}"

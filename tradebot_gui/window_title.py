"""What the title of the window says: the market first, for that is what is left of it in a task bar."""

from __future__ import annotations

from . import texts
from .panels.watch_columns import Quote

NAME = "TradeBot Terminal"


def window_title(mode: str, quote: Quote | None) -> str:
    """The shown symbol with its price and change of 24 hours, the program, and where the prices come from."""
    parts = [NAME, mode]
    if quote is not None and quote.ticker is not None:
        price = texts.number(quote.figure("last"), quote.decimals)
        parts.insert(0, f"{quote.symbol} {price} {texts.percent(quote.figure('change_24h'))}")
    return " · ".join(parts)

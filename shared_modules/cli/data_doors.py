"""What the commands under `data` open: the store of a folder and the exchange of its settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .output import complain

if TYPE_CHECKING:
    from shared_modules.core.paths import DataPaths
    from shared_modules.core.settings import Settings
    from shared_modules.data_collection.store import CandleStore
    from shared_modules.exchanges.base import MarketData


@contextlib.contextmanager
def open_store(data_dir: Path) -> Iterator[tuple[DataPaths, CandleStore]]:
    """The candle store of ``data_dir``, open for writing and without retention."""
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.store import CandleStore

    paths = DataPaths(data_dir).ready()
    store = CandleStore(paths, None)
    store.start()
    try:
        yield paths, store
    finally:
        store.close()


def market_data(paths: DataPaths, rest: str | None) -> tuple[MarketData, Settings]:
    """The exchange of the settings in ``paths``, at the address ``rest`` when there is one."""
    from shared_modules.core.settings import load
    from shared_modules.exchanges.bybit import BybitMarketData

    settings, notices = load(paths.settings)
    for notice in notices:
        complain(notice)
    if rest:
        settings = settings.changed("exchange.rest_url", rest.rstrip("/"))
    return BybitMarketData(settings.exchange), settings

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import ManualClock
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.store import CandleStore
from tests.data_collection.world import World
from tests.fakes import NOW, FakeMarketData, FakeStream


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path)


@pytest.fixture
def store(paths: DataPaths) -> Iterator[CandleStore]:
    store = CandleStore(paths, 50, flush_seconds=0.01)
    store.start()
    yield store
    store.close()


@pytest.fixture
async def world(paths: DataPaths) -> AsyncIterator[World]:
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    world = World(paths, FakeMarketData(), FakeStream(), store, EventBus(), ManualClock(NOW))
    await world.hybrid.start()
    yield world
    await world.hybrid.close()
    store.close()

from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from shared_modules.core import shared_bars
from shared_modules.core.bars import Bars
from shared_modules.core.shared_bars import SMALL, Parcel, opened


def bars(n: int) -> Bars:
    values = np.arange(n) + 0.5
    return Bars.of(np.arange(n), values, values + 1, values - 1, values, values)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the blocks of shared memory made in the test."""
    made: list[str] = []

    class Recorded(SharedMemory):
        def __init__(self, name: str | None = None, create: bool = False, size: int = 0) -> None:
            super().__init__(name, create, size)
            if create:
                made.append(self.name)

    monkeypatch.setattr(shared_bars, "SharedMemory", Recorded)
    return made


def exists(name: str) -> bool:
    try:
        SharedMemory(name=name).close()
    except FileNotFoundError:
        return False
    return True


def test_large_bars_travel_beside_the_pickle_and_arrive_whole(blocks: list[str]) -> None:
    sent = {"one": bars(SMALL), "two": [bars(SMALL + 1), "text"]}
    parcel = Parcel(sent)
    assert len(blocks) == 2
    assert len(parcel.data) < 5_000
    got = opened(parcel.data)
    parcel.release()
    assert got["one"].equals(sent["one"])
    assert got["two"][0].equals(sent["two"][0])
    assert got["two"][1] == "text"


def test_small_bars_travel_within_the_pickle(blocks: list[str]) -> None:
    parcel = Parcel(bars(SMALL - 1))
    assert blocks == []
    assert opened(parcel.data).equals(bars(SMALL - 1))


def test_releasing_gives_the_memory_back_and_twice_is_safe(blocks: list[str]) -> None:
    parcel = Parcel(bars(SMALL))
    assert exists(blocks[0])
    parcel.release()
    parcel.release()
    assert not exists(blocks[0])


def test_what_cannot_be_sent_leaves_no_memory_behind(blocks: list[str]) -> None:
    with pytest.raises(Exception, match=r"lambda|pickle"):
        Parcel((bars(SMALL), lambda: None))
    assert len(blocks) == 1
    assert not exists(blocks[0])

import asyncio
import json

import pytest

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import Throttled, Unreachable
from shared_modules.exchanges.ban import Ban
from shared_modules.exchanges.budget import ConnectBudget

NOW = 1_700_000_000_000


class Door:
    def __init__(self, path=None, clock=None):
        self.clock = clock or ManualClock(NOW)
        self.ban, self.through = Ban(path, 600, self.clock), 0

    async def ask(self, error=None, wait=0.0):
        async with self.ban.passage():
            self.through += 1
            await self.clock.sleep(wait)
            if error is not None:
                raise error


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ban.json"


async def test_nobody_passes_during_the_ban_and_everybody_after_it(path):
    door = Door(path)
    await door.ask()
    await door.ban.impose(600)
    await door.clock.advance(599)
    with pytest.raises(Throttled, match="requests are possible again in 1 s") as refused:
        await door.ask()
    assert refused.value.retry_after == pytest.approx(1)
    await door.clock.advance(1)
    await door.ask()
    await door.ask()
    assert not path.exists()


async def test_a_restart_does_not_forget_it(path):
    first = Door(path)
    await first.ban.impose(600)
    clock = ManualClock(NOW + 200_000)
    second = Door(path, clock)
    with pytest.raises(Throttled) as refused:
        await second.ask()
    assert refused.value.retry_after == pytest.approx(400)
    await clock.advance(400)
    await second.ask()
    await Door(path, ManualClock(NOW + 201_000)).ask()


async def test_of_many_that_ask_at_once_after_a_restart_none_passes(path):
    await Door(path).ban.impose(600)
    again = Door(path)
    found = await asyncio.gather(*(again.ask() for _ in range(5)), return_exceptions=True)
    assert [type(f) for f in found] == [Throttled] * 5


async def test_after_it_one_request_tries_and_the_others_wait_for_what_comes_of_it():
    door = Door()
    await door.ban.impose(600)
    await door.clock.advance(600)
    asks = [asyncio.ensure_future(door.ask(wait=3)) for _ in range(5)]
    await door.clock.advance(1)
    assert door.through == 1
    await door.ban.impose(600)
    await door.clock.advance(3)
    found = await asyncio.gather(*asks, return_exceptions=True)
    assert [type(f) for f in found] == [type(None), *[Throttled] * 4]


async def test_a_try_that_finds_nobody_is_followed_by_another_one():
    door = Door()
    await door.ban.impose(600)
    await door.clock.advance(600)
    with pytest.raises(Unreachable):
        await door.ask(Unreachable("nobody"))
    asks = [asyncio.ensure_future(door.ask(wait=3)) for _ in range(3)]
    await door.clock.advance(1)
    assert door.through == 2
    await door.clock.advance(20)
    await asyncio.gather(*asks)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"until": "x"}', "\x00"])
async def test_a_file_that_cannot_be_read_is_no_ban(path, text, caplog):
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    await Door(path).ask()
    assert "cannot be read" in caplog.text


async def test_a_clock_set_back_cannot_make_it_longer_than_it_is(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"until": NOW + 10**9}), encoding="utf-8")
    door = Door(path)
    with pytest.raises(Throttled) as refused:
        await door.ask()
    assert refused.value.retry_after == pytest.approx(600)


async def test_a_file_that_cannot_be_written_costs_the_memory_alone(tmp_path, caplog):
    (tmp_path / "state").write_text("a file where a folder should be", encoding="utf-8")
    door = Door(tmp_path / "state" / "ban.json")
    await door.ban.impose(600)
    assert "the pause ends with this run" in caplog.text
    with pytest.raises(Throttled):
        await door.ask()


async def test_no_five_minutes_see_more_connections_than_allowed():
    clock = ManualClock()
    budget = ConnectBudget(10, 300, clock)
    moments = []
    for _ in range(35):
        await clock.advance(budget.take())
        moments.append(clock.monotonic())
    assert moments[:10] == [0.0] * 10
    assert all(later - earlier >= 300 for earlier, later in zip(moments, moments[10:], strict=False))

"""Workers that nobody needs give their memory back, and one stays ready."""

import asyncio
from collections.abc import Callable

import psutil

from shared_modules.system_integration.jobs import Jobs

from . import works


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - processes end without telling
            await asyncio.sleep(0.01)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_of_two_idle_workers_one_stays() -> None:
    jobs = Jobs(workers=2, rest=0.05)
    first, second = await asyncio.gather(
        *(jobs.start("Who", works.process_id_later).result() for _ in range(2)),
    )
    assert first != second
    await until(lambda: gone(first) != gone(second))
    assert await jobs.start("Who", works.process_id).result() in (first, second)
    await jobs.close()


async def test_a_worker_that_holds_much_memory_makes_way_for_a_fresh_one() -> None:
    jobs = Jobs(workers=1, rest=0.05, most_memory=1)
    told: list[int] = []
    jobs.warm(works.nothing)
    heavy = await jobs.start("Who", works.process_id).result()
    await until(lambda: gone(heavy))
    jobs._most_memory = 1 << 40
    told.append(await jobs.start("Who", works.process_id).result())
    assert told[0] != heavy
    await asyncio.sleep(0.2)  # longer than the rest: a light one is kept
    assert await jobs.start("Who", works.process_id).result() == told[0]
    await jobs.close()

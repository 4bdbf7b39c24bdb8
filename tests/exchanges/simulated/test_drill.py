"""Faults switched from another program."""

from __future__ import annotations

import pytest

from shared_modules.core.errors import InvalidInput, Unreachable
from shared_modules.exchanges.simulated import DRILLS, Fault, FaultSwitch, Venue, VenueOptions


@pytest.mark.parametrize("drill", DRILLS, ids=lambda d: d.name)
async def test_every_drill_can_be_begun_and_ended(drill):
    async with Venue(VenueOptions(symbols=1)) as venue:
        switch = FaultSwitch(venue.rest_url)
        numbers = await switch.add(drill.faults)
        assert [s.fault for s in venue.faults] == [Fault.read(fault) for fault in drill.faults]
        told = await switch.faults()
        assert [(f["number"], f["kind"]) for f in told] == list(
            zip(numbers, [f["kind"] for f in drill.faults], strict=True)
        )
        await switch.clear(numbers[0])
        assert len(venue.faults) == len(numbers) - 1
        await switch.clear()
        assert venue.faults == ()


def test_drills_have_names_of_their_own_and_a_sentence():
    assert len({d.name for d in DRILLS}) == len(DRILLS)
    assert all(d.title and d.sentence.endswith(".") for d in DRILLS)


async def test_a_bad_fault_is_refused_in_the_words_of_the_exchange_and_nobody_there_is_a_sentence():
    async with Venue(VenueOptions(symbols=1)) as venue:
        switch = FaultSwitch(venue.rest_url)
        with pytest.raises(InvalidInput, match="did you mean 'drop'"):
            await switch.add([{"kind": "dorp"}])
        with pytest.raises(InvalidInput, match="no fault number 99"):
            await switch.clear(99)
    with pytest.raises(Unreachable, match="no simulated exchange answers"):
        await switch.faults()

"""Drills in a simulated exchange, as the window switches them."""

from __future__ import annotations

import pytest

from shared_modules.core.errors import UnknownName, Unreachable
from shared_modules.exchanges.simulated import DRILLS, Venue, VenueOptions
from shared_modules.system_integration.drills import OTHER, Drills


def of(drills: Drills, name: str):
    return next(state for state in drills.states if state.drill.name == name)


async def test_a_drill_is_active_from_its_begin_to_its_end():
    async with Venue(VenueOptions(symbols=1)) as venue:
        drills = Drills(lambda: venue.rest_url)
        assert [s.drill for s in drills.states] == list(DRILLS)
        await drills.begin("holes", seed=5)
        assert [s.drill.name for s in drills.active] == ["holes"]
        assert of(drills, "holes").seed == 5
        await drills.end("holes")
        assert drills.active == ()
        assert venue.faults == ()


async def test_beginning_twice_leaves_one():
    async with Venue(VenueOptions(symbols=1)) as venue:
        drills = Drills(lambda: venue.rest_url)
        await drills.begin("ban")
        await drills.begin("ban")
        assert len(venue.faults) == 1


async def test_a_drill_of_one_moment_is_over_at_once():
    async with Venue(VenueOptions(symbols=1)) as venue:
        drills = Drills(lambda: venue.rest_url)
        await drills.begin("drop")
        await drills.look()
        assert of(drills, "drop").hits == 1
        assert not of(drills, "drop").active


async def test_faults_of_others_are_told_and_ended_too():
    async with Venue(VenueOptions(symbols=1)) as venue:
        drills = Drills(lambda: venue.rest_url)
        venue.inject({"kind": "slow"})
        await drills.begin("ban")
        assert "slow" in of(drills, OTHER).drill.sentence
        await drills.end(OTHER)
        assert [s.fault.kind for s in venue.faults] == ["ban"]
        venue.inject({"kind": "slow"})
        await drills.end_all()
        assert drills.active == ()
        assert venue.faults == ()


async def test_a_real_exchange_is_never_asked():
    drills = Drills(lambda: "https://api.bybit.com")
    assert not drills.possible
    with pytest.raises(Unreachable, match="real one"):
        await drills.begin("drop")


async def test_an_unknown_drill_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match="'drop'"):
        await Drills(lambda: "http://127.0.0.1:1").begin("dorp")


@pytest.mark.parametrize("seed", [3, 4])
async def test_a_seed_hits_the_same_ones_each_time(seed):
    hits = []
    for _ in range(2):
        async with Venue(VenueOptions(symbols=1)) as venue:
            venue.inject({"kind": "slow"})  # another number before it changes nothing
            await Drills(lambda: venue.rest_url).begin("garbage", seed)
            desk = venue._desk
            hits.append([bool(desk.strikes("malform", "kline.1.BTCUSDT")) for _ in range(200)])
        assert any(hits[0])
    assert hits[0] == hits[1]

"""The exchange as an object: addresses, clock, port, options, a process of its own."""

from __future__ import annotations

import threading

import pytest

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import ConfigurationError, ExchangeError, InvalidInput, OutOfRange
from shared_modules.exchanges.simulated import Venue, VenueAddresses, VenueOptions, serve
from shared_modules.exchanges.simulated.clock import VenueClock

from .talk import START, rest


async def test_a_port_in_use_is_one_clear_sentence():
    async with Venue(VenueOptions(symbols=1)) as first:
        port = int(first.rest_url.rsplit(":", 1)[1])
        with pytest.raises(ExchangeError, match=f"port {port} on 127.0.0.1 is in use"):
            await Venue(VenueOptions(symbols=1, port=port)).start()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (VenueOptions(speed=0), OutOfRange),
        (VenueOptions(speed=float("nan")), OutOfRange),
        (VenueOptions(symbols=0), OutOfRange),
        (VenueOptions(symbols=()), InvalidInput),
        (VenueOptions(port=70_000), OutOfRange),
    ],
)
def test_options_that_cannot_be_are_refused(options, error):
    with pytest.raises(error):
        Venue(options)


async def test_a_market_before_its_beginning_is_refused():
    with pytest.raises(ConfigurationError, match="2020"):
        await Venue(VenueOptions(start=1_000_000_000_000)).start()


async def test_a_restart_tells_the_same_history():
    told = []
    for _ in range(2):
        async with (
            Venue(VenueOptions(symbols=("BTCUSDT", "NEWUSDT"), start=START, seed=11)) as venue,
            rest(venue) as ask,
        ):
            rows = [await ask.candles(s, "5", end=START - 1, limit=300) for s in venue.symbols]
            told.append((rows, venue.symbols))
    assert told[0] == told[1]
    assert told[0][1] == ("BTCUSDT", "NEWUSDT")


def test_it_serves_in_a_thread_until_told_to_stop():
    stop, found = threading.Event(), []

    def ready(addresses: VenueAddresses) -> None:
        found.append(addresses)
        stop.set()

    serve(VenueOptions(symbols=2), ready, stop)
    assert found[0].rest.startswith("http://127.0.0.1:")
    assert found[0].public_ws.endswith("/v5/public")
    assert found[0].symbols == ("BTCUSDT", "ETHUSDT")


async def test_time_runs_at_its_speed():
    real = ManualClock()
    clock = VenueClock(1_000, 60.0, 10**9, real)
    await real.advance(2.0)
    assert clock.now() == 1_000 + 120_000


async def test_time_does_not_run_away_from_what_was_told():
    real = ManualClock()
    clock = VenueClock(0, 1e9, 5_000, real)
    await real.advance(10.0)
    assert clock.now() == 5_000
    clock.reach(5_000)
    assert clock.now() == 5_000
    await real.advance(10.0)
    assert clock.now() == 10_000


async def test_time_held_goes_on_where_it_stood():
    real = ManualClock()
    clock = VenueClock(0, 2.0, 10**9, real)
    await real.advance(1.0)
    clock.hold(True)
    await real.advance(5.0)
    assert clock.now() == 2_000
    clock.hold(False)
    await real.advance(1.0)
    assert clock.now() == 4_000

"""Marks of the axes."""

import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.charts.ticks import (
    Zone,
    nice_step,
    number,
    price_ticks,
    short_number,
    step_decimals,
    time_ticks,
)

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@given(st.floats(1e-9, 1e9))
def test_a_nice_step_is_one_two_or_five_times_a_power_of_ten(raw):
    step = nice_step(raw)
    assert step >= raw * (1 - 1e-9)
    assert step <= raw * 5.1
    lead = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(lead - m) for m in (1, 2, 5, 10)) < 1e-6


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6), st.integers(40, 3000))
def test_price_ticks_lie_inside_and_never_crowd(low, span, pixels):
    ticks = price_ticks(low, low + span, pixels)
    slack = abs(low) * 1e-9 + span * 1e-6
    assert all(low - slack <= t <= low + span + slack for t in ticks)
    assert len(ticks) <= max(pixels / 44 + 2, 4)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(72, 600))
def test_two_values_at_least_tell_the_scale_of_a_low_pane(low, span, pixels):
    ticks = price_ticks(low, low + span, pixels)
    assert len(ticks) > 1
    # and stand apart by the height of a label
    assert (ticks[1] - ticks[0]) / span * pixels >= 14 * (1 - 1e-6)


def test_a_pane_of_forty_pixels_names_two_values():
    assert price_ticks(-3.4, 0.1, 40) == pytest.approx([-2.0, 0.0])


def test_price_ticks_are_never_finer_than_the_instrument():
    ticks = price_ticks(100.0, 100.31, 800, least=0.1)
    assert ticks == pytest.approx([100.0, 100.1, 100.2, 100.3])


def test_ranges_that_are_none_give_no_marks():
    assert price_ticks(1.0, 1.0, 500) == []
    assert price_ticks(math.nan, 1.0, 500) == []
    assert price_ticks(0.0, math.inf, 500) == []


def test_numbers_read_as_people_write_them():
    assert number(-1234567.5, 2) == "−1,234,567.50"
    assert number(math.nan, 2) == "—"
    assert number(0.00001234, 8) == "0.00001234"
    assert short_number(1_234_567) == "1.23M"
    assert step_decimals([0.25, 0.30], 1) == 2
    assert step_decimals([50.0], 40) == 0


def marks(start: int, count: int, step: int, pixels: float, zone: str = "UTC", x0: float = 0.0):
    def bar_after(time: float) -> float:
        return max(0, math.ceil((time - start) / step))

    return time_ticks(x0, count, pixels, lambda x: start + round(x) * step, bar_after, step, Zone(zone))


def test_minutes_are_marked_at_round_times_and_days_by_their_date():
    found = marks(ms(2025, 5, 30, 22, 7), 300, MINUTE, 1000)
    assert [t.label for t in found if not t.major][:3] == ["22:30", "23:00", "23:30"]
    assert [t.label for t in found if t.major] == ["31 May"]
    assert found[0].x == 23


def test_months_and_years_are_named():
    labels = [t.label for t in marks(ms(2023, 11, 1), 400, DAY, 1000)]
    assert "2024" in labels
    assert "Apr 2024" in labels


def test_days_begin_in_the_zone_shown():
    start = ms(2025, 5, 30, 12)
    utc = [t.x for t in marks(start, 24 * 60, MINUTE, 1000) if t.major]
    berlin = [t.x for t in marks(start, 24 * 60, MINUTE, 1000, "Europe/Berlin") if t.major]
    assert utc == [12 * 60]
    assert berlin == [10 * 60]


@pytest.mark.parametrize("day", [(2025, 3, 30), (2025, 10, 26)])
def test_days_are_marked_once_where_the_clock_changes(day):
    start = ms(*day) - DAY
    found = marks(start, 72, HOUR, 2000, "Europe/Berlin")
    dates = [t.label for t in found if t.major]
    assert len(dates) == len(set(dates)) == 3
    assert all(Zone("Europe/Berlin").at(start + t.x * HOUR).hour == 0 for t in found if t.major)


def test_a_long_hole_is_stepped_over():
    start, jump = ms(2020, 1, 1), 3 * 365 * DAY

    def time_of(x: float) -> float:
        return start + round(x) * MINUTE + (jump if x >= 100 else 0)

    def bar_after(time: float) -> float:
        if time <= time_of(99):
            return max(0, math.ceil((time - start) / MINUTE))
        return max(100, 100 + math.ceil((time - time_of(100)) / MINUTE))

    found = time_ticks(0, 200, 800, time_of, bar_after, MINUTE, Zone("UTC"))
    assert any(t.x < 100 for t in found)
    assert any(t.x > 100 for t in found)


@given(
    st.integers(0, 10**6),
    st.integers(10, 10**6),
    st.sampled_from([MINUTE, 15 * MINUTE, HOUR, DAY]),
    st.integers(100, 3000),
)
def test_time_marks_rise_and_keep_their_distance(offset, count, step, pixels):
    found = marks(ms(2000, 1, 1) + offset * MINUTE // step * step, count, step, pixels)
    gaps = [(b.x - a.x) / count * pixels for a, b in pairwise(found)]
    assert all(g >= 40 for g in gaps)
    assert len(found) <= pixels / 50 + 2


def test_an_unknown_zone_shows_utc_and_a_zone_without_a_name_its_offset():
    assert Zone("Mars/Olympus").label(0) == "UTC"
    assert Zone("Asia/Kathmandu").label(ms(2025, 1, 1)) == "UTC+5:45"
    assert Zone("UTC").moment(ms(2025, 5, 31, 16, 5)) == "Sat 31 May 2025  16:05"


# clocks that leap over 2 o'clock, over midnight, and by half an hour
LEAPS = [("America/New_York", (2026, 3, 8)), ("America/Santiago", (2025, 9, 7)), ("Australia/Lord_Howe", (2025, 10, 5))]


@pytest.mark.parametrize(("zone", "day"), LEAPS)
@pytest.mark.parametrize("pixels", [1400, 3000, 4500, 9000])
def test_the_axis_goes_on_where_the_clock_leaps_forward(zone, day, pixels):
    start = ms(*day) - DAY
    found = marks(start, 72 * 12, 5 * MINUTE, pixels, zone)
    assert found[-1].x > 72 * 12 * 0.8
    assert max(b.x - a.x for a, b in pairwise(found)) <= 3 * min(b.x - a.x for a, b in pairwise(found))
    days = [t.label for t in found if t.major]
    assert len(days) == len(set(days)) >= 2  # where midnight is leapt over, an hour is written


@given(st.sampled_from([zone for zone, _ in LEAPS] + ["UTC", "Europe/London", "Asia/Kathmandu"]),
       st.integers(0, 3 * 365 * 24 * 4))  # fmt: skip
def test_a_time_read_off_a_clock_is_the_moment_it_shows(name, quarter):
    zone, time = Zone(name), ms(2024, 1, 1) + quarter * 15 * MINUTE
    local = zone.at(time).replace(tzinfo=None)
    # an hour that is shown twice stands for one of the two
    assert zone.at(zone.time_of(local)).replace(tzinfo=None, fold=0) == local.replace(fold=0)


def test_a_time_that_clocks_leap_over_is_when_they_leap_and_after():
    zone = Zone("America/New_York")
    found = zone.at(zone.time_of(datetime(2026, 3, 8, 2, 30)))
    assert (found.hour, found.minute) == (3, 30)

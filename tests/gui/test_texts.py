import time
from pathlib import Path

import pytest

from tradebot_gui import texts


@pytest.mark.parametrize(
    ("value", "digits", "sign", "shown"),
    [(1234.5, 1, False, "1,234.5"), (-0.001, 2, True, "0.00"), (-2.5, 1, True, "−2.5"), (3, 0, True, "+3"),
     (None, 2, False, "—"), (float("nan"), 2, False, "—")],
)  # fmt: skip
def test_numbers(value: float | None, digits: int, sign: bool, shown: str) -> None:
    assert texts.number(value, digits, sign) == shown


@pytest.mark.parametrize(("value", "shown"), [(999, "999.00"), (12_345, "12.3K"), (7.25e9, "7.25B"), (1e13, "10.0T")])
def test_large_amounts_are_short(value: float, shown: str) -> None:
    assert texts.short(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(2.04, "2.0 s"), (59.6, "1 min 0 s"), (3_725, "1 h 2 min"), (200_000, "2 d 7 h"), (None, "—")]
)
def test_spans_show_their_two_largest_units(value: float | None, shown: str) -> None:
    assert texts.seconds(value) == shown


def test_times_are_shown_in_the_chosen_zone() -> None:
    assert texts.when(1_748_779_200_000, "UTC") == "2025-06-01 12:00"
    assert texts.when(1_748_779_200_000, "Europe/Berlin") == "2025-06-01 14:00"
    assert texts.when(None) == "—"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("It made -1.6%, holding +6.6%.", "It made −1.6 %, holding +6.6 %."), ("shift(-1) of x", "shift(-1) of x"),
     ("2026-11-21, 5-7 bars", "2026-11-21, 5-7 bars")],
)  # fmt: skip
def test_a_sentence_of_the_engine_gets_true_minus_and_a_gap(text: str, shown: str) -> None:
    assert texts.typeset(text) == shown


def test_what_was_today_is_told_by_the_hour_and_what_was_before_by_the_day() -> None:
    now = int(time.time() * 1000)
    assert texts.lately(now) == texts.when(now, form="%H:%M")
    assert texts.lately(1_748_779_200_000) == "06-01"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "12:30:05 UTC"), ("Europe/Berlin", "13:30:05 UTC+1"), ("America/New_York", "07:30:05 UTC−5"),
     ("Asia/Kolkata", "18:00:05 UTC+5:30")],
)  # fmt: skip
def test_a_clock_tells_its_distance_from_utc(zone: str, shown: str) -> None:
    assert texts.clock(1_700_051_405_000, zone) == shown
    assert texts.clock(None, zone) == "—"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("All keys are in /data/jane/keys.pdf.", "All keys are in •••/keys.pdf."),
        (r"It is in D:\People\Jane Doe\App Data\keys.pdf now", "It is in •••/keys.pdf now"),
        (
            "the folder /data/jane (process 5); 1 / 2 and 3/4 at 5 /s",
            "the folder ••• (process 5); 1 / 2 and 3/4 at 5 /s",
        ),
        (r"\\server\share\a b\c.csv", "•••/c.csv"),
        (r"in D:\data.", "in •••."),
        ("see https://x.y/z/q and BTC/USDT", "see https://x.y/z/q and BTC/USDT"),
    ],
)
def test_folders_become_dots_and_files_stay(text: str, seen: str) -> None:
    assert texts.without_folders(text) == seen


def test_the_folder_of_the_user_becomes_dots_whatever_is_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/Jane (work), Doe"))
    assert texts.without_folders("in /home/Jane (work), Doe.") == "in •••."
    assert texts.without_folders("in /home/Jane (work), Doe/a/x.csv, at last") == "in •••/x.csv, at last"

import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.errors import StoreError
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.integrity import verify_folder, verify_series
from tests.fakes import NOW, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


def at(i: int) -> int:
    return NOW + i * MINUTE


def rows(*minutes: int) -> str:
    from shared_modules.core.candle_files import HEADER, format_rows

    return HEADER + "\n" + "".join(format_rows(bars_at([at(i)])) for i in minutes)


def report(paths: DataPaths, text: str):
    path = paths.series(SERIES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="\n")
    return verify_series(SERIES, path)


def test_a_whole_series_has_nothing_to_say(paths):
    found = report(paths, rows(*range(10)))
    assert found.clean
    assert (found.rows, found.first, found.last) == (10, at(0), at(9))


def test_gaps_duplicates_and_disorder_are_counted_on_the_lines_as_they_are(paths):
    found = report(paths, rows(0, 1, 1, 5, 4, 9))
    assert found.gaps == ((at(2), at(4)), (at(6), at(9)))
    assert (found.rows, found.missing, found.duplicates, found.disorder) == (6, 5, 1, 1)


def test_damaged_and_torn_lines_are_named(paths):
    text = rows(0, 1, 2).splitlines()
    text[2] = text[2].replace(",", ",x", 1)
    found = report(paths, "\n".join(text) + "\n1750")
    assert found.rows == 2
    assert found.notes == ("1 damaged lines, left out (line 3)", "the last line was cut off")


def test_impossible_and_zero_prices_are_counted():
    bars = Bars.of([at(0), at(1), at(2)], [5, 5, 5], [6, 4, 6], [4, 3, 0], [5, 5, 5])
    assert verify_series(SERIES, bars).bad_ohlc == 2


def test_candles_off_the_grid_are_noted():
    bars = bars_at([at(0), at(1) + 14_789, at(2)])
    assert verify_series(SERIES, bars).notes == ("1 candles open off the 1m grid",)


def test_a_folder_gives_a_report_on_each_of_its_series(paths, store):
    for series in (SERIES, series_of("ETHUSDT", "5m")):
        store.append(series, bars_at([at(0)]))
    store.flush()
    assert [str(r.series) for r in verify_folder(paths)] == ["BTCUSDT 1m", "ETHUSDT 5m"]


def test_a_file_that_cannot_be_read_is_an_error(paths):
    with pytest.raises(StoreError, match="cannot read"):
        verify_series(SERIES, paths.series(SERIES))

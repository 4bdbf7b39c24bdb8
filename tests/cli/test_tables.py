"""Tables on a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from shared_modules.cli.tables import drawn

WORDS = st.text("abc ", max_size=40).map(lambda text: " ".join(text.split()))


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=1, max_size=4)),
       st.integers(40, 120))  # fmt: skip
def test_a_table_fits_the_terminal_and_loses_no_letter(rows: list[list[str]], width: int) -> None:
    columns = [f"column {n}" for n in range(len(rows[0]))]
    lines = drawn("title", columns, rows, [False] * len(columns), width, plain=True)
    assert lines[0] == "title"
    assert len({len(line) for line in lines[1:]}) == 1
    assert len(lines[1]) <= width
    told = "".join(lines[1:])
    asked = "".join(columns + [cell for row in rows for cell in row])
    assert {c: told.count(c) for c in "abcolumn"} == {c: asked.count(c) for c in "abcolumn"}


def test_numbers_stand_at_the_right_and_long_words_are_folded() -> None:
    lines = drawn("", ["name", "value"], [["one two three", "1"], ["four", "22"]], [False, True], 20, plain=True)
    assert lines[1:] == [
        "+----------+-------+",
        "| name     | value |",
        "+----------+-------+",
        "| one two  |     1 |",
        "| three    |       |",
        "| four     |    22 |",
        "+----------+-------+",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert drawn("none", ["a"], [], [False], 80, plain=False)[1:] == ["┏━━━┓", "┃ a ┃", "┡━━━┩", "└───┘"]

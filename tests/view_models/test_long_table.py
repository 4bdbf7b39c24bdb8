import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from tradebot_gui.theme.theme import DARK
from tradebot_gui.view_models.long_table import LongRows, LongTable, prepared
from tradebot_gui.view_models.table import Column

COLUMNS = (Column("Name", lambda r: r[0]), Column("Value", lambda r: r[1], numeric=True))


def table(records: list[tuple[str, float]]) -> tuple[LongTable, LongRows]:
    made = LongTable(COLUMNS, lambda r: r[0])
    rows = LongRows(made)
    made.take(prepared(records, COLUMNS))
    return made, rows


def values(rows: LongRows) -> list[float]:
    return [rows.record(rows.index(n, 0))[1] for n in range(rows.rowCount())]


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=40), st.booleans())
def test_sorting_keeps_all_rows_and_puts_the_unknown_last(numbers: list[float], rising: bool) -> None:
    _, rows = table([(str(n), v) for n, v in enumerate(numbers)])
    rows.sort(1, Qt.SortOrder.AscendingOrder if rising else Qt.SortOrder.DescendingOrder)
    found = np.array(values(rows))
    known = found[~np.isnan(found)]
    assert len(found) == len(numbers)
    assert np.isnan(found[len(known) :]).all()
    assert (np.diff(known) >= 0).all() if rising else (np.diff(known) <= 0).all()


def test_a_filter_holds_while_the_order_changes() -> None:
    made, rows = table([("a", 3.0), ("b", 1.0), ("c", 2.0)])
    rows.keep(made.values[1] < 3)
    assert values(rows) == [1.0, 2.0]
    rows.sort(1, Qt.SortOrder.DescendingOrder)
    assert values(rows) == [2.0, 1.0]
    rows.keep(None)
    assert values(rows) == [3.0, 2.0, 1.0]
    assert (rows.place(1), rows.data(rows.index(0, 0))) == (2, "a")


def test_new_records_end_the_old_filter() -> None:
    made, rows = table([("a", 3.0), ("b", 1.0)])
    rows.keep(np.array([True, False]))
    made.take(prepared([("x", 1.0), ("y", 2.0), ("z", 3.0)], COLUMNS))
    assert rows.rowCount() == 3


RECORDS = st.lists(st.tuples(st.text(max_size=3), st.floats(-9, 9)), max_size=12)
STEPS = st.one_of(
    st.tuples(st.just("take"), RECORDS),
    st.tuples(st.just("keep"), st.none() | st.floats(-9, 9)),
    st.tuples(st.just("sort"), st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from(list(Qt.SortOrder)))),
    st.tuples(st.just("theme"), st.none()),
    st.tuples(st.just("columns"), st.sampled_from([COLUMNS, COLUMNS[:1]])),
)


@given(st.lists(STEPS, max_size=15))
def test_it_keeps_the_rules_of_a_qt_model_whatever_is_done(steps: list[tuple[str, object]]) -> None:
    made, rows = table([])
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    judges = [QAbstractItemModelTester(model, mode) for model in (made, rows)]
    for what, how in steps:
        if what == "take":
            made.take(prepared(how, made.columns))
        elif what == "keep" and len(made.values) > 1:
            rows.keep(None if how is None else made.values[1] > how)
        elif what == "sort":
            rows.sort(*how)
        elif what == "theme":
            made.set_theme(DARK)
        elif what == "columns":
            made.set_columns(how)
        assert rows.rowCount() <= len(made.records)
        assert all(rows.data(rows.index(n, 0)) is not None for n in range(rows.rowCount()))
    assert len(judges) == 2

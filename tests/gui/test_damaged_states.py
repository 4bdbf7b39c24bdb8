"""What panels keep may come back in any shape: from another version, a damaged disk or somebody's editor."""

from collections.abc import Iterator
from typing import Any

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui import workspaces
from tradebot_gui.main_window import MainWindow

JUNK: tuple[Any, ...] = (
    None, True, -1, 10**30, 1e300, float("nan"), "", "nonsense", [], [None], [[1]], [{}], {}, {"": None}, {"widths": 3},
)  # fmt: skip


def damaged(state: Any) -> Iterator[Any]:
    """``state`` with one part of it after the other replaced by each kind of junk."""
    if isinstance(state, dict):
        for name, value in state.items():
            yield from ({**state, name: other} for other in damaged(value))
    elif isinstance(state, list) and state:
        yield from ([other, *state[1:]] for other in damaged(state[0]))
    yield from JUNK


def comparable(state: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """``state`` without the parts of a splitter and the tables that were not there ``before``."""
    tables = {name: table for name, table in state.get("tables", {}).items() if name in before.get("tables", {})}
    return {**state, "split": None, "tables": tables}


async def test_no_panel_is_brought_down_by_what_it_finds_kept(window: MainWindow, engine: FakeEngine) -> None:
    await until(lambda: len(window.chart.view.data))
    window.chart._indicators.add("bollinger")
    window.chart.compare.set_symbols(["ETHUSDT"])
    before = {panel.id: panel.save_state() for panel in window.docks.panels.values()}
    for panel in window.docks.panels.values():
        for state in damaged(before[panel.id]):
            if isinstance(state, dict):
                window._restore_panel(panel, state)
                panel.save_state()
        window._restore_panel(panel, before[panel.id])
    after = {panel.id: panel.save_state() for panel in window.docks.panels.values()}
    for name, state in before.items():
        # a splitter gives its parts what they need at least, and a tab makes its tables when it is first shown
        assert comparable(after[name], state) == comparable(state, state), name
    workspaces.save(window.layout_now(), engine.paths.layout)
    assert workspaces.load(engine.paths.layout)[0] == window.layout_now()

"""What a panel says while there is no symbol to show: why, and what can be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_modules.core.events import ConnectionState
from tradebot_gui.language import tr

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine

ASKED = "The exchange is being asked for its symbols; the first is shown as soon as it answers."
AWAY = (
    "The exchange does not answer; it is asked again and again. Meanwhile the Data manager opens stored candles in the "
    "chart, and Backtest tests them. View, Connections says why. Help, Set up has a demo market that needs no internet."
)
DEMO_AWAY = (
    "The demo market does not answer; it is asked again and again. Meanwhile the Data manager opens stored candles in "
    "the chart, and Backtest tests them. View, Connections says why."
)


def without_symbol(engine: Engine, choose: str) -> str:
    """What is said where a symbol would be shown; ``choose`` where one has only to be chosen."""
    if engine.instruments:
        return tr(choose)
    there = engine.connections
    if there.offline is None and there.rest is not ConnectionState.DOWN:
        return tr(ASKED)
    return tr(AWAY if engine.mode == "LIVE DATA" else DEMO_AWAY)

"""Replay on the chart: a person chooses a moment, plays, steps, jumps and leaves; the future stays hidden."""

import asyncio

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from shared_modules.core.clock import ManualClock
from shared_modules.core.events import CandleClosed
from shared_modules.core.replay import ReplayClock
from tests.charts.test_drawing import click
from tests.gui.fixtures import until
from tradebot_gui.charts import Style
from tradebot_gui.charts.marker_sets import MarkerSet, SignalSet, TradeMarker
from tradebot_gui.drawings import Anchor, Drawing
from tradebot_gui.panels import chart_replay
from tradebot_gui.view_models.renko import Renko

from .test_chart import END, MINUTE, candle, desk, engine, panel, series

__all__ = ["desk", "engine", "panel"]


@pytest.fixture
def time(monkeypatch) -> ManualClock:
    """The clock under that of every replay."""
    base = ManualClock()
    monkeypatch.setattr(chart_replay, "ReplayClock", lambda start, speed: ReplayClock(start, base, speed))
    return base


@pytest.fixture
async def replay(panel, time):
    """A replay that has begun 500 minutes before the newest candle."""
    panel.replay.choose()
    panel.replay.go(END - 500 * MINUTE)
    await until(lambda: panel.replay.replay is not None)
    return panel.replay


def newest(panel) -> int:
    return int(panel.view.data.time_of(panel.view.data.last))


async def test_a_click_on_the_chart_begins_there_and_hides_what_came_after(panel, time, qtbot):
    qtbot.mouseClick(panel._replay_button, Qt.MouseButton.LeftButton)
    assert panel._replay_bar.isVisible()
    bar = panel.view.data.last - 40
    wanted = int(panel.view.data.time_of(bar))
    point = QPoint(round(panel.view.px_of(bar)), 150)
    qtbot.mouseClick(panel.view.surface, Qt.MouseButton.LeftButton, pos=point)
    await until(lambda: panel.replay.replay is not None)
    assert newest(panel) == wanted - MINUTE  # the candle that opens then has not closed
    assert not panel.view.picking
    assert "paused" in panel._replay_bar.state.text()


async def test_it_plays_at_the_chosen_speed_and_pauses(panel, replay, time):
    before = newest(panel)
    replay.set_speed(1000)
    replay.play(True)
    await time.advance(3)
    replay.tick()
    assert newest(panel) == before + 50 * MINUTE
    replay.play(False)
    await time.advance(30)
    replay.tick()
    assert newest(panel) == before + 50 * MINUTE


async def test_keys_step_play_and_leave(panel, replay, qtbot):
    before = newest(panel)
    qtbot.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert newest(panel) == before + MINUTE
    qtbot.keyClick(panel.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert newest(panel) == before
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert replay.replay.clock.playing
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert not replay.replay.clock.playing
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert not replay.active
    await until(lambda: newest(panel) == END + MINUTE)
    assert not panel._replay_bar.isVisible()


async def test_the_date_box_jumps_forward_and_back(panel, replay, qtbot):
    for back in (200, 700):
        panel._replay_bar.set_time(END - back * MINUTE)
        qtbot.mouseClick(panel._replay_bar.go, Qt.MouseButton.LeftButton)
        await asyncio.sleep(0)
        assert newest(panel) == END - (back + 1) * MINUTE


async def test_news_of_the_market_do_not_reach_a_chart_in_replay(panel, replay, desk):
    before = newest(panel)
    desk.engine.bus.publish(CandleClosed(series(), candle(END + MINUTE, 200.0, True)))
    await until(lambda: True)
    assert newest(panel) == before


async def test_trades_signals_and_drawings_of_the_future_are_not_seen(panel, replay):
    now, view = replay.replay.clock.now(), panel.view
    done = TradeMarker(now - 9 * MINUTE, 100.0, now - 5 * MINUTE, 101.0, True, 1.0)
    running = TradeMarker(now - 4 * MINUTE, 100.0, now + 9 * MINUTE, 111.0, True, 11.0)
    to_come = TradeMarker(now + 2 * MINUTE, 100.0, now + 9 * MINUTE, 111.0, True, 11.0)
    view.set_markers(MarkerSet.of([done, running, to_come]))
    times = np.array([now - 3 * MINUTE, now + 3 * MINUTE])
    view.set_signals(SignalSet(times, np.ones(2, np.int64), np.zeros(2, np.int64), ("no money",)))
    x0, x1 = view.span.x0, view.span.x1
    assert len(view.panes.markers.visible(x0, x1)) == 2
    assert view.panes.markers.is_open(running.exit_time)
    assert "Still open" in running.text(2, view.zone, still_open=True)
    assert "111" not in running.text(2, view.zone, still_open=True)
    assert len(view.panes.signals.visible(x0, x1)) == 1
    replay.step(20)
    assert len(view.panes.markers.visible(view.span.x0, view.span.x1)) == 3
    assert not view.panes.markers.is_open(running.exit_time)


async def test_indicators_know_nothing_of_what_comes_not_even_for_a_frame(panel, replay):
    lines = [(o, name) for o in panel.view.overlays for name in o.outputs]
    replay.step(40)
    # a line is there when it has been computed
    await until(lambda: all((x := o.line(name)) and x.end == panel.view.data.last + 1 for o, name in lines))
    bars = range(1400, panel.view.data.last + 1)
    known = {panel.view.data.time_of(x): [o.line(name).value(x) for o, name in lines] for x in bars}
    replay.step(-30)
    # nothing has been computed anew by now
    for overlay, name in lines:
        assert overlay.line(name).end <= panel.view.data.last + 1
    for x in range(1400, panel.view.data.last + 1):
        assert [o.line(name).value(x) for o, name in lines] == known[panel.view.data.time_of(x)]
    replay.go(END - 900 * MINUTE)
    await until(lambda: newest(panel) < END - 900 * MINUTE)
    for overlay, name in lines:
        assert overlay.line(name).end <= panel.view.data.last + 1


async def test_what_was_drawn_beyond_the_moment_appears_when_it_comes(panel, time):
    board = panel.view.drawings.board
    board.add(Drawing("horizontal", (Anchor(END - 100 * MINUTE, 100.0),)))
    board.select("")
    panel.replay.go(END - 200 * MINUTE)
    await until(lambda: panel.replay.replay is not None)
    assert panel.view.drawings.placed == []
    board.add(Drawing("horizontal", (Anchor(END - 150 * MINUTE, 101.0),)))
    assert panel.view.drawings.placed == []  # drawn on another chart, which is not in the past
    view = panel.view
    view.grab()
    view.tools.set_tool("horizontal")
    click(view, QPoint(round(view.px_of(view.data.last + 5)), 100))
    assert len(view.drawings.placed) == 1  # a person may draw into what is still empty
    board.select("")
    panel.replay.go(END - 90 * MINUTE)
    assert len(view.drawings.placed) == 3


async def test_another_timeframe_stays_at_the_moment(panel, replay):
    now = replay.replay.clock.now()
    panel.select_timeframe("5m")
    await until(lambda: replay.replay is not None and replay.replay.timeframe.name == "5m")
    assert replay.replay.clock.now() == now
    assert newest(panel) < now


async def test_at_the_newest_candle_it_waits(panel, replay):
    await until(lambda: replay._ended)
    replay.play(True)
    replay.step(600)
    assert not replay.replay.clock.playing
    assert "newest" in panel._replay_bar.state.text()


async def test_a_moment_before_all_candles_is_refused_in_words(panel, desk, time):
    said = []
    desk.notice.connect(lambda _, sentence: said.append(sentence))
    panel.replay.go(END - 20_000 * MINUTE)
    await until(lambda: said)
    assert "no candles" in said[0]
    assert not panel.replay.active


async def test_bricks_are_made_of_what_is_known_at_the_moment(panel, replay):
    panel._look.change(style=Style.RENKO, box=0.5)
    replay.step(30)
    made = Renko(0.5)
    made.feed(replay.replay.bars)
    assert panel.view.data.finished().time.tolist() == made.bars.time.tolist()
    replay.step(-60)
    assert len(panel.view.data) - 1 < len(made)


async def test_another_timeframe_at_a_moment_within_its_candle_shows_as_much_of_it_as_had_passed(panel, replay, engine):
    moment = replay.replay.clock.now()
    panel._timeframes.chosen.emit("15m")
    await until(lambda: replay.replay is not None and replay.replay.timeframe.name == "15m")
    opened = moment // (15 * MINUTE) * 15 * MINUTE
    assert opened < moment
    minutes = await engine.bars(series(), opened, moment)
    last = panel.view.data.candle(panel.view.data.last)
    assert (last.time, last.confirmed) == (opened, False)
    assert last.close == minutes.close[-1]
    assert last.high == minutes.high.max()

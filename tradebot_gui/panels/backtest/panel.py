"""Backtest: what is tested, start, pause and stop, and the runs there were."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from shared_modules.core.errors import Cancelled, InvalidInput, TradeBotError
from shared_modules.core.events import InstrumentsChanged, RunChanged
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.base import Panel
from tradebot_gui.panels.parts import button, column, in_order, muted, restore_sizes, row, scrolled, set_text, set_tone
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.panels.strategies import StrategiesPanel
from tradebot_gui.theme.theme import Theme
from tradebot_gui.turns import in_turns

from .presets import SettingsPresets
from .run_job import RunJob
from .run_rows import rows_of
from .runs import RunsView
from .setup import SetupForm
from .terms import Values, of_files, sources_of, terms_of, wanted_of, with_files_of

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestRequest, BacktestResult
    from shared_modules.system_integration.backtests import Run


class BacktestPanel(Panel):
    """Form and controls above, the runs below; made when it is first looked at or used, for it has many parts."""

    id: ClassVar[str] = "backtest"
    title: ClassVar[str] = "Backtest"
    running_changed = Signal(bool)
    result_opened = Signal(object, str, str)  # BacktestResult, id of the run, its title
    compare_wanted = Signal(object)  # ids

    def __init__(self, desk: Desk, strategies: StrategiesPanel) -> None:
        super().__init__(desk)
        self._strategies = strategies
        self._fetching: asyncio.Task[Any] | None = None
        self._latest = ""
        self._jobs: dict[str, RunJob] = {}
        self._built = self._begun = self._start_due = False
        self._making = self._parts()
        # what `restore_state` was given before there was anything to show it
        self._kept: dict[str, Any] = {}
        self._followed = False  # whether the symbols of the form are those of the window
        desk.bridge.newest(RunChanged, lambda e: e.run, self._run_changed, self)

    def build(self) -> None:
        """Make what is not there yet; only the first time does anything."""
        if not self._built:
            for _ in self._making:
                pass

    def first_shown(self) -> None:
        self._begin()

    def _begin(self) -> None:
        """Make the parts in turns of their own, unless they are being made already."""
        if not self._begun:
            self._begun = True
            in_turns(self, self._making)

    def _parts(self) -> Iterator[None]:
        """Make the parts from the outside in: what has its size already is styled anew when it moves into another."""
        desk = self.desk
        self._lay_out()
        yield
        self._form = SetupForm(self._find)
        # before the form's parts are made: Tab comes to what was made first
        self._presets = SettingsPresets(desk, self._form.values, self._form.set_values)
        self._above.insertWidget(1, self._presets)
        yield
        self._form_area.setWidget(self._form)
        yield
        yield from self._form.build(desk.engine.settings)
        border, self.split.ordered = self.split.handle(1), True
        in_order(self._form.sections[-1].last, border, self.start_button, self.pause_button, self.stop_button)
        yield
        self._runs = RunsView(desk)
        self._below.addWidget(self._runs, 1)
        yield
        self._connect()
        yield
        self._built = True
        # what was filled in while the rest was made is newer than what was kept
        typed = self._form.filled
        self.restore_state({**self._kept, "form": self._kept_form(typed)})
        self.set_streamer(desk.streamer)
        self._refresh()
        if self._start_due:
            self._start_due = False
            self.start()

    def set_streamer(self, on: bool) -> None:
        # parts that are not finished cannot say what they hide; the last step asks again
        if self._built:
            super().set_streamer(on)

    def _connect(self) -> None:
        desk = self.desk
        self._runs.set_theme(desk.theme)
        self._runs.open_wanted.connect(lambda run: desk.spawn(self.open_run(run)))
        self._runs.compare_wanted.connect(self.compare_wanted)
        desk.symbol_selected.connect(self._form.follow)
        desk.bridge.every(InstrumentsChanged, lambda _: self._symbols(), self)
        self._strategies.choice.currentTextChanged.connect(self._name_strategy)
        self._name_strategy(self._strategies.choice.currentText())
        self._symbols()
        if desk.symbol and "symbols" not in self._form.filled:
            self._form.follow(desk.symbol)
            self._followed = True

    @property
    def form(self) -> SetupForm:
        self.build()
        return self._form

    @property
    def presets(self) -> SettingsPresets:
        self.build()
        return self._presets

    @property
    def runs(self) -> RunsView:
        self.build()
        return self._runs

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.start_button = button("Start", "Run the backtest (F5); more of them wait in a queue", self.start, True)
        self.pause_button = button("Pause", "Have the run wait, or go on (F6)", self.pause_or_resume)
        self.stop_button = button("Stop", "Stop the run (Shift+F5)", self.stop)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(tr("Progress of the backtest"))
        self.progress.setToolTip(tr("How much of the backtest is done, and how long it has to go"))
        self.progress.setFormat("")
        self.progress.hide()
        self.strategy = muted()
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.setAccessibleName(tr("Outcome of the backtest"))
        self.outcome.hide()
        upper, lower = QWidget(), QWidget()
        self.split = Splitter(Qt.Orientation.Vertical)
        column(self, 0, 8).addWidget(self.split)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(upper)
        self.split.addWidget(lower)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 1)
        self._above, self._form_area = column(upper, 4, 0), scrolled()
        # its fields have the keyboard, and it follows them
        self._form_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._above.addWidget(self.strategy)
        self._above.addWidget(self._form_area, 1)
        self._below = below = column(lower, 4, 0)
        below.setContentsMargins(0, 6, 0, 0)
        below.addLayout(row(self.start_button, self.pause_button, self.stop_button))
        below.addWidget(self.progress)
        below.addWidget(self.outcome)
        self.split.setSizes([330, 300])

    def _name_strategy(self, title: str) -> None:
        self.strategy.setText(tr("Strategy: {title}").format(title=title) if title else tr("No strategy chosen"))

    def _symbols(self) -> None:
        self._form.show_symbols(sorted(i.symbol for i in self.desk.engine.instruments))

    def _find(self, symbol: str) -> object:
        return self.desk.engine.market(symbol)

    # -- running --------------------------------------------------------------------------------------------------

    @property
    def active(self) -> list[Run]:
        """The runs that wait, run or pause, in order."""
        return [r for r in self._all() if not r.state.final]

    def _all(self) -> tuple[Run, ...]:
        return self.desk.engine.backtests.runs if self.desk.engine.ready else ()

    @property
    def fetching(self) -> bool:
        return self._fetching is not None and not self._fetching.done()

    @property
    def running(self) -> bool:
        return self._start_due or self.fetching or bool(self.active)

    def start(self) -> None:
        """Gather the candles and queue the run, once the form stands; a wrong field gets the keyboard instead."""
        if self.fetching:
            return
        if not self.desk.engine.ready:
            self.desk.notice.emit("warning", "The market data service is still starting; try again in a moment.")
            return
        if not self._built:
            self._start_due = True
            self._refresh()
            self._begin()
            return
        wrong = self.form.check()
        if wrong is not None:
            self.form.go_to(wrong[0])
            self._say(wrong[1], "loss")
            return
        self._say("", "muted")
        self._fetching = self.desk.spawn(self._run())
        self._refresh()

    def stop(self) -> None:
        """Stop the chosen run if it is under way, else what is fetched, else the newest run under way."""
        if self._start_due:  # nothing has begun yet
            self._start_due = False
            self._refresh()
            return
        run = self._aimed()
        if run is not None and (not self.fetching or self._is_chosen(run)):
            self.desk.engine.backtests.stop(run.id)
        elif self.fetching and self._fetching is not None:
            self._fetching.cancel()
        self._refresh()

    def pause_or_resume(self) -> None:
        """Have the run wait where it is, or go on."""
        run = self._aimed()
        if run is None:
            return
        backtests = self.desk.engine.backtests
        if run.state.value == "paused":
            backtests.resume(run.id)
        else:
            backtests.pause(run.id)
        self._refresh()

    def _aimed(self) -> Run | None:
        """The run that Pause and Stop are meant for."""
        active = self.active
        chosen = [r for r in active if self._is_chosen(r)]
        begun = [r for r in active if r.state.value != "queued"]
        return (chosen or begun or active or [None])[-1]

    def _is_chosen(self, run: Run) -> bool:
        return self._built and any(row.id == run.id for row in self._runs.chosen())

    async def _run(self) -> None:
        # as they stand now: who goes on typing while candles are fetched means the next run
        v, strategy = self.form.values(), self._strategies.choice.currentText()
        try:
            request = await self._request(v)
            run = self.desk.engine.backtests.start(request, _title(strategy, request), bool(v["checks"]))
        except asyncio.CancelledError:
            self._say("Stopped while candles were fetched.", "warning")
            return
        except TradeBotError as error:
            self._say(_sentence(str(error)), "loss")
            return
        finally:
            self._fetching = None
            self._refresh()
        self._latest = run.id
        self._jobs[run.id] = RunJob(self.desk.engine.backtests, run)
        self.desk.job_started.emit(self._jobs[run.id])
        self.desk.spawn(self._follow(run))

    async def _follow(self, run: Run) -> None:
        state = (await run.done()).value
        if state == "done":
            await self.open_run(run.id, only_if=run.id)
        elif run.id == self._latest:
            said = {"stopped": "Stopped. Nothing of it was kept.", "failed": _sentence(run.error)}
            self._say(said.get(state, ""), "loss" if state == "failed" else "warning")
        self._refresh()

    async def open_run(self, run: str, only_if: str = "", title: str = "") -> None:
        """Show the result of ``run``, called ``title``; with ``only_if`` only while that is the newest started."""
        if only_if and only_if != self._latest:
            return
        backtests = self.desk.engine.backtests
        try:
            result = await backtests.load(run)
        except Cancelled:
            return
        except TradeBotError as error:
            self.desk.notice.emit("error", _sentence(str(error)))
            return
        # a list of runs that nobody has looked at is not made for a title
        row_ = self._runs.table.record(run) if self._built else None
        title = next((r.title for r in backtests.runs if r.id == run), row_.title if row_ else title)
        if only_if:
            change = result.metrics.get("total_return", float("nan"))
            self._say(_in_short(result, change), "gain" if change > 0 else "loss" if change < 0 else "muted")
        self.result_opened.emit(result, run, title)

    def open_last(self) -> None:
        """Show the newest run that has a result."""
        self.desk.spawn(self._open_last())

    async def _open_last(self) -> None:
        # the list of runs may never have been looked at: the history itself is asked
        backtests = self.desk.engine.backtests
        rows = rows_of(await backtests.history(), backtests.runs)
        newest = next((r for r in rows if r.has_result), None)
        if newest is None:
            self.desk.notice.emit("info", "There is no result yet; run a backtest first.")
        else:
            await self.open_run(newest.id, title=newest.title)

    async def _request(self, v: Values) -> BacktestRequest:
        from shared_modules.system_integration.backtesting import BacktestRequest

        name, values = self._strategies.name, self._strategies.values()
        terms = terms_of(v)
        terms |= await (self._of_files(v) if of_files(v) else self._of_terminal(v, name, values))
        return BacktestRequest(
            strategy=name, parameters=values, strategy_folder=str(self.desk.engine.paths.strategies), **terms
        )

    async def _of_files(self, v: Values) -> dict[str, Any]:
        """What the files of the form give to a request."""
        sources, own = await asyncio.to_thread(sources_of, v)
        return {"sources": sources, "detail": own}

    async def _of_terminal(self, v: Values, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """What memory, data folder and exchange give to a request."""
        from shared_modules.system_integration.sources import gather

        engine = self.desk.engine
        wanted = wanted_of(v, await asyncio.to_thread(self._warmup, name, values))
        instruments = (engine.instrument(symbol) for symbol in wanted.symbols)
        sources = await gather(engine, wanted, self._fetched)
        return {
            "sources": await asyncio.to_thread(with_files_of, v, sources),
            "instruments": tuple(i for i in instruments if i is not None),
        }

    def _warmup(self, name: str, values: dict[str, Any]) -> int:
        """Candles that the strategy needs before it can decide."""
        from shared_modules.core.parameters import build
        from shared_modules.strategies.registry import strategy

        try:
            needed = build(strategy(name, self.desk.engine.paths.strategies), values).warmup
        except TradeBotError:
            raise
        except Exception as error:
            raise InvalidInput(
                f"strategy '{name}' fails when it is asked for its warm-up ({type(error).__name__}: {error})"
            ) from error
        # what is no number is refused by the run, with the strategy's name
        return needed if isinstance(needed, int) else 0

    def _fetched(self, share: float, text: str) -> None:
        self.progress.setValue(round(share * 1000))
        self.progress.setFormat(f"{tr('fetching candles')} {share:.0%}  {phrase(text)}")

    def _run_changed(self, event: RunChanged) -> None:
        job = self._jobs.get(event.run)
        if job is not None and job.changed():
            del self._jobs[event.run]
        self._refresh()

    def _refresh(self) -> None:
        """Bring buttons and progress in line with what is under way."""
        if not self._built:
            self.running_changed.emit(self.running)
            return
        run, fetching = self._aimed(), self.fetching
        self.start_button.setEnabled(not fetching)
        self.pause_button.setEnabled(run is not None)
        paused = run is not None and run.state.value == "paused"
        set_button = tr("Resume" if paused else "Pause")
        if self.pause_button.text() != set_button:
            self.pause_button.setText(set_button)
            self.pause_button.setAccessibleName(set_button)
        self.stop_button.setEnabled(run is not None or fetching)
        self.progress.setVisible(run is not None or fetching)
        if not fetching:
            self._show_progress(run)
        elif self.progress.format() == "":
            self.progress.setFormat(tr("fetching candles"))
        self.running_changed.emit(self.running)

    def _show_progress(self, run: Run | None) -> None:
        report = None if run is None else run.report
        self.progress.setValue(0 if report is None else round(report.share * 1000))
        if run is None:
            self.progress.setFormat("")
            return
        waiting = len(self.active) - 1
        more = "   " + tr("{n} more").format(n=waiting) if waiting > 0 else ""
        if report is None or run.state.value in ("queued", "paused"):
            self.progress.setFormat(tr(run.state.value) + more)
            return
        eta = "" if report.eta is None else "   " + tr("{time} left").format(time=texts.seconds(report.eta))
        said = f"{report.share:.0%}{eta}{more}   {phrase(report.text)}"
        room = self.progress.width() - 12
        self.progress.setFormat(self.progress.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, room))

    def _say(self, text: str, tone: str) -> None:
        set_text(self.outcome, text)
        set_tone(self.outcome, tone)
        self.outcome.setVisible(bool(text))

    # -- state ----------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        if self._built:
            self._runs.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        if not self._built:
            return self._kept
        return {
            "form": self.form.values(),
            "sections": {s.title: s.is_open for s in self.form.sections},
            "split": self.split.sizes(),
            "runs": self.runs.view.save_columns(),
        }

    def _kept_form(self, typed: Collection[str]) -> dict[str, Any]:
        """The fields as they were kept, but for those that are ``typed`` already."""
        form = self._kept.get("form")
        typed = set(typed) - ({"symbols"} if self._followed else set())
        return {name: value for name, value in form.items() if name not in typed} if isinstance(form, dict) else {}

    def restore_state(self, state: dict[str, Any]) -> None:
        if not self._built:
            self._kept = state
            return
        if isinstance(state.get("form"), dict):
            self.form.set_values(state["form"])
        opened = state.get("sections")
        for section in self.form.sections:
            if isinstance(opened, dict) and isinstance(opened.get(section.title), bool):
                section.set_open(opened[section.title])
        restore_sizes(self.split, state.get("split"))
        self.runs.view.restore_columns(state.get("runs"))

    def first_focus(self) -> QWidget:
        if self.layout() is None:
            next(self._making)
        return self.start_button


def _title(strategy: str, request: BacktestRequest) -> str:
    from shared_modules.system_integration.backtesting import run_title

    return run_title(strategy, [source.symbol for source in request.sources if source.symbol])


def _in_short(result: BacktestResult, change: float) -> str:
    """What came of a run, and why where nothing did."""
    from shared_modules.system_integration.backtesting import NO_TRADE

    trades, bars = len(result.trades), result.bars
    said = f"{texts.percent(change)} · {trades:,} trade{'s' * (trades != 1)} · {bars:,} candle{'s' * (bars != 1)}"
    why = "" if trades else next((note for note in result.notes if note.startswith(NO_TRADE)), "")
    return f"{said}. {why}" if why else said


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."

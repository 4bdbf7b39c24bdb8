"""The drill: bad days of the simulated exchange on demand, to see that the terminal comes through them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from shared_modules.core.errors import Unreachable
from shared_modules.system_integration import DrillState
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .parts import button, column, muted, row
from .record_view import RecordView

NO_SEED = -1


def _state(state: DrillState) -> str:
    if not state.begun:
        return "off"
    return "strikes" if state.active else "over"


COLUMNS: tuple[Column[DrillState], ...] = (
    Column("Drill", lambda s: s.drill.title, width=150),
    Column("State", _state, tone=lambda s: "warning" if s.active else "muted", width=70,
           tip="'strikes' while it happens, 'over' when its time has passed"),
    Column("Hits", lambda s: s.hits if s.begun else None, lambda s: f"{s.hits:,}" if s.begun else "—", None, True, 60,
           "How many sockets, frames, candles or requests were hit"),
    Column("Seed", lambda s: s.seed, lambda s: "—" if s.seed is None else str(s.seed), None, True, 50,
           spare=1),
    Column("What happens", lambda s: s.drill.sentence, width=160, elastic=True, hint=lambda s: s.drill.sentence),
)  # fmt: skip


class DrillPanel(Panel):
    """Every drill with its state; ``changed`` is told when a drill begins, strikes no more, or ends."""

    id = "drill"
    title = "Drill"
    room = 0.4
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._drills = desk.engine.drills
        self.table: RecordTable[DrillState] = RecordTable(COLUMNS, lambda s: s.drill.name, self)
        self.table.set_theme(desk.theme)
        self.table.show(self._drills.states)
        self.view = RecordView(self.table, "Drills", "The simulated exchange does not answer yet.")
        self.view.setSelectionMode(RecordView.SelectionMode.SingleSelection)
        self.view.activated_record.connect(lambda state: self.toggle(state.drill.name))
        self._build()
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        desk.engine_ready.connect(self._ready)

    def _build(self) -> None:
        self.begin_button = button("Begin", "Begin the chosen drill (Enter)", self.begin, primary=True)
        self.end_button = button("End", "End the chosen drill", self.end)
        self.all_button = button("End all", "End every drill and every other fault of the exchange", self.end_all)
        self.seed = QSpinBox()
        self.seed.setRange(NO_SEED, 999_999)
        self.seed.setValue(NO_SEED)
        self.seed.setSpecialValueText(tr("any"))
        self.seed.setAccessibleName(tr("Seed of the drill"))
        self.seed.setToolTip(tr("With the same seed a drill hits the same frames, candles and requests each time"))
        label = muted("Seed")
        label.setBuddy(self.seed)
        layout = column(self, 0, 0)
        layout.addLayout(
            row(self.begin_button, self.end_button, self.all_button, 8, label, self.seed, None, margins=(6, 5, 8, 5))
        )
        layout.addWidget(self.view, 1)
        layout.addWidget(self._note())
        self.view.chosen.connect(lambda _: self._enable())
        self.view.select_record(lambda _: True)
        self._enable()

    def _note(self) -> QWidget:
        note = muted(
            "Only the simulated exchange does this, on this PC. Watch Connections and Data collector.", wrap=True
        )
        note.setContentsMargins(8, 4, 8, 6)
        return note

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))

    @property
    def chosen(self) -> DrillState | None:
        """The drill under the cursor, as it stands."""
        index = self.view.currentIndex()
        return self.view.rows.record(index) if index.isValid() else None

    # -- what a person does -----------------------------------------------------------------------------------------

    def toggle(self, name: str) -> None:
        """Begin the drill called ``name``, or end it when it was begun and is not over."""
        state = self.table.record(name)
        if state is not None and state.active:
            self.desk.spawn(self._after(self._drills.end(name)))
        else:
            seed = self.seed.value()
            self.desk.spawn(self._after(self._drills.begin(name, None if seed == NO_SEED else seed)))

    def begin(self) -> None:
        if self.chosen is not None and not self.chosen.active:
            self.toggle(self.chosen.drill.name)

    def end(self) -> None:
        if self.chosen is not None:
            self.desk.spawn(self._after(self._drills.end(self.chosen.drill.name)))

    def end_all(self) -> None:
        self.desk.spawn(self._after(self._drills.end_all()))

    async def _after(self, work: object) -> None:
        await work  # type: ignore[misc]
        self._show()

    # -- what is shown ----------------------------------------------------------------------------------------------

    def _ready(self) -> None:
        self._look()
        self._enable()

    def _tick(self) -> None:
        # nobody asks while there is nothing to see
        if self._drills.possible and (self.isVisible() or any(s.begun for s in self._drills.states)):
            self._look()

    def _look(self) -> None:
        if self._drills.possible:
            self.desk.spawn(self._looked())

    async def _looked(self) -> None:
        try:
            await self._drills.look()
        except Unreachable:
            return  # the status bar says what does not answer; the next look may find it
        self._show()

    def _show(self) -> None:
        before = [(s.drill.name, s.active) for s in self.table.records]
        self.table.show(self._drills.states)
        self._enable()
        if before != [(s.drill.name, s.active) for s in self.table.records]:
            self.changed.emit()

    def _enable(self) -> None:
        possible, chosen = self._drills.possible, self.chosen
        self.begin_button.setEnabled(
            possible and chosen is not None and bool(chosen.drill.faults) and not chosen.active
        )
        self.end_button.setEnabled(possible and chosen is not None and chosen.begun)
        self.all_button.setEnabled(possible and any(s.begun for s in self.table.records))

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return self.view

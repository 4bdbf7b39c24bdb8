"""What runs, in numbers: told by the icon in the tray, and asked about before the terminal closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QMessageBox, QSystemTrayIcon
from shiboken6 import isValid

from . import texts
from .language import phrase, tr
from .view_models.stored import megabytes

if TYPE_CHECKING:
    from shared_modules.system_integration import Job

    from .main_window import MainWindow

# so many works are told one by one
MOST = 4
WHY = "What runs ends with the terminal. Backtests keep no result; a collector fills its gap at the next start."


def works(window: MainWindow) -> list[str]:
    """The works under way, each with how far it is."""
    jobs = window.status.job.jobs
    more = [tr("and {n} more").format(n=len(jobs) - MOST)] if len(jobs) > MOST else []
    return [*(_told(job) for job in jobs[:MOST]), *more]


def _told(job: Job[object]) -> str:
    report, title = job.report, phrase(job.title)
    if report is None:
        return tr("{title}: waiting").format(title=title)
    if report.eta is None:
        return f"{title}: {texts.percent(report.share, 0, sign=False)}"
    said = tr("{title}: {share}, {time} to go")
    return said.format(
        title=title, share=texts.percent(report.share, 0, sign=False), time=texts.seconds(report.eta)
    )  # fmt: skip


def keepers(window: MainWindow) -> list[str]:
    """What goes on without an end: the recorder and the collector."""
    engine, said = window.desk.engine, []
    if not engine.ready:
        return said
    recorder = engine.recorder.status()
    if recorder.running:
        said.append(tr("Recorder: {size} written").format(size=megabytes(recorder.bytes)))
    if engine.collector.running:
        said.append(tr("Collector: {n} series").format(n=len(engine.collector.series)))
    return said


class Leaving:
    """Lets its window close, after a question where the settings want one."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.question: QMessageBox | None = None

    def ask(self) -> None:
        """Close the terminal, or ask first while something runs."""
        window, app = self._window, QGuiApplication.instance()
        if self.question is not None and isValid(self.question) and self.question.isVisible():
            self.question.activateWindow()
            return
        wanted = window.desk.engine.settings.appearance.ask_at_close
        work = works(window)
        said = [*work, *keepers(window)]
        # the system is going down and waits for nobody
        ending = isinstance(app, QGuiApplication) and app.isSavingSession()
        if ending or wanted == "never" or not (said if wanted == "always" else work):
            window.closed.emit()
            return
        self._ask(said, only_kept=not work)

    def _ask(self, said: list[str], only_kept: bool) -> None:
        window = self._window
        word = tr("Restart") if window.restarting else tr("Close the terminal")
        box = QMessageBox(QMessageBox.Icon.Question, word, "\n".join(said), parent=window)
        box.setInformativeText(tr(WHY))
        close = box.addButton(word, QMessageBox.ButtonRole.AcceptRole)
        tray = None
        if QSystemTrayIcon.isSystemTrayAvailable() and not window.restarting:
            tray = box.addButton(tr("Keep running in the tray"), QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        quiet = QCheckBox(tr("Do not ask again while only the collector or recorder runs" if only_kept
                             else "Do not ask again"))  # fmt: skip
        box.setCheckBox(quiet)
        box.buttonClicked.connect(lambda pressed: self._answered(pressed, close, tray))
        box.buttonClicked.connect(
            lambda pressed: self._quieter("work" if only_kept else "never")
            if quiet.isChecked() and pressed in (close, tray) else None
        )  # fmt: skip
        box.finished.connect(box.deleteLater)
        self.question = box
        # a hidden window has no place for a question over it
        window.tray.show_window()
        box.open()

    def _answered(
        self, pressed: QAbstractButton, close: QAbstractButton, tray: QAbstractButton | None
    ) -> None:  # fmt: skip
        window = self._window
        if pressed is close:
            window.closed.emit()
            return
        window.restarting = False
        if pressed is tray:
            window.desk.spawn(self._into_tray())

    def _quieter(self, when: str) -> None:
        self._window.desk.spawn(self._window.desk.engine.change("appearance.ask_at_close", when))

    async def _into_tray(self) -> None:
        await self._window.desk.engine.change("appearance.tray", True)
        self._window.tray.follow_setting()
        self._window.hide()

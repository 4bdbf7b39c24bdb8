"""A sentence that the engine has put together is told in the language of the window, and German lacks none."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QTableView, QWidget

import shared_modules
import tradebot_gui
from shared_modules.core import errors
from shared_modules.indicators import catalogue
from shared_modules.indicators.sets import SETS
from tests.gui.spoken import spoken
from tradebot_gui.dialogs.import_form import ImportForm
from tradebot_gui.language import phrase, use, words_of
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.results.panel import TABS
from tradebot_gui.qt_language import QtWords
from tradebot_gui.sentences import Sentences

ENGINE = Path(shared_modules.__file__).parent
WINDOW = Path(tradebot_gui.__file__).parent
# what no window shows: the command line, the exchange that is simulated, orders that this version does not send
UNSEEN = ("cli", "exchanges/simulated", "matching", "backtester/report", "backtester/sweep.py")
TOLD = {name for name, kind in vars(errors).items() if inspect.isclass(kind)} | {"Verdict", "Notice"}
# more than names and what was filled in
WORDED = re.compile(r"[a-z]{3,} .*[a-z]{2,}|[a-z]{2,} [a-z]{3,}")
ENGLISH = re.compile(r"\b(the|of|and|is|are|with|to|for|from|this|that|by|not|when|which|each|it|no|has|have|be)\b")


@pytest.fixture(scope="module")
def german() -> Sentences:
    return Sentences(words_of("de"))


WORDS = {
    "no {kind} '{name}'; did you mean {near}?": "kein {kind} „{name}“; meinten Sie {near}?",
    "{n} bars": "{n} Kerzen", "symbol": "Symbol", "it broke: {error}": "es brach: {error}",
    "the disk is full": "die Platte ist voll", "in {a} and {b} alike": "ebenso {b} wie {a}", "All went well.": "Gut.",
    "slow": "langsam", "quick": "schnell", "{name} of {of} more": "{of}: {name} mehr",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no symbol 'BTC'; did you mean 'BTCUSDT'?", "kein Symbol „BTC“; meinten Sie 'BTCUSDT'?"),
        ("1,500 bars", "1,500 Kerzen"),
        ("several bars", "several bars"),
        ("It broke: the disk is full.", "Es brach: die Platte ist voll."),
        ("in here and there alike", "ebenso there wie here"),
        ("All went well. The disk is full.", "Gut. Die Platte ist voll."),
        ("slow, quick", "langsam, schnell"),
        ("slow, unheard of", "slow, unheard of"),
        ("2 bars   slow", "2 Kerzen   langsam"),
        ("12,345.6", "12,345.6"),
        ("", ""),
    ],
)
def test_a_sentence_is_known_by_its_form(text: str, said: str) -> None:
    assert Sentences(WORDS).of(text) == said


def test_keys_of_a_menu_stay_beside_its_words() -> None:
    use({"slow": "langsam"})
    try:
        assert phrase("slow\tAlt+S") == "langsam\tAlt+S"
    finally:
        use({})
    assert phrase("slow\tAlt+S") == "slow\tAlt+S"


def _said(path: Path, called: set[str], at: int) -> Iterator[str]:
    """The texts handed to calls of these names as argument ``at``, a 7 in each of their holes."""
    for node in _calls(path):
        if len(node.args) <= at:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in called and (text := _text(node.args[at])):
            yield text


@cache
def _calls(path: Path) -> tuple[ast.Call, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "7" for p in node.values)
    return ""


def _files(root: Path, unseen: tuple[str, ...] = ()) -> list[Path]:
    files = sorted(root.rglob("*.py"))
    return [f for f in files if not f.relative_to(root).as_posix().startswith(unseen)]


def test_german_has_every_refusal_and_verdict_of_the_engine(german: Sentences) -> None:
    asked = [(f.name, text) for f in _files(ENGINE, UNSEEN) for at in (0, 1, 2)
             for text in _said(f, TOLD if at == 0 else {"Verdict"}, at) if WORDED.search(text)]  # fmt: skip
    silent = [(where, text) for where, text in asked if german.of(text) == text]
    assert asked
    assert not silent


def test_german_has_every_notice_of_the_window(german: Sentences) -> None:
    asked = [(f.name, text) for f in _files(WINDOW) for text in _said(f, {"emit"}, 1) if WORDED.search(text)]
    silent = [(where, text) for where, text in asked if german.of(text) == text]
    assert asked
    assert not silent


# which of their arguments a person reads
SHOWN = {
    "tr": (0,), "phrase": (0,), "button": (0, 1), "muted": (0,), "heading": (0,), "search_box": (0,), "ask": (1, 2, 3),
    "ask_text": (1, 2), "section": (1,), "Column": (0,), "Action": (1, 4), "Sheet": (0,), "setToolTip": (0,),
    "setAccessibleName": (0,), "setWindowTitle": (0,), "QLabel": (0,), "QCheckBox": (0,), "QAction": (0,),
    "addTab": (1,), "set_text": (1,), "setTitle": (0,),
}  # fmt: skip
# names that are the same in every language
NAMES = re.compile(r"TradeBot Terminal.*")


def test_german_has_every_text_that_a_part_of_the_window_is_made_with(german: Sentences) -> None:
    asked = {
        (f.name, text.partition("\t")[0])
        for f in _files(WINDOW)
        for at in range(5)
        for text in _said(f, {name for name, places in SHOWN.items() if at in places}, at)
        if re.search(r"[a-z]{3,}", text) and not NAMES.fullmatch(text)
    }
    known = words_of("de")
    silent = sorted((where, text) for where, text in asked if text not in known and german.of(text) == text)
    assert len(asked) > 800
    assert silent == []


@pytest_asyncio.fixture
async def speaking() -> Iterator[None]:
    use(words_of("de"))
    words = QtWords()
    QCoreApplication.installTranslator(words)
    yield
    QCoreApplication.removeTranslator(words)
    use({})


def _cells(root: QWidget) -> Iterator[tuple[str, str]]:
    for view in root.findChildren(QTableView):
        model = view.model()
        for row in range(min(20, model.rowCount()) if model is not None else 0):
            for place in range(model.columnCount()):
                text = model.index(row, place).data(Qt.ItemDataRole.DisplayRole)
                yield f"cell of {view.accessibleName()}", str(text or "")


def _english(roots: list[QWidget]) -> list[tuple[str, str]]:
    known = set(words_of("de").values())
    names = {entry.title for entry in catalogue().values()} | {found.title for found in SETS.values()}
    found = []
    for root in roots:
        for where, text in (*spoken(root), *_cells(root)):
            plain = re.sub(r" \([\w ]+\)$", "", text)
            if (
                text not in known
                and plain not in names
                and "/" not in text
                and ENGLISH.search(text.split(" (TA-Lib")[0])
            ):
                found.append((where, text))
    return found


async def test_who_reads_german_meets_no_english_sentence(speaking: None, window: MainWindow) -> None:
    for panel in list(window.docks.panels):
        window.show_panel(panel)
    for kind in TABS:
        window.results.tab(kind)
    form = ImportForm()
    alert = window.alerts.make("BTCUSDT", 1.0)
    dialogs = [window.open_setup(), window.open_settings(), alert, form]
    window.open_shortcuts()
    window.open_workspaces()
    dialogs += [d for d in window.findChildren(QDialog) if d not in dialogs]
    assert _english([window, *(d for d in dialogs if d is not None)]) == []
    for dialog in dialogs:
        if dialog is not None:
            dialog.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("price crosses 100.0", "Preis kreuzt 100.0"),
        ("BTCUSDT price crosses above 3.2: 104.0. sell half", "BTCUSDT: Preis steigt über 3.2: 104.0. sell half"),
        ("RSI 14 crosses below 30 at the close of a 5m candle", "RSI 14 fällt unter 30 zum Schluss einer 5m-Kerze"),
    ],
)
def test_what_an_alert_waits_for_is_told_in_german(german: Sentences, text: str, said: str) -> None:
    assert german.of(text) == said

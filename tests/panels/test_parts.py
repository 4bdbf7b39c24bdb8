"""The small parts of panels."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from tradebot_gui.panels.parts import ElidedLabel, button, section


def inked(label: ElidedLabel) -> bool:
    image = label.grab().toImage()
    colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    return len(colours) > 1


def test_a_line_without_room_shows_dots_or_nothing_but_never_a_cut_letter(qtbot):
    label = ElidedLabel("Live · closes in 4:08")
    qtbot.addWidget(label)
    label.resize(400, 20)
    assert inked(label)
    label.resize(80, 20)
    assert inked(label)
    label.resize(20, 20)
    assert not inked(label)
    assert label.text() == "Live · closes in 4:08"


def test_the_title_of_a_part_of_a_menu_can_be_read_and_not_be_chosen(qapp: QApplication) -> None:
    menu = QMenu()
    menu.addAction("before")
    section(menu, "Marks")
    title = menu.actions()[-1]
    assert (title.text(), title.isEnabled(), title.isSeparator()) == ("Marks", False, False)


def test_enter_presses_the_button_that_has_the_keyboard(qapp: QApplication, qtbot) -> None:
    pressed: list[str] = []
    made = button("Go", "Goes", lambda: pressed.append("go"))
    qtbot.addWidget(made)
    qtbot.keyClick(made, Qt.Key.Key_Return)
    qtbot.keyClick(made, Qt.Key.Key_Enter)
    assert pressed == ["go", "go"]

"""The small parts of panels."""

from tradebot_gui.panels.parts import ElidedLabel


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

"""Colours named by meaning in one frozen theme; the style sheet and the chart use the names."""

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as '#rrggbb'; ``surface`` lies behind ``panel``, ``raised`` above it.

    ``field`` is what a person writes in, ``edge`` the border of that and of buttons.
    """

    name: str
    surface: str
    panel: str
    raised: str
    field: str
    edge: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    gain: str
    loss: str
    warning: str
    grid: str
    crosshair: str
    selection: str
    overlays: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        return luminance(self.panel) < 0.5

    def with_rising(self, colour: str) -> Self:
        """This theme with rising prices in 'green', in 'red' as is the habit in East Asia, or in 'blue'.

        Blue against orange stays apart for the common kinds of colour blindness (Okabe and Ito, 2008); warnings have a
        colour of their own beside orange.
        """
        if colour == "blue":
            gain, loss, warning = BLUE_ORANGE[self.name]
            return replace(self, gain=gain, loss=loss, warning=warning)
        return self if colour == "green" else replace(self, gain=self.loss, loss=self.gain)

    def names(self) -> dict[str, str]:
        """The single colours by name, for the style sheet."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("name", "overlays")}


DARK = Theme(
    name="dark",
    surface="#0c1015",
    panel="#12171e",
    raised="#1b222b",
    field="#0c1015",
    edge="#333e4b",
    border="#29323d",
    text="#d6dce5",
    muted="#8d99a8",
    accent="#5b9dff",
    on_accent="#08111f",
    gain="#40ad88",
    loss="#f76d63",
    warning="#f2b355",
    grid="#1c232c",
    crosshair="#7d8998",
    selection="#1e2f4a",
    overlays=("#e3ab4a", "#5b9dff", "#c58af9", "#4fd1c5", "#f28bb3", "#a3c465"),
)

LIGHT = Theme(
    name="light",
    surface="#e6eaef",
    panel="#ffffff",
    raised="#f1f4f7",
    field="#ffffff",
    edge="#aeb8c4",
    border="#cfd6de",
    text="#18202a",
    muted="#566273",
    accent="#1859c9",
    on_accent="#ffffff",
    gain="#026746",
    loss="#b32f47",
    warning="#674404",
    grid="#e9edf1",
    crosshair="#647081",
    selection="#cfe0fa",
    overlays=("#9c5c00", "#1859c9", "#7b3fc4", "#0c7c80", "#b8346f", "#537a14"),
)

# what rises, what falls, and what to beware of
BLUE_ORANGE = {"dark": ("#40bce0", "#e6860c", "#efe352"), "light": ("#395a94", "#a14906", "#63355e")}

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb' from 0 (black) to 1 (white), as WCAG defines it."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21; text needs 4.5."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)

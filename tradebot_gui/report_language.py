"""Pages that the engine writes, in the language of the window; their figures and looks stay as they are."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from pathlib import Path

from shared_modules.core.paths import write_whole

from .language import code, phrase
from .texts import typeset

# what stands in these is no text
_CODE = ("style", "script")


class _Speaker(HTMLParser):
    """Writes a page again, each of its texts translated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._within = ""

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text = self.get_starttag_text() or ""
        self.written.append(text.replace('lang="en"', f'lang="{code()}"') if tag == "html" else text)
        self._within = tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.written.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.written.append(f"</{tag}>")
        self._within = ""

    def handle_data(self, data: str) -> None:
        self.written.append(data if self._within in _CODE else escape(_said(data), quote=False))


def _said(text: str) -> str:
    core = text.strip()
    # words of a page begin small where those of the window begin large
    found = (phrase(way) for way in (core, core[:1].upper() + core[1:]) if phrase(way) != way)
    return text.replace(core, typeset(next(found, core))) if core else text


def translated(page: str) -> str:
    """``page`` of HTML in the language of the window; what is not known in it stays English."""
    speaker = _Speaker()
    speaker.feed(page)
    speaker.close()
    return "".join(speaker.written)


def translate_file(path: Path) -> None:
    """Write the page at ``path`` anew in the language of the window; nothing to do in English."""
    if code() != "en":
        write_whole(path, translated(path.read_text(encoding="utf-8")).encode())

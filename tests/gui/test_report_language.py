"""A page that the engine wrote speaks the language of the window; its figures and looks stay."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_modules.backtester.report import write_html
from tests.backtester.results import nothing
from tradebot_gui import language
from tradebot_gui.report_language import translate_file, translated


@pytest.fixture
def german() -> Iterator[None]:
    language.use(language.words_of("de"), "de")
    yield
    language.use({})


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write_html(nothing(), tmp_path / "page.html", "My run")


def bare(page: str) -> str:
    """``page`` without its texts."""
    return re.sub(r">[^<]*<", "><", re.sub(r"<style>.*?</style>", "", page, flags=re.S))


def test_a_report_is_german_in_a_german_window(german: None, page: Path) -> None:
    english = page.read_text(encoding="utf-8")
    translate_file(page)
    said = page.read_text(encoding="utf-8")
    assert '<html lang="de">' in said
    for words in ("Kapital und Rückgang", "Monatliche Renditen", "Anmerkungen", "Entschieden zum Schluss", "My run"):
        assert words in said
    for words in ("Monthly", "There were none", "Decided at", "byte for byte", "Open a figure"):
        assert words in english, words
        assert words not in said
    assert bare(said) == bare(english).replace('lang="en"', 'lang="de"')


def test_in_english_the_page_is_left_as_it_is(page: Path) -> None:
    before = page.stat().st_mtime_ns
    translate_file(page)
    assert page.stat().st_mtime_ns == before


def test_what_a_page_writes_as_code_is_written_as_code_again(german: None) -> None:
    page = "<p>a &lt;b&gt; &amp; c</p><style>p > a { }</style><img alt='x'/><p>Equity</p>"
    assert translated(page) == "<p>a &lt;b&gt; &amp; c</p><style>p > a { }</style><img alt='x'/><p>Kapital</p>"

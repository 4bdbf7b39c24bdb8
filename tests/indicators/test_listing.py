import re
from pathlib import Path

from shared_modules.indicators import Indicator, catalogue, categories

PAGE = (Path(__file__).parents[2] / "docs" / "indicators.md").read_text(encoding="utf-8")


def row(entry: Indicator) -> str:
    """The entry's line in the page."""
    parameters = ", ".join(f"{p.name} {p.default}" for p in entry.parameters)
    marks = [entry.pane] + ["sparse"] * entry.sparse + ["needs later bars"] * (not entry.causal)
    return (
        f"| `{entry.name}` | {entry.title} | {parameters} | {', '.join(entry.outputs)} | {', '.join(marks)} | "
        f"{entry.source} |"
    )


def test_the_page_lists_every_entry_as_it_is_declared():
    lines = PAGE.split("\n")
    missing = [row(entry) for entry in catalogue().values() if row(entry) not in lines]
    assert missing == []


def test_the_page_lists_nothing_else_and_has_a_part_for_each_category():
    assert len(re.findall(r"^\| `\w+` \|", PAGE, re.M)) == len(catalogue())
    for category, entries in categories().items():
        assert f"## {category.capitalize()}: {len(entries)}" in PAGE


def test_the_numbers_in_the_text_are_those_of_the_catalogue():
    assert f"{len(catalogue())} entries" in PAGE

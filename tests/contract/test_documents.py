"""Every command in README.md, CONTRIBUTING.md and docs/ is run by a test, or says why it is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.documents import DOCUMENTS, ROOT, read_blocks

if TYPE_CHECKING:
    from pathlib import Path

WHAT_TO_DO = """these blocks say nothing about who runs them. Put one of these comments above each:
    <!-- run: tests/PATH.py -->     where that test reads it by `commands_of(DOCUMENT, __file__)` and runs it
    <!-- not run here: REASON -->     where it cannot be
    <!-- file: NAME -->               where it is a file that commands of the page use
or, where it is nothing to type, fence it with its language: ```toml, ```python, ```text"""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_says_who_runs_it(document: str) -> None:
    silent = [f"{document}:{it.line}" for it in read_blocks(document) if it.may_be_typed and not it.mark]
    assert silent == [], WHAT_TO_DO


@pytest.mark.parametrize("document", DOCUMENTS)
def test_who_runs_it_reads_the_document(document: str) -> None:
    for block in read_blocks(document):
        if block.mark == "run":
            assert document in (ROOT / block.about).read_text("utf-8"), f"{document}:{block.line}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_not_run_has_a_reason(document: str) -> None:
    for block in read_blocks(document):
        if block.mark == "not run here":
            assert len(block.about.split()) >= 3, f"{document}:{block.line}"
            for name in re.findall(r"\btest_\w+\.py", block.about):
                assert list((ROOT / "tests").rglob(name)), f"{document}:{block.line}"


def test_most_commands_are_run() -> None:
    lines = {"run": 0, "not run here": 0}
    for document in DOCUMENTS:
        for block in read_blocks(document):
            if block.mark in lines and block.language != "console":
                lines[block.mark] += sum(1 for line in block.lines if line.strip())
    print(lines)
    assert lines["run"] > 3 * lines["not run here"]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {document.removeprefix("docs/") for document in DOCUMENTS if document.startswith("docs/")}
    assert [page for page in sorted(pages - {"README.md"}) if f"]({page})" not in index] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    page = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text("utf-8"))
    targets = [(page.parent / path if path else page, place) for path, place in links]
    assert [str(file) for file, _ in targets if not file.exists()] == []
    assert [place for file, place in targets if place and place not in find_places(file)] == []


def find_places(page: Path) -> set[str]:
    """What a link may name behind `#`: headings as GitHub spells them, and what is marked."""
    text = page.read_text("utf-8")
    headings = (line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#"))
    spelled = {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}
    return spelled | set(re.findall(r"<a id='([^']+)'>", text))

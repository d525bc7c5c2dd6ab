"""The README and docs/ say what the program says."""

from __future__ import annotations

import importlib.util
import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.commands import VERBS, list_group
from proxyenv.commands.arguments import build_parser

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def load_script(name: str) -> ModuleType:
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


ANSWERED = [verb for verb, (module, _) in VERBS.items() if module]


def options_of(verb: str) -> set[str]:
    return {option for action in build_parser(verb)._actions for option in action.option_strings}


@pytest.mark.parametrize("document", load_script("tables").DOCUMENTS)
def test_tables_match_the_code(document: str) -> None:
    tables = load_script("tables")
    text = (ROOT / document).read_text("utf-8")
    assert tables.insert_tables(document, text) == text


@pytest.mark.parametrize("verb", list_group(""))
def test_every_verb_has_its_row(verb: str) -> None:
    assert f"\n| `{verb}` |" in README


@pytest.mark.parametrize("verb", ANSWERED)
def test_every_option_has_its_row(verb: str) -> None:
    text = (ROOT / "docs/options.md").read_text("utf-8")
    missing = {option for option in options_of(verb) if not re.search(rf"`{option}[` ]", text)}
    assert missing == {"-h", "--help"}


def test_it_names_no_option_that_there_is_not() -> None:
    known = {"--version"}.union(*map(options_of, ANSWERED))
    foreign = {"--env-file", "--force-reinstall", "--cert"}  # of docker and pip
    foreign |= {"--use-env-proxy", "--use-system-ca"}  # of Node
    words = README.replace("`", " ").replace(",", " ").replace("|", " ").replace('"', " ").split()
    named = {word.strip("().:;=") for word in words if re.match("--[a-z]", word)}
    assert named - known - foreign == set()

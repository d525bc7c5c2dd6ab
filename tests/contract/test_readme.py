"""The README and docs/ say what the program says."""

from __future__ import annotations

import argparse
import importlib.util
import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.cli.arguments import build_parser

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


def verbs() -> dict[str, argparse.ArgumentParser]:
    (action,) = (item for item in build_parser()._actions if isinstance(item, argparse._SubParsersAction))
    return dict(action.choices)


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every option, also those of its verbs, and of the commands of a verb."""
    found: set[str] = set()
    for action in parser._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found |= {option for inner in action.choices.values() for option in options_of(inner)}
    return found


@pytest.mark.parametrize("document", ["README.md", "docs/codes.md"])
def test_tables_match_the_code(document: str) -> None:
    tables = load_script("tables")
    assert document in tables.DOCUMENTS
    text = (ROOT / document).read_text("utf-8")
    assert tables.insert_tables(document, text) == text


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_its_row(verb: str) -> None:
    assert f"\n| `{verb}` |" in README


def test_every_option_of_setup_is_there() -> None:
    options = {option for action in verbs()["setup"]._actions for option in action.option_strings}
    missing = sorted(option for option in options if option.startswith("--") and option not in README)
    assert missing == ["--help", "--quiet", "--verbose"]  # the last two stand there as `-q` and `-v`


def test_it_names_no_option_that_there_is_not() -> None:
    known = options_of(build_parser())
    foreign = {"--env-file", "--force-reinstall", "--cert"}  # of docker and pip
    foreign |= {"--use-env-proxy", "--use-system-ca"}  # of Node
    words = README.replace("`", " ").replace(",", " ").replace("|", " ").replace('"', " ").split()
    named = {word.strip("().:;=") for word in words if re.match("--[a-z]", word)}
    assert named - known - foreign == set()

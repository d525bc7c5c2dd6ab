"""The README and docs/ say what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.commands import VERBS, list_group
from proxyenv.commands.parser import build_parser
from support.scripts import load_script

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


ANSWERED = [verb for verb, (module, _) in VERBS.items() if module]


def options_of(verb: str) -> set[str]:
    return {option for action in build_parser(verb)._actions for option in action.option_strings}


@pytest.mark.parametrize("document", load_script("tables").DOCUMENTS)
def test_tables_match_the_code(document: str) -> None:
    tables = load_script("tables")
    text = (ROOT / document).read_text("utf-8")
    assert tables.insert_tables(document, text) == text


def test_it_counts_the_clients() -> None:
    assert f"which of {len(CLIENTS)} clients this machine has" in README


@pytest.mark.parametrize("verb", list_group(""))
def test_every_verb_has_one_row(verb: str) -> None:
    assert README.count(f"\n| `{verb}` |") == 1


@pytest.mark.parametrize("verb", ANSWERED)
def test_every_option_has_its_row(verb: str) -> None:
    text = (ROOT / "docs/options.md").read_text("utf-8")
    missing = {option for option in options_of(verb) if not re.search(rf"`{option}[` ]", text)}
    assert missing == {"-h", "--help"}


def test_it_names_no_option_that_there_is_not() -> None:
    known = {"--version"}.union(*map(options_of, ANSWERED))
    foreign = {
        "--env-file",
        "--file",
        "--build-arg",
        "--tag",
        "--force-reinstall",
        "--cert",
    }  # of docker and pip
    foreign |= {"--put-back", "--uninstall"}  # of scripts/install
    foreign |= {"--use-env-proxy", "--use-system-ca"}  # of Node
    words = README.replace("`", " ").replace(",", " ").replace("|", " ").replace('"', " ").split()
    named = {word.strip("().:;=") for word in words if re.match("--[a-z]", word)}
    assert named - known - foreign == set()

"""No PowerShell runs here: its grammar says at least what it would read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from proxyenv.catalog.shells import powershell
from proxyenv.catalog.sources import wsl_roots
from proxyenv.commands.completion import render_completion
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

HOSTILE = (
    "it's",
    "'; Remove-Item ~; '",
    '"; exit; "',
    "$(exit)",
    "$env:PATH",
    "`n",
    "a\nb",
    "a\r\nb",
    "\u2018a\u2019; exit; \u2019",
    "\u201cb\u201d",
    "#c",
    "<#",
    "@'",
    "--%",
    "漢\U0001f511",
    "a\tb",
    "",
)


def read(script: str) -> Node:
    """The root of the syntax tree, without an error anywhere in it."""
    tree = Parser(Language(tree_sitter_powershell.language())).parse(script.encode())
    wrong = [node for node in walk(tree.root_node) if node.is_error or node.is_missing]
    assert [(node.start_point, node.text) for node in wrong] == []
    return tree.root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def text(node: Node) -> str:
    return (node.text or b"").decode()


def evaluate(node: Node) -> str:
    """What an expression of quoted strings and numbered UTF-16 units stands for."""
    units = b""
    for each in walk(node):
        if each.type == "verbatim_string_characters":
            units += text(each)[1:-1].replace("''", "'").encode("utf-16-be")
        elif each.type == "hexadecimal_integer_literal":
            units += int(text(each), 16).to_bytes(2, "big")
    return units.decode("utf-16-be")


def find_settings(root: Node) -> dict[str, str]:
    """What a script gives to `_proxyenv_set`, by the name of the variable."""
    found = {}
    for node in walk(root):
        if node.type == "command" and text(node.children[0]) == "_proxyenv_set":
            _, elements = node.children
            name, value = (each for each in elements.children if each.type != "command_argument_sep")
            found[text(name)] = evaluate(value)
    return found


def test_values_stay_values() -> None:
    variables = tuple(Variable(f"K{number}", value) for number, value in enumerate(HOSTILE))
    root = read(powershell.render_powershell(variables))
    assert find_settings(root) == {variable.name: variable.value for variable in variables}
    harmless = read(powershell.render_powershell(tuple(Variable(each.name, "x") for each in variables)))
    assert len(list(commands(root))) == len(list(commands(harmless)))


def commands(root: Node) -> Iterator[Node]:
    return (node for node in walk(root) if node.type == "command")


def test_a_profile_sources_the_file() -> None:
    (shell,) = powershell.SHELLS
    root = read(shell.source(shell.quote("/home/it's/env.ps1")))
    assert [text(node) for node in walk(root) if node.type == "string_literal"] == [
        "'/home/it''s/env.ps1'",
        "'/home/it''s/env.ps1'",
    ]


@pytest.mark.parametrize(
    "script", [render_completion("powershell"), wsl_roots.COMMAND[-1]], ids=["completion", "roots of Windows"]
)
def test_scripts_are_read_without_an_error(script: str) -> None:
    assert len(list(commands(read(script)))) >= 2


def test_an_error_is_seen() -> None:
    with pytest.raises(AssertionError, match="exit"):
        read("Set-Item 'a' 'it's'; exit '")

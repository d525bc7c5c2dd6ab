"""Describes the `data` of each verb's JSON document, from the types of the results and their docstrings."""

from __future__ import annotations

import ast
import re
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from proxyenv import commands
from proxyenv.commands import VERBS, load_command
from proxyenv.commands.command import find_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {"str": "text", "bool": "true or false", "int": "number", "float": "number", "None": "null"}


def render_results() -> str:
    """A heading, a sentence and a table for each verb."""
    for module in iter_modules(commands.__path__):  # a result may hold what another module has
        import_module(f"{commands.__name__}.{module.name}")
    return "".join(map(render_result, (verb for verb, (module, _) in VERBS.items() if module)))


def render_result(verb: str) -> str:
    """The result of one verb."""
    result = load_command(verb).result
    if not find_fields(result):
        return f"\n## `{verb}`\n\nNo document: what the command prints is the output.\n"
    rows = [("Key", "Type", "Meaning"), ("---", "---", "---"), *describe(result, "")]
    table = "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)
    return f"\n## `{verb}`\n\n{summary_of(result)}\n\n{table}"


def describe(result: type, path: str) -> Iterator[tuple[str, str, str]]:
    """A row for each key, and below it the rows of what it holds."""
    meanings = meanings_of(result)
    for each in find_fields(result):
        annotation = ast.parse(each.annotation, mode="eval").body
        meaning = meanings[each.name]
        if each.left_out:
            annotation = annotation.left if isinstance(annotation, ast.BinOp) else annotation
        yield f"`{path}{each.name}`", describe_type(annotation), f"{meaning[0].upper()}{meaning[1:]}"
        for inner, suffix in find_results(annotation):
            yield from describe(inner, f"{path}{each.name}{suffix}.")


def describe_type(node: ast.expr) -> str:
    """A type in words."""
    match node:
        case ast.BinOp(left=left, right=right):
            return f"{describe_type(left)} or {describe_type(right)}"
        case ast.Subscript(value=ast.Name("tuple"), slice=ast.Tuple(elts=[item, _])):
            return f"list of {describe_type(item)}"
        case ast.Subscript(value=ast.Name("Mapping"), slice=ast.Tuple(elts=[_, item])):
            return f"object: name to {describe_type(item)}"
        case ast.Constant(None):
            return "null"
        case ast.Name(name):
            return WORDS.get(name) or ("object" if find_class(name) else "text")
        case _:
            message = f"there are no words for the type `{ast.unparse(node)}`"
            raise ValueError(message)


def find_results(node: ast.expr, suffix: str = "") -> Iterator[tuple[type, str]]:
    """The type with fields that a type holds, and what stands for an item of it."""
    match node:
        case ast.BinOp(left=left):
            yield from find_results(left, suffix)
        case ast.Subscript(value=ast.Name("tuple"), slice=ast.Tuple(elts=[item, _])):
            yield from find_results(item, f"{suffix}[]")
        case ast.Subscript(value=ast.Name("Mapping"), slice=ast.Tuple(elts=[_, item])):
            yield from find_results(item, f"{suffix}.*")
        case ast.Name(name):
            found = find_class(name)
            if found:
                yield found, suffix


def find_class(name: str) -> type | None:
    """The type of that name that has fields; the package uses each name once."""
    modules = (module for key, module in sys.modules.items() if key.startswith("proxyenv."))
    found = {vars(module)[name] for module in modules if name in vars(module)}
    classes = [each for each in found if isinstance(each, type) and find_fields(each)]
    return classes[0] if classes else None


def summary_of(result: type) -> str:
    """The first sentence of a docstring."""
    return (result.__doc__ or "").split("\n\n")[0].strip()


def meanings_of(result: type) -> dict[str, str]:
    """What the docstring says of each field, in one line."""
    _, _, text = (result.__doc__ or "").partition("Args:\n")
    entries = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", text, re.MULTILINE)
    return {name: tidy(" ".join(meaning.split())) for name, meaning in entries}


def tidy(text: str) -> str:
    """ReStructuredText as Markdown."""
    text = re.sub(r":\w+:`~?[\w.]*?(\w+)`", r"`\1`", text)
    return text.replace("``None``", "null").replace("``", "`")

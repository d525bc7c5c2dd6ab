"""Every regular expression that users run, how it is used, and what it begins to match again and again."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]  # nothing public reads a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import proxyenv
from support.scripts import SCRIPTS, load_script

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(proxyenv.__file__).parent

METHODS: Final = {"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}

FLAGS: Final = re.compile(r"re\.[A-Z]+( \| re\.[A-Z]+)*")

CHARACTERS: Final = "a1\\\"'A0 -_.:/[]{}()<>=,;#@%$&*+!?|~^`\tz\n"

MOST: Final = 24
"""Samples of one part of a pattern."""

_SHOWN: Final = 10

LONGEST: Final = 64
"""Characters of a beginning: thousands of digits are repeated as well by a few."""


class Used(NamedTuple):
    """A regular expression.

    Args:
        where: the module, and the name or the line; the beginning of one that is not alone.
        methods: by which it is used; `search` where nothing tells.
        pattern: itself, compiled.
    """

    where: str
    methods: frozenset[str]
    pattern: re.Pattern[Any]


def list_patterns() -> Iterator[Used]:
    """All of a module's own, and those that a function makes of what its module knows."""
    modules = dict(_load_modules())
    named: dict[int, set[str]] = {}
    for tree, known in modules.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                names = (each.id for each in ast.walk(node.value) if isinstance(each, ast.Name))
                for pattern in itertools.chain.from_iterable(_flatten(known.get(each)) for each in names):
                    named.setdefault(id(pattern), set()).add(node.attr)
    seen: set[int] = set()
    for module, (tree, known) in modules.items():
        for name, value in known.items():
            for pattern in _flatten(value):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    of = "" if pattern is value else f" {pattern.pattern[:_SHOWN]}"
                    methods = frozenset(named.get(id(pattern), {"search"}))
                    yield Used(f"{module}.{name}{of}", methods, pattern)
        yield from _list_inline(module, tree, known)


def _load_modules() -> Iterator[tuple[str, tuple[ast.Module, dict[str, Any]]]]:
    """Each module's syntax and names; the demonstration reads what it wrote, and `__main__` is a program."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "demo" not in parts and parts[-1] != "__main__":
            name = ".".join(parts).removesuffix(".__init__")
            yield name, (ast.parse(path.read_text("utf-8")), vars(importlib.import_module(name)))
    yield (
        "scripts/install",
        (ast.parse((SCRIPTS / "install").read_text("utf-8")), vars(load_script("install"))),
    )


def _list_inline(module: str, tree: ast.Module, known: dict[str, Any]) -> Iterator[Used]:
    """What is handed to a function of `re`, as far as the module's own names say what it is."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), method), [first, *_]) if method in METHODS:
                flags = [each.value for each in node.keywords if each.arg == "flags"]
                flags += [each for each in node.args if FLAGS.fullmatch(ast.unparse(each))]
                try:
                    pattern, *flag = (_evaluate(each, known) for each in (first, *flags))
                except NameError:
                    continue  # of a variable: tests of its reader know more
                yield Used(f"{module}:{node.lineno}", frozenset({method}), re.compile(pattern, *flag))
            case _:
                pass


def _evaluate(node: ast.expr, known: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(known))  # noqa: S307 - our own code


def _flatten(value: object) -> Iterator[re.Pattern[Any]]:
    match value:
        case re.Pattern():
            yield value
        case dict():
            yield from _flatten((*value.keys(), *value.values()))
        case tuple() | list() | set() | frozenset():
            for each in value:
                yield from _flatten(each)
        case _:
            pass


def find_units(pattern: re.Pattern[Any]) -> tuple[str, ...]:
    """Each short beginning of texts that it matches."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    samples = [each[:LONGEST] for each in _sample(tree)]
    return tuple(dict.fromkeys(each[:end] for each in samples for end in range(1, len(each) + 1)))


def _sample(tree: Any) -> list[str]:
    """Some texts that a part of a pattern matches, as far as no other part forbids it."""
    found = [""]
    for kind, what in tree:
        found = [before + after for before in found for after in _sample_one(kind, what)][: 2 * MOST]
    return found


def _sample_one(kind: Any, what: Any) -> list[str]:  # noqa: PLR0911 - one kind after the other
    if kind is codes.LITERAL:
        return [chr(what)]
    if kind is codes.NOT_LITERAL:
        return [each for each in CHARACTERS if ord(each) != what][:3]
    if kind is codes.ANY:
        return ["a", "\\", " "]
    if kind is codes.IN:
        return _sample_class(what)
    if kind is codes.BRANCH:
        return [each for branch in what[1] for each in _sample(branch)[:6]][:MOST]
    if kind is codes.SUBPATTERN:
        return _sample(what[3])
    if kind is codes.ATOMIC_GROUP:
        return _sample(what)
    if kind in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        least, _, repeated = what
        once = _sample(repeated)[: MOST // 2]
        return [each * least for each in once] if least else ["", *once]
    return [""]


def _sample_class(members: Any) -> list[str]:
    inside = [each for each in CHARACTERS if re.fullmatch(_render_class(members), each)]
    literal = [chr(value) for kind, value in members if kind is codes.LITERAL]
    is_negated = any(kind is codes.NEGATE for kind, _ in members)
    return [*inside[:3], *inside[-1:], *(() if is_negated else literal[:2])][:4] or [""]


CATEGORIES: Final = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


def _render_class(members: Any) -> str:
    parts = []
    for kind, value in members:
        if kind is codes.NEGATE:
            parts.append("^")
        elif kind is codes.LITERAL:
            parts.append(re.escape(chr(value)))
        elif kind is codes.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            parts.append(CATEGORIES[value])
    return f"[{''.join(parts)}]"

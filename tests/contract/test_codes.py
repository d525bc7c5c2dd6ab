"""The registry of codes, and every place in the code that uses one.

A string is a code by where it stands, and the names of these places are a convention: a parameter, field or
variable called ``code``, ``cause`` or ``otherwise``; what a function returns whose name has ``code`` or
``cause`` in it; the values of a table whose name ends so. Only what looks like a code is taken for one.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.certificates.lint import make_lint
from proxyenv.checks.finding import failed
from proxyenv.codes import FAMILIES, Code, find_code, read_family
from proxyenv.commands import VERBS
from proxyenv.commands.parser import build_parser
from proxyenv.errors import ProxyenvError
from proxyenv.model.inspection import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "proxyenv"
CODES = [code for family in FAMILIES for code in read_family(family).values()]
NAMES = {code.name for code in CODES}

PARAMETERS = {"code", "cause", "otherwise"}
SHAPE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
WORD = re.compile(r"(^|_)(code|cause)s?($|_)", re.IGNORECASE)


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "codes" not in path.parents]
"""Every module but the registry itself."""


@functools.cache
def parse_module(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def find_signatures() -> dict[str, list[list[str]]]:
    """Function or class → the names of its parameters, for each definition of that name."""
    found: dict[str, list[list[str]]] = {}
    for node in (node for path in MODULES for node in ast.walk(parse_module(path))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                found.setdefault(node.name, []).append(
                    [name for name in names if name not in {"self", "cls"}]
                )
            case ast.ClassDef():
                fields = [
                    each.target.id
                    for each in node.body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                    if "ClassVar" not in ast.dump(each.annotation)
                ]
                inits = [
                    [name.arg for name in each.args.args[1:]]
                    for each in node.body
                    if isinstance(each, ast.FunctionDef) and each.name == "__init__"
                ]
                bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
                known = [*inits, *([fields] if fields else [])] or [
                    names for base in bases for names in found.get(base, [])
                ]
                found.setdefault(node.name, []).extend(known)
            case _:
                pass
    return found


def name_of(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


def literals(node: ast.expr | None) -> Iterator[ast.Constant]:
    """The strings that an expression can come to, as far as they stand in it."""
    match node:
        case ast.Constant(value=str() as text) if SHAPE.fullmatch(text):
            yield node
        case ast.IfExp():
            yield from (*literals(node.body), *literals(node.orelse))
        case ast.BoolOp():
            yield from (each for value in node.values for each in literals(value))
        case ast.Call() if name_of(node.func) == "get" and len(node.args) == 2:
            yield from literals(node.args[1])
        case _:
            return


def table_literals(node: ast.expr | None) -> Iterator[ast.Constant]:
    """The values of a table: of a dictionary, a set, or what combines them."""
    match node:
        case ast.Dict():
            yield from (each for value in node.values for each in literals(value))
        case ast.Set() | ast.Tuple() | ast.List():
            yield from (each for value in node.elts for each in literals(value))
        case ast.BinOp():
            yield from (*table_literals(node.left), *table_literals(node.right))
        case ast.Call() if name_of(node.func) == "fromkeys":
            yield from literals(node.args[1])
        case ast.Call() if name_of(node.func) == "frozenset" and node.args:
            yield from table_literals(node.args[0])
        case _:
            return


def arguments(node: ast.Call) -> Iterator[ast.expr]:
    """What is handed on as a code."""
    yield from (word.value for word in node.keywords if word.arg in PARAMETERS)
    for names in find_signatures().get(name_of(node.func), []):
        yield from (value for name, value in zip(names, node.args, strict=False) if name in PARAMETERS)


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr | None]:
    yield from (node.value for node in ast.walk(function) if isinstance(node, ast.Return))


def find_codes(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every string that stands where a code stands."""
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                yield from (each for value in arguments(node) for each in literals(value))
            case ast.FunctionDef() | ast.AsyncFunctionDef() if WORD.search(node.name):
                yield from (each for value in returns(node) for each in literals(value))
            case ast.Assign(targets=[target]) if WORD.search(name_of(target)):
                yield from (*literals(node.value), *table_literals(node.value))
            case ast.AnnAssign() if WORD.search(name_of(node.target)):
                yield from (*literals(node.value), *table_literals(node.value))
            case ast.Compare() if WORD.search(name_of(node.left)):
                yield from (each for value in node.comparators for each in literals(value))
                yield from (each for value in node.comparators for each in table_literals(value))
            case _:
                pass


@functools.cache
def find_used() -> frozenset[str]:
    return frozenset(str(each.value) for path in MODULES for each in find_codes(parse_module(path)))


def find_unknown(tree: ast.Module) -> list[tuple[int, str]]:
    return [(each.lineno, str(each.value)) for each in find_codes(tree) if each.value not in NAMES]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_code_is_registered(module: Path) -> None:
    assert find_unknown(parse_module(module)) == []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("raise TrustError('no-such', 'x')", id="an error"),
        pytest.param("raise UsageError('no-such' if x else 'usage', 'x')", id="one of two"),
        pytest.param("yield Outcome('bundle', 'failed', 'no-such')", id="an outcome"),
        pytest.param("Outcome('bundle', 'failed', cause='no-such')", id="a keyword"),
        pytest.param("failed('no-such', 'x')", id="a finding"),
        pytest.param("yield make_lint('no-such')", id="a lint"),
        pytest.param("Refusal('no-such', 'x')", id="a rule of a runtime"),
        pytest.param("classify(chain, otherwise='no-such')", id="a fallback"),
        pytest.param("parse_url(url, code='no-such', source='x')", id="handed on"),
        pytest.param("_PROXY_CAUSES: Final = {403: 'no-such'}", id="a table"),
        pytest.param(
            "x = _PROXY_CAUSES.get(1, 'no-such')\ndef find_cause(): return y.get(1, 'no-such')",
            id="a default",
        ),
        pytest.param("def find_cause(status): return 'no-such' if status else 'usage'", id="a returned code"),
        pytest.param("if failure.cause == 'no-such': pass", id="a comparison"),
    ],
)
def test_an_unknown_code_is_found(source: str) -> None:
    assert [name for _, name in find_unknown(ast.parse(source))] == ["no-such"]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_code_is_used(code: Code) -> None:
    assert code.name in find_used()


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_a_code_is_explained(code: Code) -> None:
    assert SHAPE.fullmatch(code.name)
    for text in (code.meaning, *code.reasons, code.next_step):
        assert text
        assert text == text.strip().rstrip(".")
        assert text.count("`") % 2 == 0
        assert "|" not in text
    assert code.reasons


def test_the_registry_names_existing_verbs_and_options() -> None:
    text = "\n".join(part for code in CODES for part in (code.meaning, *code.reasons, code.next_step))
    verbs = set(re.findall(r"`proxyenv ((?:trust |pool )?[a-z]+)", text))
    known = {"--version"} | {
        flag
        for verb, (module, _) in VERBS.items()
        if module
        for action in build_parser(verb)._actions
        for flag in action.option_strings
    }
    assert verbs - VERBS.keys() == set()
    known |= {"--mount", "--chmod", "--chown", "--build-arg"}  # of Docker
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - known == set()
    assert {"refresh", "trust fetch"} <= verbs  # the patterns find something


def test_no_code_means_two_things() -> None:
    assert len(NAMES) == len(CODES)


def test_the_code_of_a_name() -> None:
    found = find_code("ca-file-differs")
    assert found is not None
    assert found.meaning == "one of your settings names a CA file without the corporate CA"
    assert find_code("no-such") is None


def test_lints_and_finds_have_a_severity_and_others_have_none() -> None:
    graded = {family: {bool(code.severity) for code in read_family(family).values()} for family in FAMILIES}
    assert graded == {
        "errors": {False},
        "causes": {False},
        "lints": {True},
        "finds": {False},
        "pools": {True},
    }


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: ProxyenvError("missing", "x"), id="a cause for an error"),
        pytest.param(lambda: failed("no-space", "x"), id="an error for a cause"),
        pytest.param(lambda: Lint("missing", "error", "x"), id="a cause for a lint"),
        pytest.param(lambda: make_lint("no-such"), id="no lint"),
    ],
)
def test_an_unregistered_code_is_a_bug(make: object) -> None:
    with pytest.raises(KeyError, match="is not registered in proxyenv/codes/"):
        make()  # type: ignore[operator]

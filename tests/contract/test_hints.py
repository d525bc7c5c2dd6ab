"""Every command in the hint of an error is typed by a test, or stands here with the reason why it is not.

The commands are read out of the code: what a hint has in backticks where an error is raised. What is typed is
in the tables of `tests/integration/test_hints_typed.py` and `tests/faults`, whose rows see that nothing is
left out.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "proxyenv"

PROGRAMS: Final = frozenset(
    {"chmod", "docker", "export", "gcloud", "kubectl", "ls", "pip", "prefect", "proxyenv", "python"}
    | {"systemctl", "uv"}
)

_SERVER: Final = "it asks a Prefect server; tests of work pools and of checks run these commands of Prefect"
_INSTALLS: Final = "it installs or removes a package, and the tests install nothing"
_OPTION: Final = "no command: it names the option that the sentence is about"
_PLACE: Final = "it writes to the system; tests of installations for all users do it in a namespace"
_ELSEWHERE: Final = "other tables of tests run it: {}"

NOT_TYPED: Final = {
    ("block-unknown", "prefect block ls"): _SERVER,
    ("bundle-closed", "--prefix /etc/proxyenv"): _PLACE,
    (
        "ca-not-found",
        "proxyenv setup --ca FILE",
    ): "a CA that is saved and gone: the row of `ca-not-found` names one",
    ("ca-unreachable", "--ca"): _OPTION,
    ("ca-unreadable", "pip install --force-reinstall certifi"): _INSTALLS,
    ("copy-damaged", "proxyenv setup"): "it needs the options of a person, as the other rows have them",
    ("deployment-unknown", "prefect deployment ls"): _SERVER,
    ("file-unreadable", "proxyenv refresh"): _ELSEWHERE.format(
        "rows of `missing` and `modified` in tests/faults"
    ),
    ("fingerprint-mismatch", "--ca-fingerprint"): _OPTION,
    ("fingerprint-mismatch", "proxyenv setup --replace-ca"): _ELSEWHERE.format(
        "test_store_pick.py, with a proxy"
    ),
    ("image-unreadable", "docker save -o image.tar IMAGE"): "it needs Docker and an image",
    ("image-zstd", "pip install backports.zstd"): _INSTALLS,
    ("interrupted-run", "proxyenv off"): _ELSEWHERE.format(
        "the rows of `interrupted` in tests/faults; `off` is typed again then"
    ),
    ("interrupted-run", "proxyenv setup"): _ELSEWHERE.format("the rows of `interrupted` in tests/faults"),
    ("no-certificate", "--ca"): _OPTION,
    (
        "no-corporate-ca",
        "proxyenv setup --ca FILE",
    ): "`trust install` comes after it, which writes to the system",
    ("other-installation", "--prefix"): _OPTION,
    ("other-proxyenv", "pip uninstall proxyenv"): _INSTALLS,
    ("password-refused", "--configure {}"): _OPTION,
    ("password-refused", "--no-rc --service NAME"): _PLACE,
    ("policy-unpinned", "--config-digest SHA256"): _ELSEWHERE.format(
        "`foreign-policy`; here the file is on a server"
    ),
    ("policy-unreadable", "--config"): _OPTION,
    ("pool-template", "prefect work-pool inspect {}"): _SERVER,
    ("pool-template", "prefect worker start --pool {}"): _SERVER,
    ("pool-unknown", "prefect work-pool ls"): _SERVER,
    ("prefect-unusable", "proxyenv check"): "it shows more of the same",
    ("profile-missing", "proxyenv refresh"): _ELSEWHERE.format("the row of `missing` in tests/faults"),
    ("proxy-conflict", "proxyenv setup --from-tools"): _ELSEWHERE.format("the row of `nothing-found`"),
    ("settings-invalid", "--at DIR"): "it is of a manifest whose pods mount something there already",
    ("settings-invalid", "--configure"): _OPTION,
    ("settings-invalid", "gcloud config configurations list"): "it needs the Google Cloud SDK",
    ("settings-invalid", "uv self update"): _INSTALLS,
    ("system-store", "--base certifi"): "it needs a machine without the package ca-certificates",
    ("timer-unavailable", "proxyenv refresh --if-stale --yes"): _ELSEWHERE.format("test_stale.py"),
    ("usage", "--activate both"): _OPTION,
    ("usage", "--api-server ADDRESS"): "it needs the address of a cluster",
    ("usage", "--ca-fingerprint"): "the CA comes from a server over `http://`",
    ("usage", "--config FILE"): _OPTION,
    ("usage", "--config URL"): _OPTION,
    ("usage", "--configure apt"): _PLACE,
    ("usage", "--prefix"): "it is to be left out",
    ("usage", "--system"): _PLACE,
    ("usage", "--without-receipt"): "it is to be left out",
    (
        "usage",
        "kubectl get service kubernetes --namespace default --output jsonpath={.spec.clusterIP}",
    ): "it needs a cluster",
    ("usage", "proxyenv pac URL"): "tests of PAC files do it, with a server",
    ("usage", "proxyenv pool watch NAME --every 6h --notify slack-webhook/alerts"): _SERVER,
    ("usage", "proxyenv uninstall --prefix {}"): "it belongs to another user, who types it",
    ("usage", "systemctl list-units --type=service"): "it needs a running systemd",
    ("value-unrepresentable", "--base certifi"): "it takes a thousand roots to get there",
    ("value-unrepresentable", "--ca-from trust-manager"): "it takes a thousand roots to get there",
    ("value-unrepresentable", "--prefix"): _OPTION,
    ("value-unrepresentable", "--timer"): "it is to be left out",
    ("value-unrepresentable", "proxyenv refresh --if-stale --yes"): _ELSEWHERE.format("test_stale.py"),
    ("wire-unreachable", "proxyenv check"): "it shows more of the same",
    ("wpad-not-found", "proxyenv pac URL"): "tests of PAC files do it, with a server",
    ("wpad-unpinned", "proxyenv setup --wpad --pac-digest {}"): _ELSEWHERE.format("test_wpad.py"),
}
"""The commands of hints that no row types, by their codes, and why."""


def read_text(node: ast.expr | None, constants: dict[str, str]) -> str:
    """What an expression says, as far as it stands there; ``{}`` where something is put in."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr():
            return "".join(read_text(each, constants) or "{}" for each in node.values)
        case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
            return f"{read_text(one, constants)}\n{read_text(other, constants)}"
        case ast.Name():
            return constants.get(node.id, "")
        case _:
            return ""


def find_constants(tree: ast.Module) -> dict[str, str]:
    """The texts of a module that have a name."""
    return {
        node.target.id: read_text(node.value, {})
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def find_hints(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The code and the hint of each error that is raised with both."""
    constants = find_constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not ast.unparse(node.func).endswith("Error"):
            continue
        code = read_text(node.args[0], constants)
        for word in node.keywords:
            if word.arg == "hint" and code:
                yield code, read_text(word.value, constants)


def find_commands(hint: str) -> Iterator[str]:
    """What a hint has to type: options, and commands of more than one word."""
    for literal in re.findall(r"`([^`]+)`", hint):
        first, _, rest = literal.partition(" ")
        if first.startswith("--") or (rest and first in PROGRAMS):
            yield literal


@cache
def read_table(path: str) -> Any:
    """A module of tests that are run elsewhere."""
    spec = importlib.util.spec_from_file_location(f"table_of_{Path(path).stem}", ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def find_typed() -> frozenset[tuple[str, str]]:
    """The code and the command of each row."""
    rows = read_table("tests/integration/test_hints_typed.py").ROWS
    faults = read_table("tests/faults/test_table.py").read_tables()
    return frozenset(
        {(row.code, row.types) for row in rows}
        | {(fault.cause, command) for fault in faults for command in (fault.types, *fault.looks)}
    )


def is_typed(code: str, command: str) -> bool:
    pattern = ".+".join(map(re.escape, command.split("{}")))
    return any(named == code and re.fullmatch(pattern, typed) for named, typed in find_typed())


@cache
def find_untyped() -> frozenset[tuple[str, str]]:
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py")))
    said = (
        (code, command)
        for tree in trees
        for code, hint in find_hints(tree)
        for command in find_commands(hint)
    )
    return frozenset(pair for pair in said if not is_typed(*pair))


def test_what_is_not_typed_says_why() -> None:
    assert find_untyped() - NOT_TYPED.keys() == set()


def test_what_says_why_is_not_typed() -> None:
    assert NOT_TYPED.keys() - find_untyped() == set()
    assert [pair for pair, why in NOT_TYPED.items() if len(why.split()) < 4] == []
    files = re.findall(r"test_\w+\.py", " ".join(NOT_TYPED.values()))
    assert [name for name in files if not list((ROOT / "tests").rglob(name))] == []


def test_an_untyped_command_is_found() -> None:
    tree = ast.parse("HINT: Final = '`proxyenv no-such`'\nraise PlanError('a-code', 'x', hint=HINT)")
    ((code, hint),) = find_hints(tree)
    assert [(code, command) for command in find_commands(hint)] == [("a-code", "proxyenv no-such")]
    assert not is_typed("a-code", "proxyenv no-such")
    assert is_typed("proxy-password", "chmod 600 {}")

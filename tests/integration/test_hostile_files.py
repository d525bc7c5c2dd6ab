"""Each file that a verb reads, with each kind of what may lie there: verbs end, removal goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import pytest

from support.child import in_child
from support.hostile_files import CLOSED, KINDS, UNREADABLE
from support.machine import in_ci
from support.mounts import give_up_reading, needs_mounts
from support.read_world import VERBS, Answer, ReadWorld, list_bugs, list_excess, peak

pytestmark = [needs_mounts, pytest.mark.skipif(sys.platform != "linux", reason="its devices and mounts")]

SAMPLE: Final = ("a named pipe", "a link to nothing", "more than is read", "no UTF-8")
KNOWN: Final = (
    *(".bashrc", ".config/proxyenv/env.sh", ".config/proxyenv/proxyenv.toml", ".npmrc", ".gitconfig"),
    *(".docker/config.json", ".config/pip/pip.conf", ".condarc", ".m2/settings.xml", ".cargo/config.toml"),
    *(".prefect/profiles.toml", "prefect.toml", "pyproject.toml", ".env", "other.pem", "requests.pem"),
    *("cas/a.pem", ".local/state/proxyenv/receipt.json", ".config/kioslaverc", ".config/dconf/user"),
    *("/etc/environment", "/etc/apt/apt.conf", "/etc/dnf/dnf.conf", "/etc/sysconfig/proxy"),
)
"""Some that have to be among those that are found, below the home or whole."""

NOT_NAMED: Final = {
    "/etc/ssl/certs/ca-certificates.crt": "says only which CAs are public ones",
    "/etc/NetworkManager/system-connections/a.nmconnection": "one of a directory of files",
    "/etc/yum.repos.d/a.repo": "as that",
    "/etc/yum.conf": "often a link to `dnf.conf`: where both are links to one thing, that is named",
    ".config/environment.d/a.conf": "as that",
    "cas/a.pem": "as that",
    ".git/config": "of the working directory, and read by `routes`",
    "uv.toml": "as that",
}
"""What `discover` does not name where it cannot be read."""

NOTHING_THERE: Final = {
    "a directory": ("/other.pem", "/requests.pem"),  # which may be one of CAs, without any
    "a link to itself": ("/etc/sysconfig/proxy",),  # by which the source is known to be here
}
"""What is not named since it is no file that cannot be read."""

SPREAD: Final = 4
"""Each file of the set-up meets every fourth kind, and each kind every fourth file."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def rows(root: Path) -> tuple[str, ...]:
    return tuple(json.loads(in_child(lambda: json.dumps(ReadWorld(root).find_read()))))


def judge(answer: Answer, rows: tuple[str, ...]) -> list[str]:
    """What is wrong with an answer."""
    said = answer.said
    found = list_bugs(said)
    refused = [line for line in said.splitlines() if line.startswith("error[") and "/" in line]
    if "error[foreign-receipt]" in said:  # what everybody can write decides nothing here
        return found
    if refused and not any(row in refused[0] for row in rows):
        found.append(f"no file is named: {refused[0]}")
    return [f"{answer.verb}: {each}" for each in found]


def name_missing(said: str, rows: tuple[str, ...], kind: str) -> list[str]:
    """The files that `discover` passed over in silence."""
    missing = (row for row in rows if f"`{row}`" not in said and f"({row})" not in said)
    expected = (*NOT_NAMED, *NOTHING_THERE.get(kind, ()))
    return [f"not named: {row}" for row in missing if not row.endswith(expected)]


def test_what_is_read_is_found(root: Path, rows: tuple[str, ...]) -> None:
    names = {name if name.startswith("/") else f"{root}/home/{name}" for name in KNOWN}
    assert names - set(rows) == set()
    assert len(rows) > 90


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in SAMPLE else in_ci) for kind in KINDS]
)
def test_verbs_end_where_it_lies_in_place_of_every_file(root: Path, rows: tuple[str, ...], kind: str) -> None:
    """But of those that a verb cannot do without: see below."""

    def act() -> str:
        world = ReadWorld(root)
        for verb in VERBS:
            world.ask(verb)
        before = peak()
        others = tuple(row for row in rows if not world.is_needed(row))
        world.lay(kind, others)
        if kind == CLOSED:
            give_up_reading()
        answers = [world.ask(verb) for verb in VERBS]
        found = [each for answer in answers for each in judge(answer, others)]
        if kind in UNREADABLE:
            found += name_missing(answers[VERBS.index("discover")].said, others, kind)
        used = peak() - before
        return json.dumps([*found, *list_excess(used)])

    assert json.loads(in_child(act)) == []


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in SAMPLE[:1] else in_ci) for kind in KINDS]
)
def test_a_file_of_the_set_up_keeps_nothing_from_its_removal(
    root: Path, rows: tuple[str, ...], kind: str
) -> None:
    """But for an rc file whose block cannot be taken out, and the receipt, which says what to remove."""

    def act() -> str:
        world = ReadWorld(root)
        found = []
        needed = [row for row in rows if world.is_needed(row)]
        for row in needed[[*KINDS].index(kind) % SPREAD :: SPREAD]:
            with world.as_before():
                world.lay(kind, [row])
                if kind == CLOSED:
                    give_up_reading()
                answers = [world.ask(verb) for verb in ("status", "discover", "uninstall --yes")]
                found += [each for answer in answers for each in judge(answer, rows)]
                may_refuse = (
                    row == str(world.receipt)
                    or row.endswith((".bashrc", ".profile"))
                    or "error[foreign-receipt]" in answers[-1].said
                )
                if world.receipt.is_file() and not may_refuse:
                    found.append(f"{row}: {answers[-1].said[-300:]}")
        return json.dumps(found)

    assert json.loads(in_child(act)) == []

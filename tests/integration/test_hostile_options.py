"""Each option that names a file, with each kind of what may lie there: the file is named, and verbs end."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from proxyenv.commands import VERBS, load_command
from support.certificates import make_ca, make_keyless_pkcs12
from support.child import in_child
from support.hostile_files import CLOSED, KINDS, UNREADABLE
from support.machine import in_ci
from support.mounts import give_up_reading, needs_mounts
from support.read_world import ReadWorld, list_bugs, list_excess, peak

pytestmark = [needs_mounts, pytest.mark.skipif(sys.platform != "linux", reason="its devices and mounts")]

SAMPLE: Final = ("a named pipe", "more than is read")


WORDS: Final = {
    "setup": ("--no-check", "--no-derive", "--dry-run"),
    "discover": (),
    "diff": (),
    "env": ("--place", "image"),
    "check": (),
    "routes": ("https://origin.test",),
    "trust inspect": (),
    "image write": ("out",),
    "image scan": (),
    "kubernetes": (),
    "pac": (),
}
"""What else each verb is given."""

APART: Final = {
    "pool show": "asks a server first",
    "pool patch": "as that; it reads what `image write` and `kubernetes` read, by the same function",
    "pool restore": "as that",
    "pool watch": "as that",
    "demo": "a directory to make an environment in",
}
"""Verbs that have no row, and why."""

NO_FILE: Final = ("image write", "--from")
"""The name of an image, which is only written down."""


def list_options() -> dict[tuple[str, str], tuple[str, ...]]:
    """The options that name something that is read, by their verbs: what such a thing may be."""
    return {
        (verb, option.flag): option.kinds
        for verb, (module, _) in VERBS.items()
        if module
        for option in load_command(verb).options.values()
        if {*option.kinds} & {"FILE", "PATH", "IMAGE"} and (verb, option.flag) != NO_FILE
    }


OPTIONS: Final = list_options()


def make_words(verb: str, flag: str, path: str) -> tuple[str, ...]:
    """The command line of a row, for a file."""
    words = [*verb.split(), *WORDS[verb]]
    if verb == "pac":
        return (*words, path, "a.test")
    if not flag.startswith("--"):
        return (*words, path)
    if verb == "trust inspect":
        words += ["corp.p12"]
    elif flag == "--ca-password-file":
        words += ["--ca", "corp.p12"]
    if verb == "image scan":
        words += ["root"]
    user = "ada@" if flag == "--proxy-password-file" else ""
    if verb in {"setup", "discover", "diff"} and flag != "--pac":
        words += ["--proxy", f"{user}a.test:9"]
    if verb in {"env", "image write", "kubernetes"}:
        words += ["--proxy-there", f"http://{user}a.test:9"]
    return (*words, flag, path)


def test_every_option_that_names_a_file_has_a_row() -> None:
    verbs = {verb for verb, _ in OPTIONS}
    assert verbs - {*WORDS, *APART} == set()
    assert ({*WORDS} | {*APART}) - verbs - {"demo"} == set()


def judge(words: str, said: str, path: Path, kind: str) -> list[str]:
    """What is wrong with an answer."""
    found = list_bugs(said)
    if "error[usage]" in said:
        found.append(f"the row asks wrongly: {said}")
    if kind in UNREADABLE and path.name not in said:
        found.append(f"it is not named: {said[-200:]}")
    return [f"{words}: {each}" for each in found]


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in SAMPLE else in_ci) for kind in KINDS]
)
def test_what_lies_there_is_named(tmp_path: Path, kind: str) -> None:
    """Where not a byte of it is had; and nothing that does is a bug, or takes long."""

    def act() -> str:
        os.umask(0o077)  # or a file with a password is refused before it is read
        world, found = ReadWorld(tmp_path), []
        (world.home / "corp.p12").write_bytes(make_keyless_pkcs12(make_ca("Corp"), password=b"secret"))
        (world.home / "root").mkdir()
        for verb in ("discover", "setup --dry-run"):
            world.ask(verb)
        before, path = peak(), world.home / "given.toml"
        if kind == CLOSED:
            give_up_reading()
        for verb, flag in OPTIONS:
            if verb in APART:
                continue
            words = " ".join(make_words(verb, flag, str(path)))
            world.lay(kind, [str(path)])
            found += judge(words, world.ask(words).said, path, kind)
        used = peak() - before
        return json.dumps([*found, *list_excess(used)])

    assert json.loads(in_child(act)) == []

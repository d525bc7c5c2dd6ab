"""No password shows: five passwords here, thirty by `scripts/storm --secrets`. And the search finds one."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from proxyenv.catalog.env_formats import load_formats
from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import COMMON, find_verb
from proxyenv.commands.exports import ENV_FILES
from storms import secrets
from storms.secrets_stored import find_stored
from storms.secrets_traced import find_traced, judge, trace
from support.hiding import FIRST, LAST, enclose, search, search_database, search_files, search_open_files
from support.machine import in_ci
from support.secret_world import APART, Case, World

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the world is made up for Linux")

traced = pytest.mark.skipif(
    shutil.which("strace") is None and not os.environ.get("CI"), reason="`strace` is not installed"
)

PLANTED = enclose("'\" ü")


@in_ci
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("middle", "turn"), secrets.SAMPLE.items())
def test_no_verb_shows_a_password(tmp_path: Path, middle: str, turn: int | None) -> None:
    assert list(secrets.find_all(tmp_path, enclose(middle), turn=turn)) == []


@in_ci
@pytest.mark.timeout(1200)
def test_the_output_does_not_depend_on_the_letter(tmp_path: Path) -> None:
    assert list(secrets.compare(tmp_path, ("q", "z"))) == []


@in_ci
@traced
@pytest.mark.timeout(1200)
def test_no_file_with_a_password_is_ever_open(tmp_path: Path) -> None:
    assert list(find_traced(tmp_path, PLANTED)) == []


@in_ci
@pytest.mark.timeout(1200)
def test_no_password_is_in_prefects_database(tmp_path: Path) -> None:
    assert list(find_stored(tmp_path, enclose("!:%"))) == []


def useful(root: Path) -> list[Case]:
    """What people do, without mistakes."""
    world = World(root, PLANTED)
    return [*world.before(), *world.after(), *world.end()]


def test_every_verb_and_every_output_is_among_the_cases(tmp_path: Path) -> None:
    cases = useful(tmp_path)
    verbs = {verb for verb, (module, _) in VERBS.items() if module} - set(APART)
    outputs = {verb: {**COMMON, **load_command(verb).options}["output"].choices for verb in verbs}
    run = {(find_verb(case.arguments)[0], output) for case in cases for output in secrets.list_outputs(case)}
    assert {(verb, output) for verb in verbs for output in outputs[verb]} - run == set()
    assert {verb for verb, output in run if output == "html"} == {"check", "status"}


@pytest.mark.parametrize(
    ("verb", "option", "names"),
    [
        ("env", "--shell", ENV_FILES),
        ("env", "--format", [each.name for each in load_formats()]),
        ("env", "--place", load_command("env").options["place"].choices),
        ("kubernetes", "--part", load_command("kubernetes").options["part"].choices),
        ("completion", "completion", load_command("completion").options["shell"].choices),
        ("help", "help", {verb.split()[0] for verb in VERBS}),
    ],
)
def test_every_form_of_what_is_printed_is_among_the_cases(
    tmp_path: Path, verb: str, option: str, names: Iterable[str]
) -> None:
    lines = [case.arguments for case in useful(tmp_path) if find_verb(case.arguments)[0] == verb]
    assert set(names) - {line[line.index(option) + 1] for line in lines if option in line[:-1]} == set()


def test_every_option_is_given_a_url_with_a_password(tmp_path: Path) -> None:
    lines = [case.arguments for case in World(tmp_path, PLANTED).typed()]
    given = {(find_verb(line)[0], word.partition("=")[0]) for line in lines for word in line}
    for verb, (module, _) in VERBS.items():
        if not module or verb in {*APART, "pool patch"}:
            continue
        for option in load_command(verb).options.values():
            if option.flags and not option.is_switch and not option.is_positional:
                assert (verb, option.flag) in given


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(PLANTED, id="as it is"),
        pytest.param(quote(PLANTED, safe=""), id="percent-encoded"),
        pytest.param(PLANTED.upper(), id="in capitals"),
        pytest.param(repr(PLANTED.encode()), id="as Python shows bytes"),
        pytest.param(f"{FIRST}****", id="its begin"),
        pytest.param(f"****{LAST}", id="its end"),
        *(
            pytest.param(
                base64.b64encode(f"{before}:{PLANTED}".encode()).decode(), id=f"in base64 after {before}"
            )
            for before in ("a", "ad", "ada")
        ),
    ],
)
def test_a_planted_password_is_found(spelt: str) -> None:
    assert len(list(search("here", f"before {spelt} after"))) == 1


def test_what_is_masked_is_no_find() -> None:
    assert list(search("here", "http://ada:****@proxy.corp.test:3128")) == []


def test_a_planted_file_is_found_by_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "deep/file"
    path.parent.mkdir()
    path.write_text(PLANTED)
    path.chmod(0o600)
    assert list(search_open_files(tmp_path)) == []
    assert len(list(search_files(tmp_path))) == 1
    path.chmod(0o640)
    assert len(list(search_open_files(tmp_path))) == 1
    assert list(search_open_files(tmp_path, apart=frozenset([path]))) == []


def test_a_planted_row_is_found(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute("CREATE TABLE log (id INTEGER, message TEXT)")
        database.execute(
            "INSERT INTO log VALUES (1, ?)", (f"x{base64.b64encode(PLANTED.encode()).decode()}",)
        )
    assert {find.place for find in search_database(tmp_path / "a.db")} >= {"the table log"}


def test_what_a_verb_prints_on_purpose_is_found_where_it_may_not(tmp_path: Path) -> None:
    world = World(tmp_path, enclose(" "))
    secrets.say(world, (*world.setting_up, "--yes", "--no-check"))
    finds = secrets.find_leaks(world, [Case(("env",))])
    assert [find.place for find in finds] == ["stdout of `env` as text", "stdout of `env` as json"]
    assert list(secrets.find_leaks(world, [Case(("env",), shows=True)])) == []


def test_a_planted_command_line_of_a_child_is_found() -> None:
    with secrets.listen() as heard:
        subprocess.run(["true", PLANTED], check=True)  # noqa: S607 - the plant
    assert [len(list(search("a child", each))) for each in heard] == [1]


@traced
@pytest.mark.parametrize(
    ("script", "found"),
    [
        pytest.param("write(open('file', flags, 0o600), planted)", 0, id="closed from the start"),
        pytest.param(
            "file = open('file', flags, 0o644); write(file, planted); fchmod(file, 0o600)",
            1,
            id="closed too late",
        ),
        pytest.param(
            "file = open('file', flags, 0o600); write(file, planted); fchmod(file, 0o640)",
            1,
            id="opened later",
        ),
        pytest.param("spawnv(P_WAIT, '/bin/true', ['true', planted])", 1, id="on a command line"),
    ],
)
def test_a_planted_file_is_found_in_a_trace(tmp_path: Path, script: str, found: int) -> None:
    (tmp_path / "traces").mkdir()
    begin = "from os import *; planted = environb[b'PLANTED']; flags = O_CREAT | O_WRONLY\n"
    command = (sys.executable, "-c", begin + script)
    trace(command, tmp_path, {"PLANTED": PLANTED}, tmp_path / "traces")
    finds = {find for file in (tmp_path / "traces").iterdir() for find in judge(file, "it")}
    assert len(finds) == found

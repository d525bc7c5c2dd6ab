"""``proxyenv`` alone says how things stand, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.command import proxyenv

if TYPE_CHECKING:
    from pathlib import Path

API = "http://prefect.corp.example:4200/api"


def set_up(home: Path) -> None:
    done = proxyenv(
        "setup", "--proxy", "http://ada:geheim@p.test:1", "--api-url", API, "--no-check", "--yes", home=home
    )
    assert done.status == 0, done.err


@pytest.mark.parametrize(
    ("variables", "shell"),
    [
        pytest.param({}, "has no proxy variable", id="an empty shell"),
        pytest.param({"https_proxy": "http://p.test:1"}, "has https_proxy", id="a shell with a proxy"),
    ],
)
def test_before_setup_it_names_setup(variables: dict[str, str], shell: str, tmp_path: Path) -> None:
    done = proxyenv(home=tmp_path, **variables)
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "nothing is set up here\n"
        f"  shell    {shell}\n"
        "\n"
        "next: `proxyenv setup` finds the settings, shows what it would write, and asks\n"
        "      `proxyenv help` lists all verbs\n"
    )


def test_after_setup_it_says_what_was_set_up_without_a_password(tmp_path: Path) -> None:
    set_up(tmp_path)
    lines = proxyenv(home=tmp_path).out.splitlines()
    assert lines[:3] == [
        "this machine is set up",
        "  proxy    http://****@p.test:1",
        f"  Prefect  profile `proxyenv`; API {API}",
    ]
    count = lines[3].split()[1]
    assert lines[3] == f"  files    {count} of {count} as written"
    assert lines[4].startswith("  warning  environment: not-sourced: ")
    assert lines[5:] == ["", f"next: source it, in this shell: `. {tmp_path}/.config/proxyenv/env.sh`"]


def test_a_failure_comes_before_a_warning_and_four_are_too_many(tmp_path: Path) -> None:
    set_up(tmp_path)
    for ending in ("sh", "fish", "csh", "nu"):
        with (tmp_path / f".config/proxyenv/env.{ending}").open("a", encoding="utf-8") as file:
            file.write("# edited\n")
    done = proxyenv(home=tmp_path)
    lines = done.out.splitlines()
    failed = [line for line in lines if line.startswith("  failed ")]
    assert failed == [
        f"  failed   file [{tmp_path}/.config/proxyenv/env.{ending}]: modified: it was changed after it was"
        " written"
        for ending in ("sh", "fish", "csh")
    ]
    assert lines[-3:] == [
        "           and 2 more: `proxyenv status`",
        "",
        "next: `proxyenv refresh` writes it again",
    ]
    assert (done.status, len(lines)) == (0, 10)


def test_scripts_must_name_a_verb(tmp_path: Path) -> None:
    done = proxyenv("--output", "json", home=tmp_path)
    assert (done.status, '"message": "a verb is missing: one of setup, ' in done.out) == (2, True)

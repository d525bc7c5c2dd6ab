"""What an interpreter says of itself, or why it says nothing."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.checks.prefect import judge_settings, open_prefect
from proxyenv.checks.python import judge_python, start_python
from proxyenv.model.subject import Subject

if TYPE_CHECKING:
    from proxyenv.checks.finding import Finding

SUBJECT: Final = Subject(
    python=sys.executable,
    environment={"PATH": "/usr/bin:/bin"},
    directory=Path("/"),
    http_proxy=None,
    https_proxy=None,
    no_proxy=(),
    bundle=None,
    profile="corp",
    api_url="http://prefect.test:4200/api",
    urls=(),
)


def start(python: str) -> Finding:
    subject = replace(SUBJECT, python=python)
    with ExitStack() as children:
        return start_python(subject, partial(children.enter_context, open_prefect(subject)))[0]


def test_a_python_with_prefect() -> None:
    finding = start(sys.executable)
    assert finding.status == "ok"
    assert finding.detail.startswith(f"`{sys.executable}` is Python {sys.version.split()[0]} with Prefect 3.")


@pytest.mark.skipif(sys.platform == "win32", reason="programs of Unix")
@pytest.mark.parametrize(
    ("python", "detail"),
    [
        ("/nowhere/python", "`/nowhere/python` cannot be started: No such file or directory"),
        ("/etc/passwd", "`/etc/passwd` cannot be started: Permission denied"),
        ("/bin/true", "`/bin/true` does not answer as Python does"),
        ("/usr/bin/yes", "`/usr/bin/yes` does not answer as Python does"),
        ("/bin/sh", "`/bin/sh` does not answer as Python does: "),
    ],
)
def test_what_is_no_python(python: str, detail: str) -> None:
    finding = start(python)
    assert (finding.cause, finding.detail[: len(detail)]) == ("python-unusable", detail)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of Unix")
def test_what_a_start_file_prints_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello'); print('[1]')")
    subject = replace(SUBJECT, environment={"PYTHONPATH": str(tmp_path)})
    with ExitStack() as children:
        finding, *_ = start_python(subject, partial(children.enter_context, open_prefect(subject)))
    assert finding.status == "ok"


def test_root_does_not_run_what_others_can_replace() -> None:
    subject = replace(SUBJECT, refused=MappingProxyType({sys.executable: "others may write to `/opt`"}))
    finding, interpreter, said = start_python(subject, partial(pytest.fail, "it was started"))
    assert (finding.cause, interpreter, said) == ("python-writable", None, {})
    assert finding.detail == f"`{sys.executable}` is not run as root: others may write to `/opt`"


def test_a_python_that_is_too_old() -> None:
    finding = judge_python("/p/python", {"version": "2.7.18", "packages": None})
    assert (finding.cause, finding.detail) == (
        "python-unusable",
        "`/p/python` is Python 2.7.18, which no Prefect 3 supports",
    )


@pytest.mark.parametrize("missing", ["prefect", "httpx"])
def test_a_python_without_what_is_needed(missing: str) -> None:
    packages = {"prefect": "3.9.1", "httpx": "0.28.1", missing: None}
    finding = judge_python("/my env/python", {"version": "3.12.4", "packages": packages})
    assert finding.cause == "prefect-missing"
    assert finding.detail == f"`/my env/python`, Python 3.12.4, does not find `{missing}`"
    assert finding.hint == (
        "install it there: `'/my env/python' -m pip install prefect`; "
        "or name the Python that runs your flows: `proxyenv check --python PATH`"
    )


def settings(**changes: str | None) -> dict[str, object]:
    good = {"profile": "corp", "profiles_path": "/h/profiles.toml", "api_url": "http://prefect.test:4200/api"}
    return {"event": "imported", "version": "3.9.1", **good, **changes}


def test_prefect_has_what_was_set_up() -> None:
    assert judge_settings(SUBJECT, settings()).detail == (
        "Prefect uses the profile `corp` with `http://prefect.test:4200/api`"
    )
    assert judge_settings(replace(SUBJECT, api_url=None), settings(api_url=None)).detail == (
        "Prefect uses the profile `corp` with a temporary server"
    )


def test_where_no_profile_was_set_up_any_will_do() -> None:
    """So in a container, whose image gave it variables."""
    assert judge_settings(replace(SUBJECT, profile=""), settings(profile="ephemeral")).detail == (
        "Prefect uses the profile `ephemeral` with `http://prefect.test:4200/api`"
    )
    another = judge_settings(replace(SUBJECT, profile=""), settings(api_url="http://b.test/api"))
    assert another.detail == (
        "Prefect uses `http://b.test/api`; Prefect with `http://prefect.test:4200/api` was set up"
    )


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        pytest.param(
            {"profile": "other", "api_url": None},
            "Prefect uses the profile `other` of `/h/profiles.toml` with no API",
            id="another profile",
        ),
        pytest.param(
            {"api_url": "http://u:s3cret@b.test/api"}, "Prefect uses `http://b.test/api`", id="another API"
        ),
        pytest.param({"api_url": None}, "Prefect uses no API", id="no API"),
    ],
)
def test_prefect_has_something_else(changes: dict[str, str | None], detail: str) -> None:
    finding = judge_settings(SUBJECT, settings(**changes))
    assert finding.cause == "shadowed"
    assert finding.detail == (f"{detail}; the profile `corp` with `http://prefect.test:4200/api` was set up")


def test_prefect_that_does_not_start() -> None:
    record = {"event": "end", "error": [{"type": "builtins.ValueError", "text": "no such setting"}]}
    finding = judge_settings(SUBJECT, record)
    assert (finding.cause, finding.detail) == (
        "prefect-broken",
        "`import prefect` fails: ValueError: no such setting",
    )

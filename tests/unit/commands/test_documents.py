"""``--output markdown`` and ``--anonymize``: what others are shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.commands.markdown import escape_markdown, render_markdown
from proxyenv.commands.reports import Checked
from proxyenv.model.report import Outcome, Process, Report
from support.certificates import make_ca
from support.command import proxyenv

if TYPE_CHECKING:
    from pathlib import Path

NOON: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROCESS: Final = Process("/srv/python", "3.12.1", "3.9.1", "/srv", "shell", plugin=False)


def test_markdown_names_the_failure_first_and_everything_in_a_table() -> None:
    outcomes = (
        Outcome("files", "ok", detail="all 3 files are as written"),
        Outcome("fetch [https://a.test]", "failed", "proxy-denied", "`a|b` <b>says</b> no", "ask `IT`"),
    )
    text = render_markdown(
        Checked((), (Report(outcomes, PROCESS),)), verb="check", platform="linux", now=NOON
    )
    assert re.sub(r"(?<=proxyenv )\d[\w.]*", "1", text) == (
        "## proxyenv check: no, 1 of 2 checks failed\n"
        "\n"
        "proxyenv 1 on linux, 2026-05-01 12:00 UTC\n"
        "\n"
        "- failed: `/srv/python` (Python 3.12.1, Prefect 3.9.1)\n"
        "\n"
        "### Failed\n"
        "\n"
        "- `fetch [https://a.test]`: `proxy-denied`\n"
        "  - `a\\|b` &#60;b&#62;says&#60;/b&#62; no\n"
        "  - next: ask `IT`\n"
        "\n"
        "### All checks\n"
        "\n"
        "| | Check | What was seen |\n"
        "|---|---|---|\n"
        "| ok | `files` | all 3 files are as written |\n"
        "| failed | `fetch [https://a.test]` | `proxy-denied`: `a\\|b` &#60;b&#62;says&#60;/b&#62; no |"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("[x](http://a.test)", "&#91;x&#93;(http://a.test)", id="a link"),
        pytest.param("`a` ` b", "'a' ' b", id="a backtick of somebody else"),
        pytest.param(
            "@all \x1b[31m\n# x", "&#64;all &#92;x1b&#91;31m&#92;n&#35; x", id="a mention and an escape"
        ),
        pytest.param("a_b *c*", "a&#95;b &#42;c&#42;", id="emphasis"),
    ],
)
def test_what_a_proxy_says_is_no_markup(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of ada, where a proxy is set up and a file was edited."""
    home = tmp_path / "home/ada"
    home.mkdir(parents=True)
    (home / "acme.pem").write_bytes(make_ca("Acme Root").pem)
    given = ("--proxy", "http://bob:@gate.acme.test:3128", "--no-proxy", ".acme.test,10.1.2.3")
    done = proxyenv("setup", *given, "--ca", home / "acme.pem", "--yes", "--no-check", home=home)
    assert done.status == 0, done.err
    with (home / ".config/proxyenv/env.sh").open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    return home


@pytest.mark.parametrize("output", ["text", "markdown", "json", "html"])
def test_no_private_name_is_left(output: str, home: Path) -> None:
    (home / ".gitconfig").write_text("[http]\n\tproxy = http://gate.acme.test:1\n", "utf-8")
    variables = {"USER": "ada", "SSL_CERT_FILE": "/srv/acme.pem"}
    plain = proxyenv("status", "--output", output, home=home, **variables)
    hidden = proxyenv("status", "--output", output, "--anonymize", home=home, **variables)
    private = ("ada", "acme", "gate", "10.1.2.3", "pytest")
    found = {name for name in private if name in plain.out.lower()}
    assert {"ada", "acme", "gate"} <= found
    assert [name for name in private if name in hidden.out.lower()] == []
    assert (plain.status, hidden.status) == (1, 1)
    assert "/home/user-1/.config/proxyenv/env.sh" in hidden.out
    assert hidden.out.count("modified") == plain.out.count("modified")


def test_other_verbs_have_no_markdown(tmp_path: Path) -> None:
    done = proxyenv("discover", "--output", "markdown", home=tmp_path)
    assert (done.status, "invalid choice: 'markdown'" in done.err) == (2, True)

"""The files by which a job of a CI system sets variables for later steps or jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, EnvFormat, pairs, refuse_passwords
from proxyenv.catalog.shells.shell import NOT_UTF_8, require
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_GITLAB_BYTES: Final = 5 * 1024

_FROM_GITHUB: Final = (
    "print it with `--proxy-there http://HOST:PORT`, without the password, and take the URL that has it "
    "from a secret, below `env:` of the job: `HTTPS_PROXY: ${{ secrets.HTTPS_PROXY }}`, and so "
    "`https_proxy`, `HTTP_PROXY` and `http_proxy`"
)
_FROM_GITLAB: Final = (
    "print it with `--proxy-there http://HOST:PORT`, without the password, and take the URL that has it "
    "from a masked variable of the project, below `variables:` of the job: `HTTPS_PROXY: $CORPORATE_PROXY`, "
    "and so `https_proxy`, `HTTP_PROXY` and `http_proxy`"
)


def render_github(variables: tuple[Variable, ...], _platform: str) -> str:
    """For the file that ``GITHUB_ENV`` names: a value of several lines stands between two marks.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: the log of each later step shows it.
    """
    refuse_passwords(variables, where="`GITHUB_ENV`", hint=_FROM_GITHUB)
    require(variables, NOT_UTF_8, where="`GITHUB_ENV`", reason=BYTE)
    require(variables, "\r", where="`GITHUB_ENV`", reason="a carriage return, which ends a line there")
    return "".join(_github_value(name, value) for name, value in pairs(variables))


def _github_value(name: str, value: str) -> str:
    if "\n" not in value:
        return f"{name}={value}\n"
    mark = "PROXYENV_END"
    while mark in value:
        mark += "_"
    return f"{name}<<{mark}\n{value}\n{mark}\n"


def render_gitlab(variables: tuple[Variable, ...], _platform: str) -> str:
    """For GitLab's ``artifacts:reports:dotenv``: no blanks, no quotes, no comments, at most 5 KiB.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: others can read a pipeline's artifacts.
    """
    where = "GitLab's dotenv report"
    refuse_passwords(variables, where=where, hint=_FROM_GITLAB)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, r"\s", where=where, reason="a blank, which GitLab does not take")
    require(variables, r"\$", where=where, reason="a `$`, which GitLab expands in the jobs that get it")
    text = "".join(f"{name}={value}\n" for name, value in pairs(variables))
    size = len(text.encode())
    if size >= _GITLAB_BYTES:
        raise PlanError(
            "value-unrepresentable", f"{where} has to be smaller than 5 KiB, and this has {size} bytes"
        )
    return text


FORMATS: Final = (
    EnvFormat(
        name="github",
        reader='a step of GitHub Actions: `proxyenv env --format github >> "$GITHUB_ENV"`',
        render=render_github,
        limits="only `ALL_PROXY` is unset, by an empty value; no password, no carriage return",
        places=("machine", "ci"),
        secret=_FROM_GITHUB,
    ),
    EnvFormat(
        name="gitlab",
        reader="GitLab's `artifacts:reports:dotenv`",
        render=render_gitlab,
        limits="only `ALL_PROXY` is unset, by an empty value; no password, blank or `$`; less than 5 KiB",
        places=("ci",),
        secret=_FROM_GITLAB,
    ),
)

"""The files by which a job of a CI system sets variables for later steps or jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, EnvFormat, pairs, refuse_passwords
from proxyenv.catalog.env_formats.projects import find_directory, quote_yaml
from proxyenv.catalog.shells.shell import NOT_UTF_8, require
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_GITLAB_BYTES: Final = 5 * 1024

_FROM_GITHUB: Final = (
    "print it with `--place ci --proxy-there http://HOST:PORT`, without the password, and take the URL that "
    "has it from a secret, below `env:` of the job: `HTTPS_PROXY: ${{ secrets.HTTPS_PROXY }}`, and so "
    "`https_proxy`, `HTTP_PROXY` and `http_proxy`"
)
_FROM_GITLAB: Final = (
    "print it with `--proxy-there http://HOST:PORT`, without the password, and take the URL that has it "
    "from a masked variable of the project, below `variables:` of the job: `HTTPS_PROXY: $CORPORATE_PROXY`, "
    "and so `https_proxy`, `HTTP_PROXY` and `http_proxy`"
)
_JOB_IMAGE: Final = (
    "the image of each job has the files: build it from what `proxyenv image write DIR` writes, or mount them"
)
_RUNNER: Final = (
    "the runner has the files at the same path, for `volumes:`; leave that out where the images have them"
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


def render_workflow(variables: tuple[Variable, ...], services: tuple[str, ...]) -> str:
    """``container:`` and ``services:`` of a job: a container has nothing of the runner's environment.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: the file is in the project.
    """
    where = "a workflow of GitHub Actions"
    refuse_passwords(variables, where=where, hint=_FROM_GITHUB)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, r"\$\{\{", where=where, reason="a `${{`, which is replaced there")
    directory = find_directory(variables)
    lines = ["  env:", *(f"    {name}: {quote_yaml(value)}" for name, value in pairs(variables))]
    if directory is not None:
        lines += ["  volumes:", f"    - {quote_yaml(f'{directory}:{directory}:ro')}"]
    text = ["container:", *lines]
    if services:
        text.append("services:")
    for service in services:
        text += [f"  {quote_yaml(service)}:", *(f"  {line}" for line in lines)]
    return "".join(f"{line}\n" for line in text)


def render_gitlab_ci(variables: tuple[Variable, ...], _platform: str) -> str:
    """``variables:`` for ``.gitlab-ci.yml``, of all jobs or of one.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: the file is in the project.
    """
    where = "`.gitlab-ci.yml`"
    refuse_passwords(variables, where=where, hint=_FROM_GITLAB)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, r"\$", where=where, reason="a `$`, which GitLab expands")
    lines = (f"  {name}: {quote_yaml(value)}\n" for name, value in pairs(variables))
    return "".join(("variables:\n", *lines))


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
    EnvFormat(
        name="github-workflow",
        reader="a job of GitHub Actions: its `container:`, and `services:` for each `--service NAME`",
        render=lambda variables, _platform: render_workflow(variables, ()),
        limits="only `ALL_PROXY` is unset, by an empty value; no password, no `${{`",
        places=("ci",),
        secret=_FROM_GITHUB,
        for_services=render_workflow,
        notes=(_RUNNER,),
    ),
    EnvFormat(
        name="gitlab-ci",
        reader="`.gitlab-ci.yml`: `variables:` of all jobs or of one, for their services too",
        render=render_gitlab_ci,
        limits="only `ALL_PROXY` is unset, by an empty value; no password, no `$`",
        places=("ci",),
        secret=_FROM_GITLAB,
        notes=(_JOB_IMAGE,),
    ),
)

"""systemd: the ``EnvironmentFile=`` of a unit, and ``environment.d`` for the user's services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, HERE, EnvFormat, escape, pairs, refuse_passwords
from proxyenv.catalog.shells.shell import NOT_UTF_8, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.target import Variable

_FROM_FILE: Final = (
    "write what `proxyenv env --format systemd` prints to a file of mode 0600, and name that in the unit: "
    "`EnvironmentFile=FILE`"
)
UNIT_SPECIAL: Final = '\\"'
"""Characters that need a `\\` before them between quotes in a unit."""

_UNIT: Final = """\
[Unit]
Description=Prefect worker
Wants=network-online.target
After=network-online.target

[Service]
{environment}ExecStart=/usr/bin/env prefect worker start --pool default
Restart=on-failure
RestartSec=10

[Install]
WantedBy=default.target
"""
_SPECIAL: Final = '\\"$`'


def render_environment_file(variables: tuple[Variable, ...], _platform: str) -> str:
    r"""For ``EnvironmentFile=``: between `"`, a `\` takes the meaning of `"`, `\`, `$` and a backtick.

    systemd drops a value with a control character other than a tab or a line break, or that is not UTF-8.
    """
    return "".join(_lines(variables, where="systemd's `EnvironmentFile`"))


def render_environment_d(variables: tuple[Variable, ...], _platform: str) -> str:
    """For ``environment.d``: as above, but a `$` is expanded, and what is set to nothing is ignored."""
    where = "`environment.d`"
    require(variables, r"\A\Z", where=where, reason="nothing, and systemd ignores such a line there")
    require(variables, r"\$", where=where, reason="a `$`, which systemd always expands there")
    return "".join(_lines((each for each in variables if each.value), where=where))


def render_assignment(name: str, value: str) -> str:
    r"""A line with ``Environment=``: a `\` takes the meaning of `"` and `\`, a `%` that of a `%`.

    What can be in no unit has to be refused before.
    """
    escaped = escape(f"{name}={value}", special=UNIT_SPECIAL).replace("%", "%%")
    return f'Environment="{escaped}"\n'


def render_unset(variables: Iterable[Variable]) -> str:
    """A line with ``UnsetEnvironment=`` for the variables without a value; nothing where there are none."""
    unset = [each.name for each in variables if each.value is None]
    return f"UnsetEnvironment={' '.join(unset)}\n" if unset else ""


def render_unit(variables: tuple[Variable, ...], _platform: str) -> str:
    """A whole unit for a Prefect worker.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: all may read a unit.
    """
    where = "a systemd unit"
    refuse_passwords(variables, where=where, hint=_FROM_FILE)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, "[\x00-\x1f\x7f-\x9f]", where=where, reason="a control character")
    lines = (render_assignment(each.name, each.value) for each in variables if each.value is not None)
    return _UNIT.format(environment="".join((*lines, render_unset(variables))))


def _lines(variables: Iterable[Variable], *, where: str) -> Iterator[str]:
    variables = tuple(variables)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    reason = "a control character, and systemd drops such a value"
    require(variables, r"[^\t\n\x20-\x7e\x80-\U0010ffff]|[\x80-\x9f]", where=where, reason=reason)
    for name, value in pairs(variables):
        yield f'{name}="{escape(value, special=_SPECIAL)}"\n'


FORMATS: Final = (
    EnvFormat(
        name="systemd",
        reader="`EnvironmentFile=` of a systemd unit",
        render=render_environment_file,
        limits="only `ALL_PROXY` is unset, by an empty value; no control character but tab and line break",
        places=HERE,
    ),
    EnvFormat(
        name="environment.d",
        reader="`~/.config/environment.d/*.conf`, for the services of a user",
        render=render_environment_d,
        limits="unsets nothing; no control character but tab and line break, no `$`, no empty value",
        places=HERE,
    ),
    EnvFormat(
        name="systemd-unit",
        reader="systemd: the unit of a Prefect worker, `~/.config/systemd/user/prefect-worker.service`",
        render=render_unit,
        limits="no password, no control character",
        places=HERE,
        notes=(
            "name your pool in `ExecStart`, and your `prefect` by its path: a unit has another `PATH`",
            "as a unit of the system it needs `User=NAME`",
        ),
    ),
)

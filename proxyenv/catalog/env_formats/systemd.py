"""systemd: the ``EnvironmentFile=`` of a unit, and ``environment.d`` for the user's services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, HERE, EnvFormat, escape, pairs
from proxyenv.catalog.shells.shell import NOT_UTF_8, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.target import Variable

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
)

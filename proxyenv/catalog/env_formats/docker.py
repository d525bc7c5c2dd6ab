"""Docker: ``docker run --env-file`` and the like, and ``ENV`` instructions of a Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import (
    BYTE,
    IN_CONTAINERS,
    EnvFormat,
    escape,
    pairs,
    refuse_passwords,
)
from proxyenv.catalog.shells.shell import NOT_UTF_8, require
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_LONGEST: Final = 64 * 1024 - 1
"""Bytes of the longest line, without its end, that Docker's reader takes (``bufio.MaxScanTokenSize``)."""

_DOCKERFILE: Final = '\\"$'


def render_env_list(variables: tuple[Variable, ...], _platform: str = "") -> str:
    """``env.list``: ``NAME=value`` lines, unquoted. A name alone takes the value that the client has.

    Raises:
        PlanError: ``value-unrepresentable``: a line break, for the format has no quotes, a byte that is not
            UTF-8, or a line that is too long: Docker refuses the whole of such a file.
    """
    where = "`env.list`"
    written = tuple(each for each in variables if each.value is not None)
    require(written, "[\r\n\0]", where=where, reason="a line break, and the format has no quotes")
    require(written, NOT_UTF_8, where=where, reason="a byte that is not UTF-8, which Docker refuses")
    lines = {name: f"{name}={value}" for name, value in pairs(variables)}
    for name, line in lines.items():
        if len(line.encode()) > _LONGEST:
            raise PlanError(
                "value-unrepresentable",
                f"`{name}` cannot be written to {where}: its line has {len(line.encode())} bytes, "
                f"and Docker takes {_LONGEST}",
            )
    return "".join(f"{line}\n" for line in lines.values())


def render_dockerfile(variables: tuple[Variable, ...], _platform: str) -> str:
    """``ENV`` instructions.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: who has the image has its environment.
    """
    where = "a Dockerfile"
    refuse_passwords(variables, where=where)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, "[\r\n]", where=where, reason="a line break, which ends the value there")
    lines = (f'ENV {name}="{escape(value, special=_DOCKERFILE)}"\n' for name, value in pairs(variables))
    return "".join(lines)


FORMATS: Final = (
    EnvFormat(
        name="docker",
        reader="`docker run --env-file`, `podman run --env-file`; also written by `setup`, as `env.list`",
        render=render_env_list,
        limits="only `ALL_PROXY` is unset, by an empty value; no password, no line break; lines of at most "
        "65535 bytes",
        env_file="list",
        places=IN_CONTAINERS,
    ),
    EnvFormat(
        name="dockerfile",
        reader="a Dockerfile: `ENV` instructions",
        render=render_dockerfile,
        limits="only `ALL_PROXY` is unset, by an empty value; no password, no line break",
        places=IN_CONTAINERS,
    ),
)

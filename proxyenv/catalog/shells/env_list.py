"""``env.list``: ``NAME=value`` lines, unquoted, for ``docker run --env-file`` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.limits import NOT_UTF_8, require
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_LONGEST: Final = 64 * 1024 - 1
"""Bytes of the longest line, without its end, that Docker's reader takes (``bufio.MaxScanTokenSize``)."""


def render_env_list(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.list``. What is to be unset cannot be said in it and is left out.

    Raises:
        PlanError: ``value-unrepresentable``: a line break, for the format has no quotes, a byte that is not
            UTF-8, or a line that is too long: Docker refuses the whole of such a file.
    """
    where = "`env.list`"
    written = tuple(each for each in variables if each.value is not None)
    require(written, "[\r\n\0]", where=where, reason="a line break, and the format has no quotes")
    require(written, NOT_UTF_8, where=where, reason="a byte that is not UTF-8, which Docker refuses")
    lines = [f"{variable.name}={variable.value}" for variable in written]
    for variable, line in zip(written, lines, strict=True):
        if len(line.encode()) > _LONGEST:
            raise PlanError(
                "value-unrepresentable",
                f"`{variable.name}` cannot be written to {where}: its line has {len(line.encode())} bytes, "
                f"and Docker takes {_LONGEST}",
            )
    return "".join(f"{line}\n" for line in lines)

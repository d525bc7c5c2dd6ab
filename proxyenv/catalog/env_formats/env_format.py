"""What a format for programs that are no shell is: an :class:`EnvFormat` holds every fact about one.

Each renderer writes a value so that its reader gets it unchanged, refuses what the reader would change, and
leaves out variables to unset where the format has no word for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.model.url import mask_userinfo
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.model.target import Variable

BYTE: Final = "a byte that is not UTF-8"


class EnvFormat(NamedTuple):
    """Everything that proxyenv knows of one format.

    Args:
        name: what ``env --format`` calls it.
        reader: who reads it, for docs/shells.md.
        render: the text; it takes the variables and the platform, as ``sys.platform`` says it. It raises a
            ``PlanError``: ``value-unrepresentable`` for what the format cannot hold, ``password-refused``
            where others can read what is written.
        limits: what is refused or left out, for docs/shells.md.
        env_file: the ending of the env file in which ``setup`` writes it too, or ``None``.
    """

    name: str
    reader: str
    render: Callable[[tuple[Variable, ...], str], str]
    limits: str = ""
    env_file: str | None = None


def pairs(variables: Iterable[Variable]) -> Iterator[tuple[str, str]]:
    """Name and value of the variables to set."""
    yield from ((each.name, each.value) for each in variables if each.value is not None)


def escape(value: str, *, special: str) -> str:
    r"""*value* with a `\` before each character of *special*."""
    return "".join(f"\\{letter}" if letter in special else letter for letter in value)


def refuse_passwords(variables: Iterable[Variable], *, where: str) -> None:
    """Refuse the URL of a proxy with a password in it.

    Raises:
        PlanError: ``password-refused``.
    """
    for name, value in pairs(variables):
        if mask_userinfo(value) != value:
            raise PlanError(
                "password-refused", f"`{name}` holds a password, and others can read what is in {where}"
            )

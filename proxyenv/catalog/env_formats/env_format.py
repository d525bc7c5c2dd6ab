"""What a format for programs that are no shell is: an :class:`EnvFormat` holds every fact about one.

Each renderer writes a value so that its reader gets it unchanged, and refuses what the reader would change.
Where the format has no word for unsetting, a variable to unset is set to nothing if every client takes that
for unset, and left out if not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.model.target import Variable

BYTE: Final = "a byte that is not UTF-8"

HERE: Final = ("machine", "host")
"""The places of formats that only programs of a whole system read; the first is the usual one."""

IN_CONTAINERS: Final = ("image", "kubernetes", "job", "ci")
"""The places of formats for containers, which have neither the paths nor the loopback of this machine."""

EVERYWHERE: Final = ("machine", "host", "image", "kubernetes", "job", "ci")
"""The places of formats that programs of any system read."""

_NOTHING_IS_UNSET: Final = ("ALL_PROXY", "all_proxy")
"""Empty is as unset to all that read it: libcurl, urllib and what builds on it, reqwest. Not so the others:
gRPC takes an empty `no_grpc_proxy` for the list, and to some an empty `SSL_CERT_DIR` is a directory."""


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
        places: where its readers are, by name; the first is the usual one.
        secret: how a proxy with a password gets there, for the hint where it is refused.
        notes: what whoever uses the text has to know, a sentence each.
        for_services: the text where services are named too; it takes the variables and their names.
    """

    name: str
    reader: str
    render: Callable[[tuple[Variable, ...], str], str]
    limits: str = ""
    env_file: str | None = None
    places: tuple[str, ...] = EVERYWHERE
    secret: str | None = None
    notes: tuple[str, ...] = ()
    for_services: Callable[[tuple[Variable, ...], tuple[str, ...]], str] | None = None


def pairs(variables: Iterable[Variable]) -> Iterator[tuple[str, str]]:
    """Name and value of the variables to set, those to unset among them that may be set to nothing."""
    for each in variables:
        if each.value is not None:
            yield each.name, each.value
        elif each.name in _NOTHING_IS_UNSET:
            yield each.name, ""


def escape(value: str, *, special: str) -> str:
    r"""*value* with a `\` before each character of *special*."""
    return "".join(f"\\{letter}" if letter in special else letter for letter in value)


def refuse_passwords(variables: Iterable[Variable], *, where: str, hint: str | None = None) -> None:
    """Refuse the URL of a proxy with a password in it.

    Raises:
        PlanError: ``password-refused``.
    """
    from proxyenv.model.shown import mask_query

    for name, value in pairs(variables):
        if "@" in value or mask_query(value) != value:
            raise PlanError(
                "password-refused",
                f"`{name}` holds a password, and others can read what is in {where}",
                hint=hint,
            )

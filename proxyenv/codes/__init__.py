"""One registry of every code that scripts may rely on: errors, causes, lints, finds in images and pools.

A family is one module with one declaration per code, or a package with a module per subject; a module is
loaded when the first of its codes is asked for. Codes are kebab-case, unique across the families and
permanent: none is renamed or removed.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Family = Literal["errors", "causes", "lints", "finds", "pools"]
Severity = Literal["error", "warning", "info"]

FAMILIES: Final[Mapping[Family, str]] = MappingProxyType(
    {
        "errors": "why a command failed (`code` in the `errors` of the JSON output)",
        "causes": "what `check` or `status` found (`cause` of an outcome)",
        "lints": "what `trust inspect` says about a certificate",
        "finds": "what `image scan` found in an image (`cause` of a find)",
        "pools": "what `pool show` says about a work pool, and `check --pool` about its workers",
    }
)
"""The families, and where their codes appear."""

_MODULES: Final[Mapping[Family, tuple[str, ...]]] = MappingProxyType(
    {
        "errors": (
            *("errors.usage", "errors.discovery", "errors.trust", "errors.pac"),
            *("errors.plan", "errors.apply", "errors.images"),
        ),
        "causes": ("causes.proxy", "causes.tls", "causes.fetch", "causes.prefect", "causes.status"),
        "lints": ("lints",),
        "finds": ("finds",),
        "pools": ("pools",),
    }
)
"""The modules of each family, in the order in which they are searched and shown."""


class Code(NamedTuple):
    """What a code means, and what to do about it.

    Attributes:
        name: the code itself.
        meaning: one line; lower case, no final period.
        reasons: what usually leads to it, the most frequent first; clauses like *meaning*.
        next_step: a sentence or a command.
        severity: of a lint or of a find about a work pool. ``error``: some current runtime refuses the
            certificate for this, or jobs fail by it.
    """

    name: str
    meaning: str
    reasons: tuple[str, ...]
    next_step: str
    severity: Severity | None = None


@cache
def read_family(family: Family) -> Mapping[str, Code]:
    """The codes of one family by name, in the order in which they are declared."""
    return MappingProxyType({code.name: code for module in _MODULES[family] for code in _read(module)})


def find_code(name: str) -> Code | None:
    """The code of that name in whichever family, or ``None``."""
    return next((found for family in FAMILIES if (found := _find_in(family, name))), None)


def require_code(family: Family, name: str) -> Code:
    """The code of that name.

    Raises:
        KeyError: it is not registered in *family*; that is a bug in the caller.
    """
    found = _find_in(family, name)
    if found is None:
        raise KeyError(f"`{name}` is not registered in proxyenv/codes/{family}")
    return found


@cache
def _find_in(family: Family, name: str) -> Code | None:
    """The code; the modules after the one that has it stay unread."""
    codes = (code for module in _MODULES[family] for code in _read(module))
    return next((code for code in codes if code.name == name), None)


def _read(module: str) -> tuple[Code, ...]:
    codes: tuple[Code, ...] = import_module(f"{__name__}.{module}").CODES
    return codes

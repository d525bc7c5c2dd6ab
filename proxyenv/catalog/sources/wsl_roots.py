"""WSL: the roots that Windows around it trusts, asked by PowerShell. Not run there.

The CA of an intercepting proxy is often in the store of Windows alone, where the administrator put it.
Source: Microsoft's "about_Certificate_Provider", "about_PowerShell_exe" and ``X509Certificate.RawData``.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.wsl import find_program, is_wsl
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.model.machine import Machine

WHERE: Final = "the store Root of Windows"
_PROGRAM: Final = "WindowsPowerShell/v1.0/powershell.exe"
_SCRIPT: Final = (
    "foreach ($s in 'Root', 'Disallowed') { "
    "Get-ChildItem ('Cert:\\LocalMachine\\' + $s), ('Cert:\\CurrentUser\\' + $s) | "
    "ForEach-Object { $s + ' ' + [Convert]::ToBase64String($_.RawData) } }"
)
COMMAND: Final = ("-NoProfile", "-NonInteractive", "-Command", _SCRIPT)
_SECONDS: Final = 30.0
"""It takes a few to start."""

_MOST: Final = 5_000


class WindowsRoots(NamedTuple):
    """What Windows answers.

    Args:
        certificates: DER, each once; without those that it distrusts.
        refusal: why there are none, as a clause; empty where it answered.
    """

    certificates: tuple[bytes, ...] = ()
    refusal: str = ""


def read_windows_roots(machine: Machine) -> WindowsRoots | None:
    """The roots of the machine and of the user; ``None`` outside of WSL."""
    if not is_wsl(machine):
        return None
    program = find_program(machine, _PROGRAM)
    if program is None:
        return WindowsRoots(refusal="`powershell.exe` is not found, so Windows cannot be asked for its roots")
    if machine.is_root:
        return WindowsRoots(refusal="Windows is not asked for its roots by root")
    said = machine.run(program, *COMMAND, seconds=_SECONDS)
    roots = parse_roots((said or b"").decode("utf-8", "replace"))
    if not roots:
        return WindowsRoots(refusal=f"`{program}` names no root: is `[interop]` off?")
    return WindowsRoots(roots)


def parse_roots(text: str) -> tuple[bytes, ...]:
    """The certificates of ``Root`` that are not in ``Disallowed``: lines of a store and base64."""
    stores: dict[str, dict[bytes, None]] = {"Root": {}, "Disallowed": {}}
    for line in text.splitlines()[:_MOST]:
        name, _, encoded = line.strip().partition(" ")
        if name in stores:
            try:
                stores[name][base64.b64decode(encoded, validate=True)] = None
            except binascii.Error:
                continue
    return tuple(der for der in stores["Root"] if der and der not in stores["Disallowed"])

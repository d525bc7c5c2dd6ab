"""WSL: the settings of Windows, asked by the interoperability of both. Not run there.

Source: Microsoft's "Advanced settings configuration in WSL", "Networking considerations" and ``reg query``.
A container in WSL has its kernel too, and no ``/run/WSL``.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.sources.windows import INTERNET_SETTINGS, find_policy, read_values, sort_out_windows
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.url import is_loopback
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.machine import Machine

_NAME: Final = "wsl"
_MARK: Final = "run/WSL"
_KERNEL: Final = "proc/sys/kernel/osrelease"
_SECONDS: Final = 5.0
_USER: Final = rf"HKCU\{INTERNET_SETTINGS}"
_SHARED: Final = frozenset({"mirrored", "wsl1"})
"""Where the loopback of Windows is that of Linux."""


class Wsl(NamedTuple):
    """The Windows that this Linux runs in.

    Args:
        network: ``nat``, ``mirrored`` or what else ``wslinfo`` says, ``wsl1``; empty where it is not known.
        gateway: the address of Windows; empty where it is not known.
    """

    network: str = ""
    gateway: str = ""

    @property
    def shares_loopback(self) -> bool:
        """Whether a proxy on the loopback of Windows is reached from here."""
        return self.network in _SHARED


def is_wsl(machine: Machine) -> bool:
    """Whether Windows is around this Linux; not so in a container there."""
    return _find_kernel(machine) is not None


def _find_kernel(machine: Machine) -> str | None:
    """The kernel that Windows runs this Linux on."""
    kernel = _read_kernel(machine)
    return kernel if "microsoft" in kernel.lower() and machine.exists(machine.root / _MARK) else None


def find_wsl(machine: Machine) -> Wsl | None:
    """The Windows around this Linux; ``None`` elsewhere, and in a container."""
    kernel = _find_kernel(machine)
    if kernel is None:
        return None
    if kernel.endswith("-Microsoft"):  # WSL 1: `4.4.0-19041-Microsoft`
        return Wsl("wsl1")
    program = machine.which("wslinfo")
    said = machine.run(program, "--networking-mode", seconds=_SECONDS) if program else None
    return Wsl((said or b"").decode("utf-8", "replace").strip().lower(), _find_gateway(machine))


def read(machine: Machine) -> SourceSettings:
    """What Windows says: its policy, or else the settings of its user."""
    around = find_wsl(machine)
    if around is None:
        return SourceSettings(_NAME)
    found = _add_script(_ask_windows(machine), machine.environment)
    if around.shares_loopback:
        return found
    here = tuple(pair for pair in found.proxies if not _is_on_loopback(pair[1].value))
    notes = (
        Found(describe_loopback(found_proxy.value, around), found_proxy.provenance)
        for _, found_proxy in found.proxies
        if _is_on_loopback(found_proxy.value)
    )
    return found._replace(
        proxies=here, no_proxy=found.no_proxy if here else (), notes=(*found.notes, *dict.fromkeys(notes))
    )


def describe_loopback(proxy: str, around: Wsl) -> str:
    """Why a proxy on the loopback of Windows is not reached, and what to do, as a clause."""
    parsed = find_proxy_url(proxy)
    port = parsed.port if parsed else 0
    where = around.gateway or "the address of Windows"
    return (
        "is on the loopback of Windows, which this Linux does not reach: name it by "
        f"`{where}:{port}`, if it listens there, or set `networkingMode=mirrored` in `.wslconfig`"
    )


def parse_query(text: str) -> dict[str, str | int]:
    """The values that ``reg query`` prints: name, type and value, four blanks apart."""
    found: dict[str, str | int] = {}
    for line in text.splitlines()[:10_000]:
        matched = re.fullmatch(r"\s{4}(\S.*?)\s{4}REG_(\w+)(?:\s{4}(.*))?\s*", line)
        if matched is None:
            continue
        name, kind, value = matched[1], matched[2], (matched[3] or "").rstrip()
        if kind in {"SZ", "EXPAND_SZ"}:
            found[name] = value
        elif kind == "DWORD" and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", value):
            found[name] = int(value, 16)
    return found


def _ask_windows(machine: Machine) -> SourceSettings:
    """What its registry says. As root nothing is run: its programs are not this system's own."""
    program = find_program(machine, "reg.exe")
    if program is None:
        return SourceSettings(_NAME)
    if machine.is_root:
        return SourceSettings(_NAME, notes=(Found("is not asked by root", f"`{program}`"),))

    def registry(key: str) -> Mapping[str, str | int]:
        said = machine.run(program, "query", key, seconds=_SECONDS)
        return parse_query((said or b"").decode("utf-8", "replace"))

    user = registry(_USER)
    if not user:
        return SourceSettings(_NAME, notes=(Found("does not answer: is `[interop]` off?", f"`{program}`"),))
    policy = find_policy(_NAME, registry)
    if policy.proxies or policy.pac:
        return policy
    return sort_out_windows(_NAME, read_values(user), f"`{_USER}` of Windows")


def find_program(machine: Machine, name: str) -> Path | None:
    """A program of Windows by its whole path, below what ``/etc/wsl.conf`` says: it may not be on ``PATH``.

    Args:
        machine: that runs in WSL.
        name: its path below ``System32``.
    """
    text = machine.read(machine.root / "etc/wsl.conf") or ""
    section = re.search(r"^[ \t]*\[automount\]([^\[]*)", text, re.MULTILINE | re.IGNORECASE)
    given = (
        re.search(r"^[ \t]*root[ \t]*=[ \t]*\"?(/[^\"\n#]*)", section[1], re.MULTILINE) if section else None
    )
    root = machine.root / (given[1].strip() if given else "/mnt").lstrip("/")
    program = root / "c/Windows/System32" / name
    return program if machine.is_file(program) else None


def _read_kernel(machine: Machine) -> str:
    return (machine.read(machine.root / _KERNEL) or "").strip()


def _find_gateway(machine: Machine) -> str:
    """The gateway of the default route, which is Windows in NAT."""
    for line in (machine.read(machine.root / "proc/net/route") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[1] == "00000000" and re.fullmatch("[0-9A-Fa-f]{8}", fields[2]):  # noqa: PLR2004
            return str(ipaddress.IPv4Address(bytes.fromhex(fields[2])[::-1]))
    return ""


def _is_on_loopback(text: str) -> bool:
    parsed = find_proxy_url(text)
    return parsed is not None and is_loopback(parsed.host)


def _add_script(found: SourceSettings, environment: Mapping[str, str]) -> SourceSettings:
    """WSL puts the address of Windows' PAC file into a variable."""
    url = environment.get("WSL_PAC_URL", "")
    known = {each.value for each in found.pac}
    if not url or url in known:
        return found
    return found._replace(pac=(*found.pac, Found(url, "`WSL_PAC_URL` in the environment")))


SOURCE: Final = Source(_NAME, read, "Microsoft's documentation of WSL and of reg query; not run there")

"""Products that intercept TLS: where they keep their CA, and the names by which their CAs are known.

A file of theirs is proposed as that of a tool is. A name only labels a CA: whoever makes one writes any name.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from proxyenv.model.findings import Found
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine

_PROGRAM_DATA: Final = "C:/ProgramData"


class Vendor(NamedTuple):
    """A product.

    Args:
        name: for people.
        subjects: what the subject of its CAs holds, in lower case; one of them is enough.
        linux: files; ``~`` is the home, and the last part may be a pattern.
        macos: the same.
        windows: the same or with ``%ProgramData%`` at the beginning.
        debugs: whether it is a tool for whoever develops, and no corporate proxy.
        reference: where these facts are from.
    """

    name: str
    subjects: tuple[str, ...]
    linux: tuple[str, ...] = ()
    macos: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    debugs: bool = False
    reference: str = ""

    def __str__(self) -> str:
        """In words: its name, and what it is."""
        return f"{self.name}, a debugging tool" if self.debugs else self.name


def _in_data(directory: str) -> tuple[str, ...]:
    """The root and the CA of the tenant below it, of Netskope."""
    return f"{directory}/nscacert.pem", f"{directory}/nstenantcert.pem"


VENDORS: Final = (
    Vendor(
        "Cloudflare WARP",
        ("cloudflare",),
        linux=(
            "/var/lib/cloudflare-warp/installed_certs/*.pem",
            "/var/lib/cloudflare-warp/installed_cert.pem",
            "/usr/local/share/ca-certificates/managed-warp.pem",
        ),
        macos=(
            "/Library/Application Support/Cloudflare/installed_certs/*.pem",
            "/Library/Application Support/Cloudflare/installed_cert.pem",
        ),
        windows=(
            "%ProgramData%/Cloudflare/installed_certs/*.pem",
            "%ProgramData%/Cloudflare/installed_cert.pem",
        ),
        reference="developers.cloudflare.com, user-side certificates, automated deployment (2026-05)",
    ),
    Vendor(
        "Netskope",
        ("netskope", "goskope.com"),
        linux=_in_data("/opt/netskope/stagent/data"),
        macos=_in_data("/Library/Application Support/Netskope/STAgent/data"),
        windows=_in_data("%ProgramData%/Netskope/STAgent/data"),
        reference="docs.netskope.com, Netskope client",
    ),
    Vendor("Zscaler", ("zscaler",), reference="help.zscaler.com, importing the Zscaler root certificate"),
    Vendor("Cisco Umbrella", ("cisco umbrella",), reference="docs.umbrella.com, root certificate"),
    Vendor("Fortinet", ("o=fortinet",), reference="docs.fortinet.com, SSL/SSH inspection"),
    Vendor(
        "Avast",
        ("avast web/mail shield",),
        windows=(
            "%ProgramData%/AVAST Software/Avast/wscert.pem",
            "%ProgramData%/AVAST Software/Avast/wscert.der",
        ),
        reference="reports of its users",
    ),
    Vendor(
        "Norton",
        ("norton web/mail shield",),
        windows=("%ProgramData%/Norton/AntiVirus/wscert.der",),
        reference="support.norton.com, v20240108183457190",
    ),
    Vendor("ESET", ("eset ssl filter",), reference="help.eset.com, SSL/TLS protocol filtering"),
    Vendor(
        "mitmproxy",
        ("o=mitmproxy",),  # its file is read by `machine/certificates.py`
        debugs=True,
        reference="docs.mitmproxy.org, certificates",
    ),
    Vendor(
        "Charles",
        ("charles proxy",),
        linux=("~/.charles/ca/charles-proxy-ssl-proxying-certificate.pem",),
        macos=("~/Library/Application Support/Charles/ca/charles-proxy-ssl-proxying-certificate.pem",),
        debugs=True,
        reference="reports of its users",
    ),
    Vendor(
        "HTTP Toolkit",
        ("http toolkit",),
        linux=("~/.config/httptoolkit/ca.pem",),
        macos=("~/Library/Preferences/httptoolkit/ca.pem",),
        debugs=True,
        reference="reports of its users",
    ),
    Vendor(
        "Proxyman",
        ("proxyman ca",),
        macos=(
            "~/.proxyman/proxyman-ca.pem",
            "~/Library/Application Support/com.proxyman.NSProxy/app-data/proxyman-ca.pem",
        ),
        debugs=True,
        reference="docs.proxyman.io, and reports of its users",
    ),
    Vendor(
        "Fiddler", ("do_not_trust_fiddlerroot", "fiddler root"), debugs=True, reference="docs.telerik.com"
    ),
    Vendor("Burp Suite", ("portswigger ca",), debugs=True, reference="portswigger.net, CA certificate"),
)
"""Those whose files or names are documented, or reported alike by several users; mitmproxy was driven."""


def find_vendor(subject: str) -> Vendor | None:
    """Whose CA bears such a name; ``None`` for all others.

    Args:
        subject: a distinguished name as text.
    """
    lower = subject.lower()
    return next((each for each in VENDORS if any(part in lower for part in each.subjects)), None)


def describe_ca(subject: str) -> str:
    """A CA for a sentence: its name, and whose product it is of, if that is known."""
    vendor = find_vendor(subject)
    return f"`{subject}` of {vendor}" if vendor else f"`{subject}`"


def find_vendor_files(machine: Machine) -> Iterator[Found[Path]]:
    """The files that are there, each with the product that keeps it."""
    for vendor in VENDORS:
        named = {"darwin": vendor.macos, "win32": vendor.windows}.get(machine.platform, vendor.linux)
        for text in named:
            for path in _find(machine, text):
                yield Found(path, f"`{path}`, where {vendor.name} keeps its CA")


def _find(machine: Machine, text: str) -> tuple[Path, ...]:
    path = _place(machine, text)
    if "*" in path.name:
        return machine.glob(path.parent, path.name)
    return (path,) if machine.is_file(path) else ()


def _place(machine: Machine, text: str) -> Path:
    """Where a file of a product is; ``%ProgramData%`` is what Windows sets in every session."""
    head, _, rest = text.partition("/")
    if head == "~":
        return machine.home / rest
    if head == "%ProgramData%":
        return Path(machine.environment.get("ProgramData") or _PROGRAM_DATA, rest)
    return machine.root / PurePosixPath(text).relative_to("/")

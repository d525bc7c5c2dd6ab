"""NSS on Linux: a database for each Firefox profile, and one for Chromium and Chrome, by NSS's ``certutil``.

Elsewhere these browsers read the system's store.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.trust_store import TrustStore, get_tool, needs_root, render_fed
from proxyenv.model.store import Check, Store, StoreCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import StoredCertificate

_DIRECTORIES: Final = (
    ("Firefox", ".mozilla/firefox/*"),
    ("Firefox", ".config/mozilla/firefox/*"),
    ("Firefox (snap)", "snap/firefox/common/.mozilla/firefox/*"),
    ("Firefox (flatpak)", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"),
    ("Chromium and Chrome", ".pki/nssdb"),
    ("Chromium and Chrome", ".local/share/pki/nssdb"),
    ("Chromium (snap)", "snap/chromium/current/.pki/nssdb"),
    ("Chromium (flatpak)", ".var/app/*/.pki/nssdb"),
)
"""Browser → where its databases are, from the home."""

_CHROMIUM_PROFILES: Final = (".config/*", "snap/chromium/common/*")
_FILES: Final = ("cert9.db", "key4.db", "pkcs11.txt")
_HINTS: Final = (
    (
        "SEC_ERROR_BAD_PASSWORD",
        "the database has a primary password: remove it in the browser's settings, and run this again",
    ),
)


def _find(machine: Machine) -> Iterator[Store]:
    if machine.platform != "linux":
        return
    tool = machine.which("certutil")
    lack = None if tool else "`certutil` is missing: install `libnss3-tools` (Debian) or `nss-tools` (Fedora)"
    for browser, pattern in _DIRECTORIES:
        for database in machine.glob(machine.home, f"{pattern}/{_FILES[0]}"):
            place = database.parent
            yield Store(
                "nss",
                "nss",
                place,
                f"NSS database of {browser} (`{place.name}`)",
                None if tool is None else str(tool),
                lack=lack,
                witnesses=tuple(place / name for name in _FILES if machine.is_file(place / name)),
                needs_root=needs_root(machine, database),
                in_use=_is_in_use(machine, place),
            )


def _is_in_use(machine: Machine, place: Path) -> bool:
    """Whether a browser has the database open: it keeps a symlink that ends in its process number."""
    locks = [place / "lock"]
    if place.name == "nssdb":  # the locks lead nowhere, so a pattern with their name would not find them
        profiles = (path for pattern in _CHROMIUM_PROFILES for path in machine.glob(machine.home, pattern))
        locks += [profile / "SingletonLock" for profile in profiles]
    numbers = (re.split(r"[+-]", machine.link(lock) or "")[-1] for lock in locks)
    return any(number.isdigit() and machine.exists(machine.root / "proc" / number) for number in numbers)


def _add(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    trust = ("-t", "C,,", "-a")  # C: a CA for servers, and for nothing else
    command = render_fed((*_nss(store, "-A"), "-n", certificate.alias, *trust), certificate)
    return (command._replace(hints=_HINTS),)


def _drop(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    return (StoreCommand((*_nss(store, "-D"), "-n", certificate.alias), tolerated=True),)


def _check(store: Store, certificate: StoredCertificate) -> Check:
    return Check(StoreCommand((*_nss(store, "-V"), "-n", certificate.alias, "-u", "L")), certificate)


def _prove(store: Store, certificate: StoredCertificate) -> Check:
    return Check(StoreCommand((*_nss(store, "-L"), "-n", certificate.alias, "-a")), certificate, "pem")


def _rewrites(store: Store, path: Path) -> bool:
    return path.parent == store.place and path.name in _FILES


def _nss(store: Store, verb: str) -> tuple[str, ...]:
    return (get_tool(store), verb, "-d", f"sql:{store.place}")


STORE: Final = TrustStore(
    name="nss",
    kind="nss",
    find=_find,
    check=_check,
    prove=_prove,
    add=_add,
    drop=_drop,
    rewrites=_rewrites,
    title="every Firefox and Chromium profile on Linux, as package, snap or flatpak",
    means="the profile's NSS database; NSS's `certutil -A`",
    tested="driven by the tests",
)

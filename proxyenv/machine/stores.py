"""Finds the trust stores of this machine: the operating system's, browsers' NSS databases, Java's."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.machine.system_roots import find_system_bundle
from proxyenv.model.store import Store
from proxyenv.model.store_kind import STORE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.store import Family
    from proxyenv.model.store_kind import StoreKind

_SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the tools of the operating system lie; a user's ``PATH`` often lacks the half of it."""


class _Linux(NamedTuple):
    """A family of Linux.

    Args:
        family: its name.
        title: for people.
        marker: a file or directory that only this family has.
        place: where an administrator puts certificates.
        tool: the program that makes the store anew from it.
        package: what the tool is in.
    """

    family: Family
    title: str
    marker: Path
    place: Path
    tool: str
    package: str = "ca-certificates"


_LINUX: Final = (
    _Linux(
        "fedora",
        "Fedora and its kin",
        Path("/etc/pki/ca-trust/source"),
        Path("/etc/pki/ca-trust/source/anchors"),
        "update-ca-trust",
    ),
    _Linux(
        "arch",
        "Arch",
        Path("/etc/ca-certificates/trust-source"),
        Path("/etc/ca-certificates/trust-source/anchors"),
        "trust",
        "p11-kit",
    ),
    _Linux("suse", "SUSE", Path("/etc/pki/trust"), Path("/etc/pki/trust/anchors"), "update-ca-certificates"),
    _Linux(
        "alpine",
        "Alpine",
        Path("/etc/alpine-release"),
        Path("/usr/local/share/ca-certificates"),
        "update-ca-certificates",
    ),
    _Linux(
        "debian",
        "Debian and its kin",
        Path("/etc/debian_version"),
        Path("/usr/local/share/ca-certificates"),
        "update-ca-certificates",
    ),
)
"""The first whose marker exists is the family of the machine."""

_NSS_DIRECTORIES: Final = (
    ("Firefox", ".mozilla/firefox/*"),
    ("Firefox", ".config/mozilla/firefox/*"),
    ("Firefox (snap)", "snap/firefox/common/.mozilla/firefox/*"),
    ("Firefox (flatpak)", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"),
    ("Chromium and Chrome", ".pki/nssdb"),
    ("Chromium and Chrome", ".local/share/pki/nssdb"),
    ("Chromium (snap)", "snap/chromium/current/.pki/nssdb"),
    ("Chromium (flatpak)", ".var/app/*/.pki/nssdb"),
)
"""Browser → where its databases lie, from the home, on Linux. Elsewhere they read the system's store."""

_CHROMIUM_PROFILES: Final = (".config/*", "snap/chromium/common/*")

_NSS_FILES: Final = ("cert9.db", "key4.db", "pkcs11.txt")

_JAVA_DIRECTORIES: Final = {
    "linux": ("/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*", "/opt/jdk*"),
    "darwin": ("/Library/Java/JavaVirtualMachines/*/Contents/Home",),
    "win32": (r"C:\Program Files\Java\*", r"C:\Program Files\Eclipse Adoptium\*"),
}
_JAVA_HOME_DIRECTORIES: Final = (".sdkman/candidates/java/*", ".jdks/*", ".local/share/mise/installs/java/*")
_KEYSTORES: Final = ("lib/security/cacerts", "jre/lib/security/cacerts")


def find_stores(host: Host, kinds: Collection[StoreKind] = STORE_KINDS) -> tuple[Store, ...]:
    """Every store of the kinds that were asked for, each once; the value says if its tool is missing."""
    return tuple(store for kind in STORE_KINDS if kind in kinds for store in _FINDERS[kind](host))


def _find_system(host: Host) -> Iterator[Store]:
    if host.platform == "darwin":
        place = Path("/Library/Keychains/System.keychain")
        title = "system store (macOS)"
        yield Store("system", "macos", place, title, "/usr/bin/security", needs_root=_needs_root(place))
    elif host.platform == "win32":
        certutil = shutil.which("certutil")
        yield Store(
            "system", "windows", Path("Root"), "system store (Windows)", certutil, needs_root=not _is_root()
        )
    else:
        row = next((row for row in _LINUX if row.marker.exists()), None)
        if row is not None:
            yield _linux_store(row, host)


def _linux_store(row: _Linux, host: Host) -> Store:
    tool = shutil.which(row.tool, path=_SYSTEM_PATH)
    bundle = find_system_bundle()
    java = Path("/etc/ssl/certs/java/cacerts")
    hooked = row.family == "debian" and java.is_file()
    rewritten = (*((bundle,) if bundle else ()), *((java,) if hooked else ()))
    replaced = _replaced_by_links() if row.family == "debian" else ()
    return Store(
        "system",
        row.family,
        row.place,
        f"system store ({row.title})",
        tool,
        lack=None if tool else f"`{row.tool}` is missing: install the package `{row.package}`",
        openssl=shutil.which("openssl", path=_SYSTEM_PATH),
        bundle=bundle,
        keytool=next((str(home / "bin/keytool") for home in _java_homes(host)), None) if hooked else None,
        witnesses=(*(Path(os.path.realpath(path)) for path in rewritten), *replaced),
        needs_root=not _is_root(),
    )


def _replaced_by_links() -> tuple[Path, ...]:
    """The files that Debian's tool will replace by a symlink to the certificate of the same name.

    It makes the links itself, but an image may have been provisioned with copies.
    """
    sources = (source for place in _DEBIAN_SOURCES for source in place.rglob("*.crt"))
    names = {f"{source.stem.translate(_DEBIAN_NAMES)}.pem" for source in sources}
    linked = (_DEBIAN_LINKS / name for name in sorted(names))
    return tuple(path for path in linked if path.is_file() and not path.is_symlink())


_DEBIAN_LINKS: Final = Path("/etc/ssl/certs")
_DEBIAN_SOURCES: Final = (Path("/usr/share/ca-certificates"), Path("/usr/local/share/ca-certificates"))
_DEBIAN_NAMES: Final = str.maketrans(" ,()", "__==")
"""What the tool makes of a name (`update-ca-certificates` 20230311, `add`)."""


def _find_nss(host: Host) -> Iterator[Store]:
    if host.platform != "linux":
        return
    tool = shutil.which("certutil", path=host.environment.get("PATH", _SYSTEM_PATH))
    lack = None if tool else "`certutil` is missing: install `libnss3-tools` (Debian) or `nss-tools` (Fedora)"
    for browser, pattern in _NSS_DIRECTORIES:
        for database in sorted(host.home.glob(f"{pattern}/{_NSS_FILES[0]}")):
            place = database.parent
            files = tuple(place / name for name in _NSS_FILES if (place / name).is_file())
            yield Store(
                "nss",
                "nss",
                place,
                f"NSS database of {browser} (`{place.name}`)",
                tool,
                lack=lack,
                witnesses=files,
                needs_root=_needs_root(database),
                in_use=_is_in_use(place, host),
            )


def _is_in_use(place: Path, host: Host) -> bool:
    """Whether a browser has the database open: it keeps a symlink that ends in its process number."""
    locks = [place / "lock"]
    if place.name == "nssdb":  # the locks lead nowhere, so a pattern with their name would not find them
        profiles = (profile for pattern in _CHROMIUM_PROFILES for profile in host.home.glob(pattern))
        locks += [profile / "SingletonLock" for profile in profiles]
    for lock in locks:
        target = str(lock.readlink()) if lock.is_symlink() else ""
        number = re.split(r"[+-]", target)[-1]
        if number.isdigit() and Path("/proc", number).exists():
            return True
    return False


def _find_java(host: Host) -> Iterator[Store]:
    seen = set()
    for home in _java_homes(host):
        keystore = next((home / name for name in _KEYSTORES if (home / name).is_file()), None)
        place = Path(os.path.realpath(keystore)) if keystore else None
        if place is None or place in seen:  # the JDKs of Debian share one
            continue
        seen.add(place)
        yield Store(
            "java",
            "java",
            place,
            f"Java's `{place}`",
            str(home / ("bin/keytool.exe" if host.platform == "win32" else "bin/keytool")),
            witnesses=(place,),
            needs_root=_needs_root(place),
        )


def _java_homes(host: Host) -> Iterator[Path]:
    """Every JDK or JRE that has a ``keytool``: the user's choice first, each once."""
    seen = set()
    for candidate in _java_candidates(host):
        home = Path(os.path.realpath(candidate))
        keytool = home / ("bin/keytool.exe" if host.platform == "win32" else "bin/keytool")
        if home not in seen and keytool.is_file():
            seen.add(home)
            yield home


def _java_candidates(host: Host) -> Iterator[Path]:
    if host.environment.get("JAVA_HOME"):
        yield host.absolute(host.environment["JAVA_HOME"], expand=False)
    on_path = shutil.which("java", path=host.environment.get("PATH", _SYSTEM_PATH))
    if on_path is not None:
        yield Path(os.path.realpath(on_path)).parents[1]
    for pattern in _JAVA_DIRECTORIES.get(host.platform, ()):
        anchor = Path(Path(pattern).anchor)
        yield from sorted(anchor.glob(str(Path(pattern).relative_to(anchor))))
    for pattern in _JAVA_HOME_DIRECTORIES:
        yield from sorted(host.home.glob(pattern))


def _needs_root(path: Path) -> bool:
    """Whether this process may not replace *path*: its directory counts, since a rename does it."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


if sys.platform == "win32":

    def _is_root() -> bool:
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())

else:

    def _is_root() -> bool:
        return os.geteuid() == 0


_FINDERS: Final[dict[StoreKind, Callable[[Host], Iterator[Store]]]] = {
    "system": _find_system,
    "nss": _find_nss,
    "java": _find_java,
}

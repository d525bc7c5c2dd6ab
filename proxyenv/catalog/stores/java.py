"""Java: the ``cacerts`` of every JDK and JRE, by its own ``keytool``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.trust_store import TrustStore, get_tool, needs_root, render_fed
from proxyenv.model.store import Check, Store, StoreCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import StoredCertificate

PASSWORD: Final = ("-storepass", "changeit")
"""Every JDK ships its store under this password, and its documentation says so: it guards nothing."""

_DIRECTORIES: Final = {
    "linux": ("/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*", "/opt/jdk*"),
    "darwin": ("/Library/Java/JavaVirtualMachines/*/Contents/Home",),
    "win32": (r"C:\Program Files\Java\*", r"C:\Program Files\Eclipse Adoptium\*"),
}
_HOME_DIRECTORIES: Final = (".sdkman/candidates/java/*", ".jdks/*", ".local/share/mise/installs/java/*")
_KEYSTORES: Final = ("lib/security/cacerts", "jre/lib/security/cacerts")


def find_java_homes(machine: Machine) -> Iterator[Path]:
    """Every JDK or JRE that has a ``keytool``: the user's choice first, each once."""
    seen = set()
    for candidate in _find_candidates(machine):
        home = machine.resolve(candidate)
        if home not in seen and machine.is_file(_keytool(machine, home)):
            seen.add(home)
            yield home


def _keytool(machine: Machine, home: Path) -> Path:
    return home / ("bin/keytool.exe" if machine.platform == "win32" else "bin/keytool")


def _find_candidates(machine: Machine) -> Iterator[Path]:
    if machine.environment.get("JAVA_HOME"):
        yield machine.absolute(machine.environment["JAVA_HOME"], expand=False)
    on_path = machine.which("java")
    if on_path is not None:
        yield machine.resolve(on_path).parents[1]
    for pattern in _DIRECTORIES.get(machine.platform, ()):
        anchor = Path(pattern).anchor
        start = machine.root if anchor == "/" else Path(anchor)
        yield from machine.glob(start, pattern.removeprefix(anchor))
    for pattern in _HOME_DIRECTORIES:
        yield from machine.glob(machine.home, pattern)


def _find(machine: Machine) -> Iterator[Store]:
    seen = set()
    for home in find_java_homes(machine):
        keystore = next((home / name for name in _KEYSTORES if machine.is_file(home / name)), None)
        place = None if keystore is None else machine.resolve(keystore)
        if place is None or place in seen:  # the JDKs of Debian share one
            continue
        seen.add(place)
        yield Store(
            "java",
            "java",
            place,
            f"Java's `{place}`",
            str(_keytool(machine, home)),
            witnesses=(place,),
            needs_root=needs_root(machine, place),
        )


def _add(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    options = ("-noprompt", "-trustcacerts", "-alias", certificate.alias)
    return (render_fed((get_tool(store), "-importcert", *options, *_keystore(store)), certificate),)


def _drop(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    command = (get_tool(store), "-delete", "-alias", certificate.alias, *_keystore(store))
    return (StoreCommand(command, tolerated=True),)


def _check(store: Store, certificate: StoredCertificate) -> Check:
    return Check(StoreCommand((get_tool(store), "-list", "-rfc", *_keystore(store))), certificate, "pem")


def _prove(store: Store, certificate: StoredCertificate) -> Check:
    named = ("-list", "-rfc", "-alias", certificate.alias)
    return Check(StoreCommand((get_tool(store), *named, *_keystore(store))), certificate, "pem")


def _find_again(place: Path) -> str | None:
    """Only a variable leads to a JDK that is in none of the usual places."""
    for name in _KEYSTORES:
        depth = name.count("/")
        if place.parts[-depth - 1 :] == tuple(name.split("/")):
            home = shlex.quote(str(place.parents[depth]))
            return f"if that JDK is meant: `JAVA_HOME={home} proxyenv uninstall`"
    return None


def _keystore(store: Store) -> tuple[str, ...]:
    return ("-keystore", str(store.place), *PASSWORD)


STORE: Final = TrustStore(
    name="java",
    kind="java",
    find=_find,
    check=_check,
    prove=_prove,
    add=_add,
    drop=_drop,
    find_again=_find_again,
    title="every JDK and JRE: `JAVA_HOME`, `PATH`, `/usr/lib/jvm`, SDKMAN!, ...",
    means="its `cacerts`; its own `keytool -importcert`",
    tested="driven with OpenJDK 17 by the tests",
)

"""Debian, Ubuntu and their derivatives: ``update-ca-certificates`` of the package ``ca-certificates``.

It links each certificate into ``/etc/ssl/certs``, replaces a file of the same name there by such a link, has
``openssl rehash`` link each by its hash, writes the bundle, and runs hooks, of which one adds to the store of
Debian's JDKs (``update-ca-certificates`` 20230311, read and driven by tests/integration/test_stores.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.java import PASSWORD, find_java_homes
from proxyenv.catalog.stores.linux import Distribution, below, rewrites_bundle
from proxyenv.model.store import StoreCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import Store, StoredCertificate

_LINKS: Final = Path("/etc/ssl/certs")
_JAVA: Final = _LINKS / "java/cacerts"
_SOURCES: Final = (Path("/usr/share/ca-certificates"), Path("/usr/local/share/ca-certificates"))
_NAMES: Final = str.maketrans(" ,()", "__==")
"""What the tool makes of a certificate's name for the link."""

DISTRIBUTION: Final = Distribution(
    "debian",
    "Debian family",
    marker="/etc/debian_version",
    place="/usr/local/share/ca-certificates",
    tool="update-ca-certificates",
    # The method that speaks TLS reads no variable for the CA, only this setting.
    install=(
        "apt-get -o Acquire::https::CAInfo={bundle} update"
        " && apt-get -o Acquire::https::CAInfo={bundle} install --yes --no-install-recommends ca-certificates"
        " && rm -rf /var/lib/apt/lists/*"
    ),
)


def _find_with_java(machine: Machine) -> Iterator[Store]:
    for store in DISTRIBUTION.find(machine):
        replaced = tuple(_find_replaced(machine))
        java = below(machine, _JAVA)
        if not machine.is_file(java):
            yield store._replace(witnesses=(*store.witnesses, *replaced))
            continue
        home = next(find_java_homes(machine), None)
        yield store._replace(
            keytool=None if home is None else str(home / "bin/keytool"),
            witnesses=(*store.witnesses, machine.resolve(java), *replaced),
        )


def _find_replaced(machine: Machine) -> Iterator[Path]:
    """The files that the tool will replace by a link to the certificate of the same name.

    It makes such links itself, but an image may have been provisioned with copies.
    """
    sources = (source for place in _SOURCES for source in machine.glob(below(machine, place), "**/*.crt"))
    names = {f"{source.stem.translate(_NAMES)}.pem" for source in sources}
    for path in (below(machine, _LINKS) / name for name in sorted(names)):
        if machine.is_file(path) and machine.link(path) is None:
            yield path


def _drop_links(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    """The tool makes links and forgets them.

    Only with ``--fresh`` does it look for links that lead nowhere, and then it tells its hooks that
    every root is new: the one for Java would add roots that the administrator has removed there, and
    keep ours.
    """
    name = f"{certificate.alias}.pem"
    commands = [StoreCommand(("/bin/rm", "-f", str(_LINKS / name)))]
    if store.openssl is not None:
        commands.append(StoreCommand((store.openssl, "rehash", str(_LINKS))))
    if store.keytool is not None:
        java = ("-keystore", str(_JAVA), *PASSWORD)
        commands.append(
            StoreCommand((store.keytool, "-delete", "-alias", f"debian:{name}", *java), tolerated=True)
        )
    return tuple(commands)


def _rewrites(store: Store, path: Path) -> bool:
    """Also what the tool has replaced by a link, since when it is not found as a file any more."""
    return rewrites_bundle(store, path) or path == _JAVA or (path.parent == _LINKS and path.suffix == ".pem")


STORE: Final = DISTRIBUTION.make_store("Debian, Ubuntu and their derivatives")._replace(
    find=_find_with_java,
    drop=_drop_links,
    rewrites=_rewrites,
    tested="driven on Debian 12 by the tests",
)

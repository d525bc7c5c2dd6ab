"""How a certificate gets into each trust store and out of it again, and what asks whether it is there.

Pure: everything returns commands and files, as :class:`~proxyenv.model.store.StoreChange`.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.model.store import Check, Command, StoreChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.store import Family, Store, StoredCertificate, StoreEntry

_PASSWORD: Final = ("-storepass", "changeit")
"""Every JDK ships its store under this password, and its documentation says so: it guards nothing."""


def render_installation(entry: StoreEntry) -> StoreChange:
    """What puts the certificates of *entry* into its store.

    Raises:
        ValueError: this machine lacks the store's tool.
    """
    recipe, store = _RECIPES[entry.store.family], entry.store
    files = tuple(
        (path, each.pem.encode("ascii"))
        for each in entry.certificates
        if (path := _anchor_file(store, each)) is not None
    )
    return StoreChange(
        "install", entry, _commands(recipe.add, entry) + _refresh(recipe, store), _checks(entry), put=files
    )


def render_removal(entry: StoreEntry) -> StoreChange:
    """What takes the certificates of *entry* out of its store again.

    Raises:
        ValueError: this machine lacks the store's tool.
    """
    recipe, store = _RECIPES[entry.store.family], entry.store
    files = tuple(path for each in entry.certificates if (path := _anchor_file(store, each)) is not None)
    commands = _commands(recipe.drop, entry) + _refresh(recipe, store)
    return StoreChange("remove", entry, commands, _checks(entry), delete=files)


def render_check(store: Store, certificate: StoredCertificate) -> Check:
    """What asks the store's own tool for one certificate.

    Raises:
        ValueError: this machine lacks the store's tool.
    """
    return _RECIPES[store.family].check(store, certificate)


def _checks(entry: StoreEntry) -> tuple[Check, ...]:
    return tuple(render_check(entry.store, each) for each in entry.certificates)


def _commands(
    render: Callable[[Store, StoredCertificate], tuple[Command, ...]] | None, entry: StoreEntry
) -> tuple[Command, ...]:
    if render is None:
        return ()
    return tuple(command for each in entry.certificates for command in render(entry.store, each))


def _refresh(recipe: _Recipe, store: Store) -> tuple[Command, ...]:
    return () if recipe.refresh is None else (Command((tool(store), *recipe.refresh)),)


def _anchor_file(store: Store, certificate: StoredCertificate) -> Path | None:
    return store.place / f"{certificate.alias}.crt" if _RECIPES[store.family].has_files else None


def tool(store: Store) -> str:
    """The program that writes a store.

    Raises:
        ValueError: this machine lacks it.
    """
    if store.tool is None:
        raise ValueError(f"no tool for {store.title}")
    return store.tool


# Linux: a file in a directory of the administrator's, and a command that makes the store anew


def _drop_links(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    """Debian's tool makes links and forgets them.

    Only with ``--fresh`` does it look for links that lead nowhere, and then it tells its hooks that
    every root is new: the one for Java would add roots that the administrator has removed there, and
    keep ours.
    """
    name, certs = f"{certificate.alias}.pem", Path("/etc/ssl/certs")
    commands = [Command(("/bin/rm", "-f", str(certs / name)))]
    if store.openssl is not None:
        commands.append(Command((store.openssl, "rehash", str(certs))))
    if store.keytool is not None:
        java = ("-keystore", str(certs / "java/cacerts"), *_PASSWORD)
        commands.append(
            Command((store.keytool, "-delete", "-alias", f"debian:{name}", *java), tolerated=True)
        )
    return tuple(commands)


def _check_bundle(store: Store, certificate: StoredCertificate) -> Check:
    bundle = str(store.bundle or "")
    if store.openssl is None:
        return Check(Command(("/bin/cat", bundle)), certificate, "pem")
    alone = ("-no-CApath", "-no-CAstore", "-partial_chain", "-CAfile", bundle)
    return Check(_fed((store.openssl, "verify", *alone), certificate), certificate)


# macOS and Windows


def _add_to_keychain(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    trust = ("add-trusted-cert", "-d", "-r", "trustRoot", "-k", str(store.place))
    return (Command((tool(store), *trust, str(certificate.path))),)


def _drop_from_keychain(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    return (Command((tool(store), "delete-certificate", "-t", "-Z", _sha1(certificate), str(store.place))),)


def _check_keychain(store: Store, certificate: StoredCertificate) -> Check:
    command = Command((tool(store), "find-certificate", "-a", "-p", str(store.place)))
    return Check(command, certificate, "pem")


def _add_to_windows(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    return (Command((tool(store), "-addstore", "-f", store.place.name, str(certificate.path))),)


def _drop_from_windows(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    return (Command((tool(store), "-delstore", store.place.name, _sha1(certificate))),)


def _check_windows(store: Store, certificate: StoredCertificate) -> Check:
    return Check(Command((tool(store), "-verifystore", store.place.name, _sha1(certificate))), certificate)


# NSS


def _add_to_nss(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    trust = ("-t", "C,,", "-a")  # C: a CA for servers, and for nothing else
    return (_fed((*_nss(store, "-A"), "-n", certificate.alias, *trust), certificate),)


def _drop_from_nss(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    return (Command((*_nss(store, "-D"), "-n", certificate.alias), tolerated=True),)


def _check_nss(store: Store, certificate: StoredCertificate) -> Check:
    return Check(Command((*_nss(store, "-V"), "-n", certificate.alias, "-u", "L")), certificate)


def _nss(store: Store, verb: str) -> tuple[str, ...]:
    return (tool(store), verb, "-d", f"sql:{store.place}")


# Java


def _add_to_java(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    options = ("-noprompt", "-trustcacerts", "-alias", certificate.alias)
    return (_fed((tool(store), "-importcert", *options, *_keystore(store)), certificate),)


def _drop_from_java(store: Store, certificate: StoredCertificate) -> tuple[Command, ...]:
    command = (tool(store), "-delete", "-alias", certificate.alias, *_keystore(store))
    return (Command(command, tolerated=True),)


def _check_java(store: Store, certificate: StoredCertificate) -> Check:
    return Check(Command((tool(store), "-list", "-rfc", *_keystore(store))), certificate, "pem")


def _keystore(store: Store) -> tuple[str, ...]:
    return ("-keystore", str(store.place), *_PASSWORD)


def _fed(argv: tuple[str, ...], certificate: StoredCertificate) -> Command:
    return Command(argv, stdin=certificate.pem, source=certificate.path)


def _sha1(certificate: StoredCertificate) -> str:
    """What macOS and Windows call a certificate by; the DER decides what is meant, so it is no risk."""
    body = "".join(line for line in certificate.pem.splitlines() if not line.startswith("-"))
    return hashlib.sha1(base64.b64decode(body), usedforsecurity=False).hexdigest().upper()


class _Recipe(NamedTuple):
    """How a family's store is written.

    Args:
        check: see :func:`render_check`.
        add: the commands for each certificate that comes.
        drop: the commands for each that goes.
        refresh: the arguments with which the tool makes the store anew, after either.
        has_files: whether each certificate is a file in the store's place.
    """

    check: Callable[[Store, StoredCertificate], Check]
    add: Callable[[Store, StoredCertificate], tuple[Command, ...]] | None = None
    drop: Callable[[Store, StoredCertificate], tuple[Command, ...]] | None = None
    refresh: tuple[str, ...] | None = None
    has_files: bool = False


_RECIPES: Final[dict[Family, _Recipe]] = {
    "debian": _Recipe(_check_bundle, drop=_drop_links, refresh=(), has_files=True),
    "alpine": _Recipe(_check_bundle, refresh=(), has_files=True),
    "fedora": _Recipe(_check_bundle, refresh=("extract",), has_files=True),
    "arch": _Recipe(_check_bundle, refresh=("extract-compat",), has_files=True),
    "suse": _Recipe(_check_bundle, refresh=(), has_files=True),
    "macos": _Recipe(_check_keychain, add=_add_to_keychain, drop=_drop_from_keychain),
    "windows": _Recipe(_check_windows, add=_add_to_windows, drop=_drop_from_windows),
    "nss": _Recipe(_check_nss, add=_add_to_nss, drop=_drop_from_nss),
    "java": _Recipe(_check_java, add=_add_to_java, drop=_drop_from_java),
}

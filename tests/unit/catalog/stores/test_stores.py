from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.stores import load_stores, render_installation, render_removal
from proxyenv.errors import DiscoveryError
from proxyenv.model.store import Store, StoredCertificate, StoreEntry

ANCHORS = Path("/usr/local/share/ca-certificates")
CERTIFICATE = StoredCertificate(
    "0123456789abcdef" * 4,
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    Path("/home/ada/certs/0a1b2c3d.0"),
)
"""Its DER is three null octets; their SHA-1 is a literal below."""

SHA1 = "29E2DCFBB16F63BB0254DF7585A15BB6FB5E927D"
NAME = "proxyenv-0123456789abcdef"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def _linux(family: str, place: str, tool: str, **more: object) -> Store:
    return Store(
        "system",
        family,
        Path(place),
        "system store",
        tool,
        bundle=Path(BUNDLE),
        **more,  # type: ignore[arg-type] # likewise
    )


STORES = {
    "debian": _linux("debian", str(ANCHORS), "/usr/sbin/update-ca-certificates", openssl="/usr/bin/openssl"),
    "alpine": _linux("alpine", str(ANCHORS), "/usr/sbin/update-ca-certificates"),
    "fedora": _linux("fedora", "/etc/pki/ca-trust/source/anchors", "/usr/bin/update-ca-trust"),
    "arch": _linux("arch", "/etc/ca-certificates/trust-source/anchors", "/usr/bin/trust"),
    "suse": _linux("suse", "/etc/pki/trust/anchors", "/usr/sbin/update-ca-certificates"),
    "macos": Store(
        "system", "macos", Path("/Library/Keychains/System.keychain"), "macOS", "/usr/bin/security"
    ),
    "windows": Store("system", "windows", Path("Root"), "Windows", "certutil.exe"),
    "nss": Store("nss", "nss", Path("/home/ada/.pki/nssdb"), "NSS", "/usr/bin/certutil"),
    "java": Store("java", "java", Path("/jdk/lib/security/cacerts"), "Java", "/jdk/bin/keytool"),
}

FILE = "/home/ada/certs/0a1b2c3d.0"
FROM = f" < {FILE}"
KEYCHAIN = "/Library/Keychains/System.keychain"
JAVA = "/etc/ssl/certs/java/cacerts"
KEYSTORE = "-keystore /jdk/lib/security/cacerts -storepass changeit"


@pytest.mark.parametrize(
    ("family", "commands"),
    [
        ("debian", ["/usr/sbin/update-ca-certificates"]),
        ("alpine", ["/usr/sbin/update-ca-certificates"]),
        ("fedora", ["/usr/bin/update-ca-trust extract"]),
        ("arch", ["/usr/bin/trust extract-compat"]),
        ("suse", ["/usr/sbin/update-ca-certificates"]),
        (
            "macos",
            [f"/usr/bin/security add-trusted-cert -d -r trustRoot -k {KEYCHAIN} {FILE}"],
        ),
        ("windows", ["certutil.exe -addstore -f Root /home/ada/certs/0a1b2c3d.0"]),
        ("nss", [f"/usr/bin/certutil -A -d sql:/home/ada/.pki/nssdb -n {NAME} -t C,, -a{FROM}"]),
        ("java", [f"/jdk/bin/keytool -importcert -noprompt -trustcacerts -alias {NAME} {KEYSTORE}{FROM}"]),
    ],
)
def test_the_commands_that_put_a_ca_in(family: str, commands: list[str]) -> None:
    change = render_installation(StoreEntry(STORES[family], (CERTIFICATE,)))
    assert [str(command) for command in change.commands] == commands


@pytest.mark.parametrize(
    ("family", "commands"),
    [
        (
            "debian",
            [
                f"/bin/rm -f /etc/ssl/certs/{NAME}.pem",
                "/usr/bin/openssl rehash /etc/ssl/certs",
                "/usr/sbin/update-ca-certificates",
            ],
        ),
        ("alpine", ["/usr/sbin/update-ca-certificates"]),
        ("fedora", ["/usr/bin/update-ca-trust extract"]),
        ("arch", ["/usr/bin/trust extract-compat"]),
        ("suse", ["/usr/sbin/update-ca-certificates"]),
        ("macos", [f"/usr/bin/security delete-certificate -t -Z {SHA1} /Library/Keychains/System.keychain"]),
        ("windows", [f"certutil.exe -delstore Root {SHA1}"]),
        ("nss", [f"/usr/bin/certutil -D -d sql:/home/ada/.pki/nssdb -n {NAME}"]),
        ("java", [f"/jdk/bin/keytool -delete -alias {NAME} {KEYSTORE}"]),
    ],
)
def test_the_commands_that_take_it_out(family: str, commands: list[str]) -> None:
    change = render_removal(StoreEntry(STORES[family], (CERTIFICATE,)))
    assert [str(command) for command in change.commands] == commands


@pytest.mark.parametrize("family", ["debian", "alpine", "fedora", "arch", "suse"])
def test_linux_gets_a_file_of_its_own_and_loses_it_again(family: str) -> None:
    entry = StoreEntry(STORES[family], (CERTIFICATE,))
    path = STORES[family].place / f"{NAME}.crt"
    assert render_installation(entry).put == ((path, CERTIFICATE.pem.encode()),)
    assert render_removal(entry).delete == (path,)


@pytest.mark.parametrize(
    ("family", "command", "expects"),
    [
        (
            "debian",
            f"/usr/bin/openssl verify -no-CApath -no-CAstore -partial_chain -CAfile {BUNDLE}{FROM}",
            "status",
        ),
        ("alpine", f"/bin/cat {BUNDLE}", "pem"),
        ("macos", "/usr/bin/security find-certificate -a -p /Library/Keychains/System.keychain", "pem"),
        ("windows", f"certutil.exe -verifystore Root {SHA1}", "status"),
        ("nss", f"/usr/bin/certutil -V -d sql:/home/ada/.pki/nssdb -n {NAME} -u L", "status"),
        ("java", f"/jdk/bin/keytool -list -rfc {KEYSTORE}", "pem"),
    ],
)
def test_the_store_is_asked_after_either(family: str, command: str, expects: str) -> None:
    entry = StoreEntry(STORES[family], (CERTIFICATE,))
    for change in (render_installation(entry), render_removal(entry)):
        (check,) = change.checks
        assert (str(check.command), check.expects) == (command, expects)


def test_debian_with_java_takes_it_out_of_javas_store_too() -> None:
    store = _linux("debian", str(ANCHORS), "/usr/sbin/update-ca-certificates", keytool="/jdk/bin/keytool")
    commands = render_removal(StoreEntry(store, (CERTIFICATE,))).commands
    assert [(str(command), command.tolerated) for command in commands] == [
        (f"/bin/rm -f /etc/ssl/certs/{NAME}.pem", False),
        (
            f"/jdk/bin/keytool -delete -alias debian:{NAME}.pem -keystore {JAVA} -storepass changeit",
            True,
        ),
        ("/usr/sbin/update-ca-certificates", False),
    ]


def test_no_command_is_rendered_for_a_tool_that_is_missing() -> None:
    store = Store("nss", "nss", Path("/db"), "NSS database", None)
    with pytest.raises(ValueError, match="no tool for NSS database"):
        render_installation(StoreEntry(store, (CERTIFICATE,)))


@pytest.mark.parametrize(
    "store",
    [
        pytest.param(STORES["java"]._replace(family="bank"), id="a family of the future"),
        pytest.param(STORES["java"]._replace(kind="bank"), id="a kind of the future"),
        pytest.param(STORES["java"]._replace(place=Path("cacerts")), id="a name where a path belongs"),
        pytest.param(STORES["windows"]._replace(place=Path("/Root")), id="a path where a name belongs"),
    ],
)
def test_a_store_that_only_a_receipt_knows_is_refused(store: Store) -> None:
    with pytest.raises(DiscoveryError) as caught:
        render_removal(StoreEntry(store, (CERTIFICATE,)))
    assert caught.value.code == "receipt-invalid"


def test_every_store_is_listed_under_its_kind_and_has_a_name_of_its_own() -> None:
    assert [(known.kind, known.name) for known in load_stores()] == [
        ("system", "fedora"),
        ("system", "arch"),
        ("system", "suse"),
        ("system", "alpine"),
        ("system", "debian"),
        ("system", "macos"),
        ("system", "windows"),
        ("nss", "nss"),
        ("java", "java"),
    ]

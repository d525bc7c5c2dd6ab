"""Products that intercept TLS: their files, and the names of their CAs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources.vendors import VENDORS, describe_ca, find_vendor, find_vendor_files
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(
    ("platform", "path", "name"),
    [
        ("linux", "/var/lib/cloudflare-warp/installed_cert.pem", "Cloudflare WARP"),
        ("linux", "/var/lib/cloudflare-warp/installed_certs/0a1b.pem", "Cloudflare WARP"),
        ("linux", "/usr/local/share/ca-certificates/managed-warp.pem", "Cloudflare WARP"),
        ("darwin", "/Library/Application Support/Cloudflare/installed_cert.pem", "Cloudflare WARP"),
        ("win32", "D:/Data/Cloudflare/installed_cert.pem", "Cloudflare WARP"),
        ("linux", "/opt/netskope/stagent/data/nscacert.pem", "Netskope"),
        ("linux", "/opt/netskope/stagent/data/nstenantcert.pem", "Netskope"),
        ("darwin", "/Library/Application Support/Netskope/STAgent/data/nscacert.pem", "Netskope"),
        ("win32", "D:/Data/Netskope/STAgent/data/nscacert.pem", "Netskope"),
        ("win32", "D:/Data/AVAST Software/Avast/wscert.pem", "Avast"),
        ("win32", "D:/Data/Norton/AntiVirus/wscert.der", "Norton"),
        ("linux", "/home/ada/.charles/ca/charles-proxy-ssl-proxying-certificate.pem", "Charles"),
        ("linux", "/home/ada/.config/httptoolkit/ca.pem", "HTTP Toolkit"),
        ("darwin", "/home/ada/.proxyman/proxyman-ca.pem", "Proxyman"),
    ],
)
def test_a_product_keeps_its_ca_there(platform: str, path: str, name: str) -> None:
    machine = MadeUpMachine(texts={path: "x"}, platform=platform, environment={"ProgramData": "D:/Data"})
    (found,) = find_vendor_files(machine)
    assert (found.value, found.provenance) == (Path(path), f"`{path}`, where {name} keeps its CA")


@pytest.mark.parametrize(
    ("platform", "texts"),
    [
        pytest.param("linux", {}, id="nothing is there"),
        pytest.param("darwin", {"/var/lib/cloudflare-warp/installed_cert.pem": "x"}, id="another system"),
        pytest.param(
            "linux", {"/home/ada/.mitmproxy/mitmproxy-ca.pem": "x"}, id="the file that has the key too"
        ),
        pytest.param("linux", {"/var/lib/cloudflare-warp/installed_certs/0.txt": "x"}, id="another suffix"),
    ],
)
def test_nothing_else_is_read(platform: str, texts: Mapping[str, str]) -> None:
    assert list(find_vendor_files(MadeUpMachine(texts=texts, platform=platform))) == []


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("CN=Zscaler Root CA,OU=Zscaler Inc.,O=Zscaler Inc.,C=US", "Zscaler"),
        ("CN=Gateway CA - Cloudflare Managed G1,O=Cloudflare\\, Inc.,C=US", "Cloudflare WARP"),
        ("CN=Cisco Umbrella Root CA,O=Cisco", "Cisco Umbrella"),
        ("CN=FG100FTK0000,OU=Certificate Authority,O=Fortinet", "Fortinet"),
        ("CN=ESET SSL Filter CA,O=ESET\\, spol. s r. o.,C=SK", "ESET"),
        ("CN=mitmproxy,O=mitmproxy", "mitmproxy, a debugging tool"),
        ("CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST", "Fiddler, a debugging tool"),
        ("CN=PortSwigger CA,O=PortSwigger", "Burp Suite, a debugging tool"),
        ("CN=Charles Proxy CA (1 Jan 2026\\, laptop)", "Charles, a debugging tool"),
        ("CN=Proxyman CA (1 Jan 2026\\, laptop)", "Proxyman, a debugging tool"),
        ("CN=HTTP Toolkit CA", "HTTP Toolkit, a debugging tool"),
        ("CN=Avast Web/Mail Shield Root,O=Avast Web/Mail Shield", "Avast"),
    ],
)
def test_a_name_is_recognised(subject: str, said: str) -> None:
    assert describe_ca(subject) == f"`{subject}` of {said}"


@pytest.mark.parametrize("subject", ["CN=Corp Root,O=Corp", "CN=GTS Root R1,O=Google Trust Services LLC", ""])
def test_another_name_is_not(subject: str) -> None:
    assert find_vendor(subject) is None


def test_every_product_says_where_its_facts_are_from() -> None:
    assert [each.name for each in VENDORS if not each.reference] == []

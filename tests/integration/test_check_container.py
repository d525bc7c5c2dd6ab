"""`check` inside a container that its image prepared: what is missing there is the image's affair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import certifi
import pytest
import trustme

from support.command import proxyenv
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from pathlib import Path

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        pytest.param(POD, "mount it: `proxyenv kubernetes` prints the ConfigMap and the patch", id="pod"),
    ],
)
def test_a_file_that_is_missing_has_the_line_that_brings_it(
    more: dict[str, str], hint: str, tmp_path: Path
) -> None:
    ran = proxyenv(
        "check", "--output", "json", home=tmp_path, SSL_CERT_FILE="/etc/proxyenv/ca-bundle.pem", **more
    )
    assert ran.status == 1
    first = ran.json["data"]["report"][0]
    assert (first["check"], first["cause"], first["hint"]) == (
        "environment [SSL_CERT_FILE]",
        "container-file-missing",
        hint,
    )


def test_a_ca_that_is_missing_is_the_pods_affair(tmp_path: Path) -> None:
    public = trustme.CA()
    names = {}
    with OriginServer(server_context(public, "origin.corp.test")) as origin:
        names["origin.corp.test:443"] = origin.address
        with ProxyServer(
            ca=trustme.CA(organization_name="Corp Root"), origin_ca=public, names=names
        ) as proxy:
            ran = proxyenv(
                *("check", "--output", "json", "--url", "https://origin.corp.test/uuid"),
                home=tmp_path,
                HTTPS_PROXY=proxy.url,
                SSL_CERT_FILE=certifi.where(),
                **POD,
            )
    causes = {
        each["check"]: each["cause"] for each in ran.json["data"]["report"] if each["status"] == "failed"
    }
    assert ran.status == 1
    assert "container-ca-missing" in causes.values()
    hints = {each["hint"] for each in ran.json["data"]["report"] if each["cause"] == "container-ca-missing"}
    assert hints == {"mount the CA: `proxyenv kubernetes --ca FILE` prints the ConfigMap and the patch"}


def test_without_a_word_of_a_proxy_nothing_is_set_up(tmp_path: Path) -> None:
    ran = proxyenv("check", "--output", "json", home=tmp_path, **POD)
    assert (ran.status, [each["code"] for each in ran.json["errors"]]) == (3, ["not-installed"])

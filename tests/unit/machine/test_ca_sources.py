"""What ``--ca`` stands for beside plain files."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from proxyenv.decide.intent import merge_intent
from proxyenv.decide.trust import find_urls
from proxyenv.errors import DiscoveryError, TrustError, UsageError
from proxyenv.machine.ca_sources import Means, find_means, read_all
from proxyenv.model.configuration import Configuration
from proxyenv.model.intent import Request
from support.certificates import Issued, make_ca, make_keyless_pkcs12, make_leaf, make_pkcs7, make_pkcs12
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)


@cache
def ca() -> Issued:
    return make_ca("Corp Root")


def test_of_a_directory_containers_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.p7b").write_bytes(make_pkcs7(ca(), encoding=Encoding.DER))
    (tmp_path / "b.P12").write_bytes(make_keyless_pkcs12(make_ca("Other")))
    (tmp_path / "c.txt").write_bytes(b"no certificate")
    found = read_all((str(tmp_path),), host=make_host(), now=NOW, means=Means())
    assert [each.value.subject for each in found.anchors] == ["CN=Corp Root", "CN=Other"]


def test_a_key_in_a_container_refuses_all(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(make_ca("Other").pem)
    (tmp_path / "corp.p12").write_bytes(make_pkcs12(ca()))
    with pytest.raises(TrustError) as caught:
        read_all((str(tmp_path),), host=make_host(), now=NOW, means=Means())
    assert caught.value.message == (
        f"`{tmp_path}/corp.p12` is a PKCS#12 with a private key; only certificates may enter a bundle"
    )
    command = f"openssl pkcs12 -in {tmp_path}/corp.p12 -nokeys -out ca.pem"
    assert caught.value.hint == f"export its certificates alone: `{command}`"


def test_a_container_without_any_ca_is_refused(tmp_path: Path) -> None:
    leaf = make_leaf(ca(), "ada.test")
    path = tmp_path / "ada.p12"
    path.write_bytes(make_keyless_pkcs12(leaf))
    with pytest.raises(TrustError) as caught:
        read_all((str(path),), host=make_host(), now=NOW, means=Means())
    assert caught.value.code == "not-a-ca"


@pytest.mark.parametrize(
    ("means", "lasts"),
    [
        pytest.param(Means(), True, id="a plain file"),
        pytest.param(Means(password="geheim"), False, id="a file that took a password"),
    ],
)
def test_what_took_a_password_is_not_read_again(means: Means, lasts: bool, tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_bytes(ca().pem)
    assert read_all((str(tmp_path / "corp.pem"),), host=make_host(), now=NOW, means=means).lasts is lasts


def test_a_ca_from_the_wire_is_an_anchor_that_is_not_read_again() -> None:
    found = read_all((), host=make_host(), now=NOW, means=Means(), confirmed=(ca().der,))
    assert [each.provenance for each in found.anchors] == ["the wire, with its fingerprint confirmed"]
    assert found.lasts is False


def test_a_server_from_the_wire_is_no_anchor() -> None:
    with pytest.raises(TrustError) as caught:
        read_all((), host=make_host(), now=NOW, means=Means(), confirmed=(make_leaf(ca()).der,))
    assert caught.value.code == "not-a-ca"


def test_one_from_a_store_around_is_named_by_it() -> None:
    found = read_all(
        (), host=make_host(), now=NOW, means=Means(), confirmed=(ca().der,), confirmed_from="the store Root"
    )
    assert ([each.provenance for each in found.anchors], found.lasts) == (["the store Root"], False)


@pytest.mark.parametrize(
    ("request_", "saved", "environment", "proxy"),
    [
        pytest.param(Request(proxy="a:1"), None, {"https_proxy": "http://c:3"}, "http://a:1", id="as given"),
        pytest.param(
            Request(),
            Configuration(https_proxy="http://b:2"),
            {"https_proxy": "http://c:3"},
            "http://b:2",
            id="as saved",
        ),
        pytest.param(
            Request(), None, {"https_proxy": "http://c:3", "http_proxy": "d:4"}, "http://c:3", id="as found"
        ),
        pytest.param(Request(), None, {"ALL_PROXY": "e:5"}, "http://e:5", id="one for all"),
        pytest.param(Request(), None, {"https_proxy": " "}, None, id="none"),
    ],
)
def test_the_proxy_that_a_url_is_fetched_through(
    request_: Request, saved: Configuration | None, environment: dict[str, str], proxy: str | None
) -> None:
    found = find_means(merge_intent(request_, saved), make_host(environment=environment)).proxy
    assert (str(found) if found else None) == proxy


@pytest.mark.parametrize(
    ("content", "password"),
    [
        pytest.param("geheim ä\n", "geheim ä", id="a line"),
        pytest.param("geheim \r\nsecond\n", "geheim ", id="the first of two lines"),
        pytest.param("", "", id="an empty file"),
    ],
)
def test_a_password_in_a_file(content: str, password: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(content.encode())
    request = Request(ca_password_file=str(tmp_path / "password"))
    assert find_means(merge_intent(request), make_host()).password == password


def test_a_password_in_a_variable_that_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_means(merge_intent(Request(ca_password_env="CORP")), make_host())
    assert caught.value.message == "the variable `CORP` is not set"


def test_a_password_in_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DiscoveryError) as caught:
        find_means(merge_intent(Request(ca_password_file=str(tmp_path / "gone"))), make_host())
    assert caught.value.code == "ca-not-found"


def test_a_typed_password_is_in_no_representation() -> None:
    assert "geheim" not in repr(Request(ca_password="geheim"))


URL = "http://mitm.test/cert"


def test_a_url_needs_to_hold_only_one_of_the_fingerprints() -> None:
    means = Means(fingerprints=(ca().fingerprint, "11" * 32), fetched={URL: ca().pem})
    found = read_all((URL,), host=make_host(), now=NOW, means=means)
    assert [each.value.fingerprint for each in found.anchors] == [ca().fingerprint]


def test_a_url_that_holds_what_was_not_asked_for_is_refused() -> None:
    both = ca().pem + make_ca("Other").pem
    means = Means(fingerprints=(ca().fingerprint, "11" * 32), fetched={URL: both})
    with pytest.raises(TrustError) as caught:
        read_all((URL,), host=make_host(), now=NOW, means=means)
    assert caught.value.code == "fingerprint-mismatch"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://[bad/x.pem", "https://[bad/x.pem"),
        ("https://pki.test:x/", "(19 characters)"),
        ("https://pki.test:99999/", "https://pki.test:99999/"),
        ("https:///x.pem", "https:///x.pem"),
        ("https://p:0/", "https://p:0/"),
    ],
)
def test_a_url_without_a_usable_host_is_refused(url: str, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_urls(merge_intent(Request(ca=(url,))))
    assert (caught.value.code, caught.value.message) == (
        "url-invalid",
        f"`--ca {shown}` names no host that could be asked",
    )


def test_a_url_that_is_not_encrypted_wants_a_fingerprint() -> None:
    with pytest.raises(UsageError) as caught:
        find_urls(merge_intent(Request(ca=("http://ada:geheim@mitm.test/cert",))))
    assert caught.value.message == (
        "`http://****@mitm.test/cert` is not encrypted: whoever is on the way can put in another CA"
    )

from __future__ import annotations

import json
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.origin import DemoOrigin, start_origin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[DemoOrigin]:
    with start_origin(tmp_path, names=("localhost", "127.0.0.1")) as running:
        yield running


def get(connection: HTTPConnection, path: str) -> tuple[int, bytes]:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_document_is_handed_out_and_entered_in_the_book(origin: DemoOrigin) -> None:
    status, body = get(HTTPConnection("127.0.0.1", origin.http_port, timeout=10), "/uuid?by=me")
    assert (status, origin.issued[json.loads(body)["uuid"]]) == (200, "/uuid?by=me")


def test_its_certificate_stands_up_to_strict_verification(origin: DemoOrigin) -> None:
    context = ssl.create_default_context(cafile=str(origin.ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    connection = HTTPSConnection("localhost", origin.https_port, context=context, timeout=10)
    assert get(connection, "/uuid")[0] == 200


def test_another_name_is_not_on_its_certificate(tmp_path: Path) -> None:
    with start_origin(tmp_path, names=("elsewhere.test",)) as running:
        context = ssl.create_default_context(cafile=str(running.ca))
        connection = HTTPSConnection("localhost", running.https_port, context=context, timeout=10)
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            get(connection, "/uuid")


def test_files_are_served_from_their_own_directory_only(origin: DemoOrigin, tmp_path: Path) -> None:
    (tmp_path / "files" / "hello.txt").write_text("hello", "utf-8")
    connection = HTTPConnection("127.0.0.1", origin.http_port, timeout=10)
    assert get(connection, "/hello.txt") == (200, b"hello")
    assert get(connection, "/../origin.pem")[0] == 404


def test_its_key_is_for_its_owner_only(origin: DemoOrigin, tmp_path: Path) -> None:
    assert (tmp_path / "origin.pem").stat().st_mode & 0o777 == 0o600

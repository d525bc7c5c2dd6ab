from __future__ import annotations

import ssl

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.checks.channel import find_chain
from support.origins import server_context


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def certificate_message(certificates: list[bytes]) -> bytes:
    listed = b"".join(len(der).to_bytes(3, "big") + der for der in certificates)
    return message(11, len(listed).to_bytes(3, "big") + listed)


def records(data: bytes, size: int) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"\x16\x03\x03" + len(part).to_bytes(2, "big") + part for part in parts)


@given(
    certificates=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4),
    hello=st.binary(max_size=100),
    size=st.integers(min_value=1, max_value=500),
    rest=st.binary(max_size=50),
)
def test_what_was_sent_is_found_however_it_was_cut(
    certificates: list[bytes], hello: bytes, size: int, rest: bytes
) -> None:
    flight = message(2, hello) + certificate_message(certificates)
    assert find_chain(records(flight, size) + b"\x17\x03\x03" + rest) == tuple(certificates)


@given(st.binary(max_size=400))
def test_anything_can_be_read(data: bytes) -> None:
    assert isinstance(find_chain(data), tuple)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="http"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x28", id="an-alert"),
        pytest.param(records(message(2, b"hello"), 100), id="a-hello-alone"),
        pytest.param(b"\x17" + records(certificate_message([b"x"]), 100)[1:], id="application-data"),
        pytest.param(records(certificate_message([b"x" * 90]), 200)[:50], id="cut-in-the-certificate"),
    ],
)
def test_there_is_no_chain_in(data: bytes) -> None:
    assert find_chain(data) == ()


def test_certificate_of_a_failed_handshake_is_found() -> None:
    ca = trustme.CA(organization_name="Corp Interception")
    server = server_context(ca, "origin.test")
    client = ssl.create_default_context(cadata=trustme.CA().cert_pem.bytes().decode())
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    left = client.wrap_bio(to_client, to_server, server_hostname="origin.test")
    right = server.wrap_bio(to_server, to_client, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        left.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        right.do_handshake()
    received = to_client.read()
    to_client.write(received)
    with pytest.raises(ssl.SSLCertVerificationError):
        left.do_handshake()
    (leaf,) = find_chain(received)
    assert b"Corp Interception" in leaf

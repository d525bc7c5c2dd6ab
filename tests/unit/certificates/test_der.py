from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.certificates.der import encode_element, encode_oid, encode_set_of, parse_element
from proxyenv.certificates.strict_der import read_row


@pytest.mark.parametrize(
    ("content", "header"),
    [
        pytest.param(b"", "0400", id="empty"),
        pytest.param(bytes(127), "047f", id="the longest short form"),
        pytest.param(bytes(128), "048180", id="the shortest long form"),
        pytest.param(bytes(65536), "0483010000", id="three octets of length"),
    ],
)
def test_an_element_has_its_length_in_the_shortest_form(content: bytes, header: str) -> None:
    assert encode_element(0x04, content) == bytes.fromhex(header) + content


@given(st.integers(0, 30), st.binary(max_size=300))
def test_what_is_encoded_is_read_back(tag: int, content: bytes) -> None:
    element = parse_element(encode_element(tag, content))
    assert (element.tag, element.content, element.rest) == (tag, content, b"")


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [
        pytest.param("2.5.29.37.0", "0604551d2500", id="anyExtendedKeyUsage"),
        pytest.param("1.2.840.113549.1.7.1", "06092a864886f70d010701", id="data"),
        pytest.param("2.16.840.1.113894.746875.1.1", "060c6086480186f966adca7b0101", id="trustedKeyUsage"),
    ],
)
def test_an_object_identifier(dotted: str, octets: str) -> None:
    assert encode_oid(dotted).hex() == octets


def test_a_set_is_sorted_by_octets() -> None:
    assert encode_set_of([b"\x04\x01b", b"\x02\x01\x00", b"\x04\x01a"]).hex() == "3109020100040161040162"


def test_no_more_elements_are_read_than_a_certificate_can_have() -> None:
    zeros = bytes(2_002)
    assert len(read_row(zeros, 0, 2_000)) == 1_000
    with pytest.raises(ValueError, match=r"^$"):
        read_row(zeros, 0, 2_002)

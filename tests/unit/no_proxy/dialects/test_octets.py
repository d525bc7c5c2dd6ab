"""Percent-encoding of octets."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from proxyenv.no_proxy.dialects.octets import percent_encode


@given(octets=st.binary(), kept=st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x21)))
def test_it_is_what_the_standard_library_makes(octets: bytes, kept: str) -> None:
    always = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"
    assert percent_encode(octets, frozenset(always + kept)) == quote_from_bytes(octets, safe=kept)

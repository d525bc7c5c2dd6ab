"""Which schemes a 407 offers, and who can do them."""

from __future__ import annotations

import pytest

from proxyenv.checks.challenge import describe_schemes, find_schemes


@pytest.mark.parametrize(
    ("challenges", "schemes"),
    [
        pytest.param("", (), id="none"),
        pytest.param("Basic realm=x", ("Basic",), id="one"),
        pytest.param("Negotiate, NTLM, Basic realm=x", ("Negotiate", "NTLM", "Basic"), id="several lines"),
        pytest.param("basic realm=x, BASIC realm=y", ("Basic",), id="one scheme twice, in any case"),
        pytest.param(
            'Digest realm="Squid, the proxy", nonce="a=", qop="auth", Basic realm="Digest, NTLM"',
            ("Digest", "Basic"),
            id="commas and schemes inside quotes",
        ),
        pytest.param(
            r'Basic realm="a \" NTLM, NTLM", Negotiate', ("Basic", "Negotiate"), id="an escaped quote"
        ),
        pytest.param('NTLM, Basic realm="' + '\\"' * 30_000, ("NTLM", "Basic"), id="a quote without an end"),
        pytest.param("NTLM TlRMTVNTUAAC==", ("NTLM",), id="a token68"),
        pytest.param("Digest nonce = abc , stale = true, NTLM", ("Digest", "NTLM"), id="blanks around ="),
        pytest.param("Bearer, Corp-SSO x=1", ("Bearer", "Corp-SSO"), id="others"),
    ],
)
def test_every_scheme_that_is_offered_is_found(challenges: str, schemes: tuple[str, ...]) -> None:
    assert find_schemes(challenges) == schemes


@pytest.mark.parametrize(
    ("schemes", "said"),
    [
        pytest.param((), "", id="none"),
        pytest.param(
            ("Basic",),
            "it offers Basic (Basic: every client, with user and password in the proxy's URL)",
            id="Basic",
        ),
        pytest.param(
            ("NTLM", "Digest"),
            "it offers NTLM, Digest (NTLM and Digest: git by itself, curl with `--proxy-anyauth`, "
            "no Python client)",
            id="two that the same clients do",
        ),
        pytest.param(
            ("Corp-SSO",), "it offers Corp-SSO (Corp-SSO: no client that was measured)", id="another"
        ),
    ],
)
def test_it_is_said_which_clients_could_do_them(schemes: tuple[str, ...], said: str) -> None:
    assert describe_schemes(schemes) == said

"""A report for somebody else: nothing private is left, and what belongs together has one alias."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.commands.vocabulary import find_vocabulary
from proxyenv.decide.anonymity import KnownWords, anonymize
from proxyenv.model.report import Outcome, Process, Report

KNOWN: Final = KnownWords(find_vocabulary(), ("ada",), ("adas-laptop",))
DIGEST: Final = "c0b6a27a921f0e96d1c0b6a27a921f0e96d1c0b6a27a921f0e96d1c0b6a27a92"


def hide(text: str) -> str:
    return anonymize(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("`proxy.acme.test:3128`", "`host-1.example:3128`", id="a host and its port"),
        pytest.param(
            "`http://bob:****@acmeproxy:3128`", "`http://user-1:****@host-1.example:3128`", id="a URL"
        ),
        pytest.param(
            "acmeproxy answers: http://acmeproxy:1",
            "host-1.example answers: http://host-1.example:1",
            id="a short name before its URL",
        ),
        pytest.param(
            "https://api.acme.test/api/health", "https://host-1.example/api/health", id="path of the API"
        ),
        pytest.param("https://a.acme.test/team-x/?key=1", "https://host-1.example/path-1/?...", id="a query"),
        pytest.param(
            "`proxy:3128` is the proxy", "`host-1.example:3128` is the proxy", id="a name that is a word"
        ),
        pytest.param("10.1.2.3 and 10.1.2.4, 10.1.2.3", "192.0.2.1 and 192.0.2.2, 192.0.2.1", id="addresses"),
        pytest.param("127.0.0.1:80, ::1, localhost", "127.0.0.1:80, ::1, localhost", id="loopback stays"),
        pytest.param("[fd00:1::7]:80 fd00:1::7", "[2001:db8::1]:80 2001:db8::1", id="IPv6"),
        pytest.param("10.0.0.0/8", "192.0.2.1/8", id="a network"),
        pytest.param(
            "`/home/ada/acme/.venv/bin/python`", "`/home/user-1/dir-1/.venv/bin/python`", id="a path"
        ),
        pytest.param(
            "`C:\\Users\\bob\\acme-ca.pem`", "`C:\\Users\\user-1\\file-1.pem`", id="a path of Windows"
        ),
        pytest.param(
            "~/.config/proxyenv/env.sh, /etc/ssl/certs/ca-certificates.crt",
            "~/.config/proxyenv/env.sh, /etc/ssl/certs/ca-certificates.crt",
            id="paths that every machine has",
        ),
        pytest.param(
            "O=Acme Ltd,CN=Acme Root, valid", "O=name-1,CN=name-2, valid", id="a distinguished name"
        ),
        pytest.param("by `Acme Root`: Acme Root is", "by `name-1`: name-1 is", id="a name that stands twice"),
        pytest.param(f"{DIGEST} {DIGEST[:16]}…", "fingerprint-1 fingerprint-1…", id="a fingerprint, cut"),
        pytest.param("ada of adas-laptop", "user-1 of host-1.example", id="what is known of the machine"),
        pytest.param("mail it@acme.test", "mail user-1@host-1.example", id="mail"),
        pytest.param(
            ".acme.test has proxy.acme.test",
            ".host-1.example has host-2.host-1.example",
            id="a domain and its host",
        ),
        pytest.param(
            "`proxyenv setup --ca FILE`, `HTTPS_PROXY`, `profiles.toml`, ssl.SSLCertVerificationError",
            "`proxyenv setup --ca FILE`, `HTTPS_PROXY`, `profiles.toml`, ssl.SSLCertVerificationError",
            id="our own words",
        ),
        pytest.param("Python 3.12.1, Prefect 3.9.1", "Python 3.12.1, Prefect 3.9.1", id="versions"),
    ],
)
def test_private_names_get_aliases(text: str, shown: str) -> None:
    assert hide(text) == shown


def test_nothing_of_the_original_is_left_and_the_verdict_is_the_same() -> None:
    directory = "/home/ada/acme-flows"
    seen = (
        ("proxy-resolve [gate]", None, "`gate` is 10.20.30.40"),
        ("proxy-connect [gate:3128]", "proxy-denied", "gate denies `flows.acme.test:4200`: `/home/ada/x`"),
        ("tls [https://flows.acme.test]", None, "certificate issued by `Acme Issuing CA`, O=Acme"),
        ("worker [adas-laptop 1]", "shadowed", "`NO_PROXY` has `.acme.test,10.0.0.0/8`"),
    )
    outcomes = tuple(Outcome(check, "failed" if cause else "ok", cause, seen) for check, cause, seen in seen)
    process = Process(f"{directory}/.venv/bin/python", "3.12.1", "3.9.1", directory, "shell", plugin=False)
    hidden, title = anonymize((Report(outcomes, process), "Acme"), KNOWN)
    said = f"{hidden!r} {title}".lower()
    assert [
        name for name in ("gate", "10.20", "acme", "ada", "issuing", "laptop", "flows.") if name in said
    ] == []
    assert not hidden.passed
    assert [each.cause for each in hidden.outcomes] == [None, "proxy-denied", None, "shadowed"]
    assert [each.check for each in hidden.outcomes] == [
        "proxy-resolve [host-1.example]",
        "proxy-connect [host-1.example:3128]",
        "tls [https://host-3.host-2.example]",
        "worker [name-3]",
    ]

"""``--output html``: what is gathered for the page, and that hostile names on it are harmless."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.page.page import POLICY
from support.certificates import make_ca
from support.command import proxyenv

if TYPE_CHECKING:
    from pathlib import Path

    from support.command import Ran

CA: Final = "</script><img src=x onerror=alert(1)>"
RFC_4514: Final = r"\</script\>\<img src=x onerror=alert(1)\>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The page of a machine that is set up, with a CA whose name is hostile."""
    home = tmp_path_factory.mktemp("ada")
    (home / "corp.pem").write_bytes(make_ca(CA).pem)
    given = ("--proxy", "http://ada:gehe1m@localhost:9", "--no-proxy", ".corp.test,10.0.0.0/8")
    done = proxyenv("setup", *given, "--ca", home / "corp.pem", "--yes", "--no-check", home=home)
    assert done.status == 0, done.err
    return proxyenv("status", "--output", "html", home=home)


def test_a_page_goes_to_standard_output_and_the_status_is_the_same(page: Ran) -> None:
    assert (page.status, page.err) == (0, "")
    assert page.out.startswith('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">')
    assert page.out.endswith("</html>\n")
    assert page.out.isascii()


def test_it_has_all_its_parts(page: Ran) -> None:
    assert re.findall(r"<h2[^>]*>([^<]*)</h2>", page.out) == [
        *("The way", "Findings", "Certificates", "NO_PROXY", "Clients")
    ]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Yes, as it was written", id="the verdict"),
        pytest.param("localhost:9", id="the proxy"),
        pytest.param("not-sourced", id="a finding"),
        pytest.param("Python 3.13 and later", id="a runtime"),
        pytest.param("they differ", id="NO_PROXY"),
        pytest.param("source the env file", id="a client"),
    ],
)
def test_what_it_shows(words: str, page: Ran) -> None:
    assert words in page.out


def test_a_hostile_name_is_a_name(page: Ran) -> None:
    assert "<script" not in page.out
    assert "<img" not in page.out
    assert rf"CN={RFC_4514}" in unescape(page.out)
    assert POLICY in page.out


def test_a_password_is_masked(page: Ran) -> None:
    assert "gehe1m" not in page.out


def test_an_error_is_no_page(tmp_path: Path) -> None:
    done = proxyenv("check", "--output", "html", home=tmp_path)
    assert (done.status, done.out) == (3, "")
    assert "error[not-installed]" in done.err


def test_other_verbs_have_no_page(tmp_path: Path) -> None:
    assert proxyenv("clients", "--output", "html", home=tmp_path).status == 2

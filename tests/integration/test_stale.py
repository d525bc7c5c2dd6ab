"""``refresh --if-stale``: nothing at all unless something changed, and then it says what."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from support.certificates import make_ca
from support.command import Ran, proxyenv
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer
from support.tree import snapshot, times

if TYPE_CHECKING:
    from pathlib import Path

    from support.certificates import Issued

PROXY: Final = "http://proxy.corp.example:3128"
OLD: Final = make_ca("Corp Root 2016")
NEW: Final = make_ca("Corp Root 2026")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def ca(home: Path) -> Path:
    """The file of the corporate CA, with which the home is set up."""
    path = home.parent / "corp.pem"
    path.write_bytes(OLD.pem)
    set_up(home, "--proxy", PROXY, "--ca", path)
    return path


def set_up(home: Path, *arguments: str | Path) -> None:
    assert proxyenv("setup", *arguments, "--yes", "--no-check", home=home).status == 0


def refresh(home: Path) -> Ran:
    given = ("--if-stale", "--yes", "--no-check", "--output", "json")
    return proxyenv("refresh", *given, home=home)


def reasons_of(ran: Ran) -> list[tuple[str, str]]:
    return [(each["check"], each["cause"]) for each in ran.json["data"]["stale"]]


def trusted(home: Path) -> set[str]:
    receipt = json.loads((home / ".local/state/proxyenv/receipt.json").read_text())
    return {each["fingerprint"] for each in receipt["anchors"]}


def prints(*issued: Issued) -> set[str]:
    return {each.fingerprint for each in issued}


def policy(home: Path, *lines: str) -> Path:
    path = home.parent / "policy.toml"
    proxies = f'[proxy]\nhttp = "{PROXY}"\nhttps = "{PROXY}"\nno_proxy = ["localhost"]\n'
    path.write_text("".join(("version = 1\n", proxies, "[trust]\n", *(f"{line}\n" for line in lines))))
    return path


def test_nothing_is_done_where_nothing_changed(home: Path, ca: Path) -> None:
    assert ca.exists()
    before = times(home)
    done = refresh(home)
    assert (done.status, done.json["status"], done.json["changed"], reasons_of(done)) == (0, "ok", False, [])
    assert "nothing is stale" in done.err
    assert times(home) == before


def test_a_rotated_file_is_followed_and_then_nothing_is_stale(home: Path, ca: Path) -> None:
    ca.write_bytes(OLD.pem + NEW.pem)
    done = refresh(home)
    assert (done.status, done.json["changed"], reasons_of(done)) == (0, True, [("ca", "ca-changed")])
    assert "stale: ca: `CN=Corp Root 2026`" in done.err
    assert trusted(home) == prints(OLD, NEW)
    ca.write_bytes(NEW.pem)
    assert refresh(home).json["changed"] is True
    assert trusted(home) == prints(NEW)
    assert refresh(home).json["changed"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="its rights are no modes")
@pytest.mark.parametrize("which", ["the file", "its directory"])
def test_what_others_can_write_is_not_followed(home: Path, which: str) -> None:
    """They would choose the CAs that the next `refresh` trusts, and nobody would be asked."""
    shared = home.parent / "shared"
    shared.mkdir()
    path = shared / "corp.pem"
    path.write_bytes(OLD.pem)
    opened = path if which == "the file" else shared
    opened.chmod(0o777)
    ran = proxyenv("setup", "--proxy", PROXY, "--ca", path, "--yes", "--no-check", home=home)
    note = f"`{opened}` can be written by others, its mode is 0777, so `refresh` does not read it again"
    assert (ran.status, note in ran.err) == (0, True), ran.err
    path.write_bytes(NEW.pem)
    assert reasons_of(refresh(home)) == []
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert trusted(home) == prints(OLD)


@pytest.mark.skipif(sys.platform == "win32", reason="its rights are no modes")
def test_what_others_can_write_since_is_not_followed(home: Path, ca: Path) -> None:
    ca.write_bytes(NEW.pem)
    ca.chmod(0o666)
    assert reasons_of(refresh(home)) == []
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert trusted(home) == prints(OLD)


@pytest.mark.skipif(sys.platform == "win32", reason="its rights are no modes")
def test_a_policy_takes_no_ca_from_what_others_can_write(home: Path) -> None:
    path = home.parent / "corp.pem"
    path.write_bytes(OLD.pem)
    path.chmod(0o666)
    given = ("setup", "--yes", "--no-check", "--config")
    ran = proxyenv(*given, policy(home, f'ca = ["{path}"]'), home=home)
    assert (ran.status, "error[foreign-policy]" in ran.err) == (3, True), ran.err
    pinned = policy(home, f'ca = ["{path}"]', f'fingerprints = ["{OLD.fingerprint}"]')
    assert proxyenv(*given, pinned, home=home).status == 0
    path.write_bytes(NEW.pem)
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 3
    assert trusted(home) == prints(OLD)


def test_a_rotated_directory_is_followed(home: Path) -> None:
    directory = home.parent / "cas"
    directory.mkdir()
    (directory / "old.pem").write_bytes(OLD.pem)
    set_up(home, "--proxy", PROXY, "--ca", directory)
    assert reasons_of(refresh(home)) == []
    (directory / "new.pem").write_bytes(NEW.pem)
    assert reasons_of(refresh(home)) == [("ca", "ca-changed")]
    assert trusted(home) == prints(OLD, NEW)


def test_what_somebody_deleted_is_written_again(home: Path, ca: Path) -> None:
    assert ca.exists()
    bundle = home / ".local/share/proxyenv/ca-bundle.pem"
    before = bundle.read_bytes()
    bundle.unlink()
    assert reasons_of(refresh(home)) == [(f"file [{bundle}]", "missing")]
    assert bundle.read_bytes() == before


def test_another_certifi_is_followed(home: Path, ca: Path) -> None:
    assert ca.exists()
    receipt = home / ".local/state/proxyenv/receipt.json"
    text = receipt.read_text()
    was = json.loads(text)["certifi"]
    receipt.write_text(text.replace(f'"certifi": "{was}"', '"certifi": "2020.1.1"'))
    assert reasons_of(refresh(home)) == [("bundle", "bundle-stale")]
    assert json.loads(receipt.read_text())["certifi"] == was
    assert reasons_of(refresh(home)) == []


def test_a_policy_that_is_not_pinned_is_followed(home: Path) -> None:
    path = policy(home, 'base = "certifi"')
    set_up(home, "--config", path)
    assert reasons_of(refresh(home)) == []
    path.write_text(path.read_text().replace("3128", "8080"))
    status = proxyenv("status", home=home)
    assert (status.status, "policy-changed" in status.out) == (1, True)
    assert reasons_of(refresh(home)) == [("policy", "policy-changed")]
    assert "8080" in (home / ".config/proxyenv/env.sh").read_text()
    assert reasons_of(refresh(home)) == []


def test_a_url_is_followed_as_far_as_the_policy_pins_it(home: Path) -> None:
    with OriginServer(files={"/ca.pem": OLD.pem}) as origin:
        url = f"http://localhost:{origin.port}/ca.pem"
        pins = json.dumps([OLD.fingerprint, NEW.fingerprint])
        set_up(home, "--config", policy(home, f'ca = ["{url}"]', f"fingerprints = {pins}"))
        assert trusted(home) == prints(OLD)
        assert reasons_of(refresh(home)) == []
        origin.files["/ca.pem"] = NEW.pem
        assert reasons_of(refresh(home)) == [("ca", "ca-changed")]
        assert trusted(home) == prints(NEW)
        before = snapshot(home)
        origin.files["/ca.pem"] = make_ca("Somebody").pem
        refused = refresh(home)
        assert trusted(home) == prints(NEW)
        assert "fingerprint" in refused.err
    gone = refresh(home)
    assert (gone.status, gone.json["changed"]) == (0, False)
    assert "cannot be downloaded" in gone.err
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert snapshot(home) == before


def test_what_the_proxy_shows_is_never_looked_at(home: Path) -> None:
    with ProxyServer(ca=trustme.CA(), origin_ca=trustme.CA()) as proxy:
        path = home.parent / "corp.pem"
        path.write_bytes(OLD.pem)
        set_up(home, "--proxy", proxy.url, "--ca", path)
        assert reasons_of(refresh(home)) == []
        path.write_bytes(NEW.pem)
        assert reasons_of(refresh(home)) == [("ca", "ca-changed")]
        assert proxy.requests == []


def test_a_ca_that_came_too_early_is_not_taken_while_the_old_one_works(home: Path) -> None:
    """The proxy still signs with the old one; the next run tries again."""
    signing, public, host = trustme.CA(), trustme.CA(), "origin.corp.test"
    path = home.parent / "corp.pem"
    path.write_bytes(signing.cert_pem.bytes())
    with (
        OriginServer(server_context(public, host)) as origin,
        ProxyServer(ca=signing, origin_ca=public, names={f"{host}:443": origin.address}) as proxy,
    ):
        set_up(home, "--proxy", proxy.url, "--ca", path, "--url", f"https://{host}/uuid")
        before = snapshot(home)
        path.write_bytes(NEW.pem)
        kept = proxyenv("refresh", "--if-stale", "--yes", "--output", "json", home=home)
    assert (kept.status, kept.json["changed"], reasons_of(kept)) == (1, False, [("ca", "ca-changed")])
    assert snapshot(home) == before


def test_where_nothing_is_set_up_it_says_so(home: Path) -> None:
    refused = refresh(home)
    assert (refused.status, refused.json["errors"][0]["code"]) == (3, "not-installed")

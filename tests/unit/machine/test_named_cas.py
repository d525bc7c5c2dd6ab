"""CAs in the files of products, which are proposed; and the CA that nobody may trust."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.errors import TrustError
from proxyenv.machine.ca_sources import Means, read_all
from proxyenv.machine.named_cas import find_proposed
from support.certificates import Issued, make_ca
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Found

NOW = datetime.now(UTC)
WARP = "var/lib/cloudflare-warp/installed_cert.pem"
NETSKOPE = "opt/netskope/stagent/data/{}.pem"


def put(root: Path, name: str, *issued: Issued) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(each.pem for each in issued))
    return path


def propose(root: Path) -> tuple[Found[Certificate], ...]:
    (root / "home").mkdir(exist_ok=True)
    host = make_host(home=root / "home", environment={"PATH": str(root)})
    return find_proposed(host=host, public_roots=(), now=NOW, shipped=(), root=root)


def test_the_ca_of_a_product_is_proposed_with_its_place(tmp_path: Path) -> None:
    path = put(tmp_path, WARP, make_ca("Gateway CA"))
    (found,) = propose(tmp_path)
    assert found.value.subject == "CN=Gateway CA"
    assert found.provenance == f"`{path}`, where Cloudflare WARP keeps its CA"


def test_both_cas_of_netskope_are_proposed(tmp_path: Path) -> None:
    put(tmp_path, NETSKOPE.format("nscacert"), root := make_ca("certadmin"))
    put(tmp_path, NETSKOPE.format("nstenantcert"), make_ca("ca.corp.goskope.com", issuer=root))
    assert {each.value.subject for each in propose(tmp_path)} == {"CN=certadmin", "CN=ca.corp.goskope.com"}


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
@pytest.mark.parametrize("open_", ["the file", "a directory above"])
def test_what_others_could_have_written_is_passed_over(open_: str, tmp_path: Path) -> None:
    path = put(tmp_path, WARP, make_ca())
    place = path if open_ == "the file" else path.parent
    place.chmod(place.stat().st_mode | 0o002)
    assert propose(tmp_path) == ()


@pytest.mark.parametrize("name", ["Fortinet_CA_Untrusted", "Fortinet Untrusted CA"])
@pytest.mark.parametrize("below", [False, True], ids=["itself", "a CA below it"])
def test_the_ca_for_what_a_proxy_does_not_trust_is_never_taken(
    name: str, below: bool, tmp_path: Path
) -> None:
    bad = make_ca(name)
    path = put(tmp_path, WARP, make_ca("Sub", issuer=bad) if below else bad)
    assert propose(tmp_path) == ()
    with pytest.raises(TrustError) as caught:
        read_all((str(path),), host=make_host(), now=NOW, means=Means())
    assert caught.value.code == "ca-for-untrusted"


def test_its_neighbour_is_taken_beside_it(tmp_path: Path) -> None:
    good = make_ca("Fortinet_CA_SSL")
    path = put(tmp_path, "both.pem", make_ca("Fortinet_CA_Untrusted"), good)
    found = read_all((str(path),), host=make_host(), now=NOW, means=Means())
    assert [each.value for each in found.anchors] == list(parse_certificates(good.pem, source="test"))
    reason = "is what the proxy signs with where it does not trust the server"
    said = [f"`CN=Fortinet_CA_Untrusted` in `{path}` {reason}"]
    assert [each.reason for each in found.rejections] == said

"""What is between here and the origin: a proxy that is gone, wants a password, refuses or cannot go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from support.behind_squid import behind, set_up_squid, squid
from support.company import API, PAGES
from support.faults import ELSEWHERE, Faults, hold
from support.origins import OriginServer
from support.proxies import Listener, SilentServer

if TYPE_CHECKING:
    import socket

    from support.faults import Fault
    from support.person import Person

NETWORK: Final = "The network itself"
FALLS_THROUGH: Final = "Exceptions that fall through"
DIRECT: Final = "NO_PROXY sent it direct"
FRESH: Final = "No freshness"
LIMITS: Final = "Limits that differ"

FAULTS = Faults()


def take_the_right_proxy(person: Person) -> None:
    person.set_up()


# The proxy itself


@FAULTS.row(
    NETWORK,
    "proxy-refused",
    says=("nothing listens at `localhost:1`", "is 1 its port?"),
    does=take_the_right_proxy,
)
def nothing_listens_at_the_port_of_the_proxy(person: Person) -> None:
    person.set_up(proxy="localhost:1")


@FAULTS.row(NETWORK, "proxy-name-unknown", says=("`proxy.invalid`",))
def the_name_of_the_proxy_is_misspelt(person: Person) -> None:
    person.set_up(proxy="proxy.invalid:3128", api=person.local_api)


@FAULTS.row(
    NETWORK,
    "proxy-not-here",
    says=("`proxy.invalid` does not resolve", "(at `setup` `corp.example`, now "),
    untyped={"proxyenv off": "the check is a no then, too; test_standing.py types it"},
)
def the_machine_is_away_from_the_companys_network(person: Person) -> None:
    person.set_up(proxy="proxy.invalid:3128", api=person.local_api)
    receipt = person.home / ".local/state/proxyenv/receipt.json"
    record = json.loads(receipt.read_text("utf-8"))
    receipt.write_text(json.dumps({**record, "network": ["corp.example"]}), "utf-8")


@FAULTS.row(NETWORK, "timeout", says=("is {port} the proxy's port?",))
def the_port_of_the_proxy_is_that_of_a_silent_server(person: Person) -> None:
    server = person.open(SilentServer())
    person.words["port"] = str(server.port)
    person.set_up(proxy=server.authority, api=person.local_api)


@FAULTS.row(NETWORK, "proxy-not-a-proxy", says=("check the proxy's port: a web server answers there",))
def the_port_of_the_proxy_is_that_of_a_web_server(person: Person) -> None:
    person.set_up(proxy=f"127.0.0.1:{person.open(OriginServer()).port}", api=person.local_api)


class AnswersWith(Listener):
    """Says the same to everybody, once it has been asked."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def serve(self, connection: socket.socket) -> None:
        if connection.recv(65536):
            connection.sendall(self._answer)


HTTP_2: Final = b"\0\0\0\4\0\0\0\0\0" + b"\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\1"
"""An empty frame of settings, and a farewell for a protocol error."""


@FAULTS.row(FALLS_THROUGH, "proxy-speaks-http2", says=("HTTP/2",))
def the_proxy_speaks_http_2_alone(person: Person) -> None:
    person.set_up(proxy=person.open(AnswersWith(HTTP_2)).authority, api=person.local_api)


@FAULTS.row(FALLS_THROUGH, "proxy-not-a-proxy", says=("the proxy's port?",))
def an_ssh_server_listens_at_the_port(person: Person) -> None:
    person.set_up(proxy=person.open(AnswersWith(b"SSH-2.0-OpenSSH_9.2\r\n")).authority, api=person.local_api)


@FAULTS.row(FALLS_THROUGH, "tls-failed", says=("WRONG_VERSION_NUMBER", "a port for TLS?"))
def the_port_of_the_document_is_not_one_for_tls(person: Person) -> None:
    set_up_tunnel(person, behind(person).plain.port)


def set_up_tunnel(person: Person, port: int) -> None:
    """Behind a squid that tunnels to that port of the company alone."""
    found = squid(person, f"to {port}", tunnels=(port,), ca=None)
    set_up_squid(person, found.authority, f"https://origin.corp.test:{port}/uuid")


@FAULTS.row(FALLS_THROUGH, "proxy-not-a-proxy", says=("the proxy's port?",))
def the_proxy_hangs_up_without_a_word(person: Person) -> None:
    person.set_up(proxy=person.open(AnswersWith(b"")).authority, api=person.local_api)


# squid: the company's other proxy


@FAULTS.row(
    NETWORK,
    "proxy-certificate",
    says=("certificate of the proxy",),
    types="--ca FILE",
    fills={"FILE": "{squid_ca}"},
)
def the_certificate_of_squid_itself_is_not_trusted(person: Person) -> None:
    found = squid(person, "encrypted", tls_ca=behind(person).ca, ca=None)
    public = person.write("public.pem", behind(person).public.cert_pem.bytes())
    page = person.words["page"]
    person.set_up(proxy=f"https://{found.authority}", ca=public, api=behind(person).api, urls=(page,))


@FAULTS.row(
    NETWORK,
    "proxy-credentials-wanted",
    types="--proxy http://USER@{squid}",
    fills={"USER": "ada"},
    password="s3cret",
)
def squid_wants_a_password(person: Person) -> None:
    found = squid(person, "asking", passwords={"ada": "s3cret"})
    set_up_squid(person, found.authority)


@FAULTS.row(
    NETWORK,
    "proxy-credentials-refused",
    says=("check the password of `ada`",),
    types="--proxy http://USER@{squid}",
    fills={"USER": "ada"},
    password="s3cret",
)
def squid_refuses_the_password(person: Person) -> None:
    found = squid(person, "asking", passwords={"ada": "s3cret"})
    set_up_squid(person, f"http://ada:wrong@{found.authority}")


@FAULTS.row(NETWORK, "proxy-speaks-tls", types="--proxy https://{squid}")
def squid_speaks_tls_and_the_url_says_http(person: Person) -> None:
    found = squid(person, "encrypted", tls_ca=behind(person).ca, ca=None)
    set_up_squid(person, found.authority, uses_api=True)


@FAULTS.row(NETWORK, "proxy-not-tls", types="--proxy http://{squid}")
def the_url_says_https_and_squid_is_plain(person: Person) -> None:
    found = squid(person, "decrypting")
    set_up_squid(person, f"https://{found.authority}", uses_api=True)


@FAULTS.row(
    NETWORK,
    "proxy-denied",
    says=("squid says `ERR_ACCESS_DENIED`",),
    types="--url",
    fills={"--url": "--url {page}"},
)
def squid_denies_the_page(person: Person) -> None:
    found = squid(person, "decrypting")
    port = behind(person).origin.port
    set_up_squid(person, found.authority, f"https://denied.corp.test:{port}/uuid", uses_api=True)


@FAULTS.row(NETWORK, "proxy-gateway", says=("squid says `ERR_CONNECT_FAIL`", "check the name and port"))
def squid_cannot_reach_the_page(person: Person) -> None:
    found = squid(person, "decrypting")
    set_up_squid(person, found.authority, "https://nobody.corp.test:1/uuid")


# NO_PROXY


@FAULTS.row(
    DIRECT,
    "bypassed",
    says=("NO_PROXY has `origin.demo.test`",),
    types="proxyenv setup --no-proxy LIST",
    fills={"LIST": "''"},
)
def no_proxy_has_the_host_of_the_document(person: Person) -> None:
    person.set_up("--no-proxy", "origin.demo.test", api=person.local_api)


@FAULTS.row(
    DIRECT,
    "bypassed",
    says=("NO_PROXY has `.demo.test`",),
    types="proxyenv setup --no-proxy LIST",
    fills={"LIST": "''"},
)
def no_proxy_has_the_domain_of_everything(person: Person) -> None:
    person.set_up("--no-proxy", ".demo.test", api=person.local_api)


@FAULTS.row(
    DIRECT,
    "bypassed",
    says=("NO_PROXY has `prefect.demo.test`",),
    types="proxyenv setup --no-proxy LIST",
    fills={"LIST": "''"},
)
def no_proxy_has_the_host_of_the_api(person: Person) -> None:
    person.set_up("--no-proxy", "prefect.demo.test")


@FAULTS.row(DIRECT, "shadowed", says=("NO_PROXY", "`*`", "requests go direct"))
def the_shell_says_no_proxy_for_everything(person: Person) -> None:
    person.set_up(api=person.local_api)
    person.exports |= {"NO_PROXY": "*", "no_proxy": "*"}


@FAULTS.row(FALLS_THROUGH, "shadowed", says=("NO_PROXY", "requests fail", "Invalid port: ':1]'"))
def the_shell_has_a_bracketed_address_in_no_proxy(person: Person) -> None:
    person.set_up(api=person.local_api)
    person.exports |= dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,[::1]")


# The websocket


@FAULTS.row(NETWORK, "websocket-upgrade-dropped", says=("`Upgrade`",))
def the_proxy_drops_the_wish_for_a_websocket(person: Person) -> None:
    person.set_up(proxy=person.mood(upgrades=False), ca=person.words["moody_ca"])


@FAULTS.row(NETWORK, "websocket-denied", says=("ask IT to allow CONNECT to `prefect.demo.test:4200`",))
def the_proxy_denies_the_tunnel_for_the_websocket(person: Person) -> None:
    person.set_up(
        proxy=person.mood(connects={"prefect.demo.test:4200": [403, {}]}), ca=person.words["moody_ca"]
    )


# Prefect's API


@FAULTS.row(
    NETWORK,
    "api-status",
    types="--api-url {api}",
)
def the_url_of_the_api_lacks_its_path(person: Person) -> None:
    person.words["api"] = API
    person.set_up(api=API.removesuffix("/api"))


@FAULTS.row(NETWORK, "api-unauthorized", says=("`PREFECT_API_KEY`",))
def the_api_wants_a_key(person: Person) -> None:
    answer = [401, {"Content-Type": "application/json"}, '{"detail": "Unauthorized"}']
    person.set_up(proxy=person.mood(answers={"prefect.demo.test": answer}), ca=person.words["moody_ca"])


HTML: Final = {"Content-Type": "text/html; charset=utf-8"}


@FAULTS.row(FALLS_THROUGH, "api-not-prefect", says=("text/html",))
def the_api_is_a_web_page(person: Person) -> None:
    page = [200, HTML, "<!DOCTYPE html><title>Welcome</title><h1>Welcome</h1>"]
    person.set_up(proxy=person.mood(answers={"prefect.demo.test": page}), ca=person.words["moody_ca"])


@FAULTS.row(FALLS_THROUGH, "api-not-prefect", says=("application/json",))
def the_api_is_json_of_something_else(person: Person) -> None:
    page = [200, {"Content-Type": "application/json"}, '{"service": "inventory", "ok": true}']
    person.set_up(proxy=person.mood(answers={"prefect.demo.test": page}), ca=person.words["moody_ca"])


@FAULTS.row(FALLS_THROUGH, "origin-status", says=("redirect",), **ELSEWHERE)
def the_document_redirects_in_a_circle(person: Person) -> None:
    circle = [302, {"Location": "https://origin.demo.test/uuid"}, ""]
    person.set_up(proxy=person.mood(answers={"origin.demo.test:443": circle}), ca=person.words["moody_ca"])


@FAULTS.row(FALLS_THROUGH, "origin-protocol", says=("gzip",))
def the_document_is_called_gzip_and_is_not(person: Person) -> None:
    rewrite = [{"Content-Encoding": "gzip"}, None]
    person.set_up(
        proxy=person.mood(rewrites={"origin.demo.test:443": rewrite}),
        ca=person.words["moody_ca"],
        api=person.local_api,
    )


# Time and size


class Endless(Listener):
    """A document that never ends.

    Args:
        pause: seconds between two pieces.
        piece: what is sent again and again.
    """

    def __init__(self, pause: float, piece: bytes) -> None:
        self._pause, self._piece = pause, piece

    def serve(self, connection: socket.socket) -> None:
        if b" /uuid" not in connection.recv(65536):
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{")
        while not self._closing.wait(self._pause):
            connection.sendall(self._piece)


class EndlessHead(Listener):
    """A proxy whose answer begins, and has one more header field for ever."""

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self._closing.is_set():
            connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def set_up_before(person: Person, origin: Listener) -> None:
    """Set up for a document of that origin, which an ordinary proxy leads to."""
    proxy = person.issue({}, ca=trustme.CA())
    assert proxy.ca is not None
    proxy.names = {**proxy.names, "slow.demo.test:80": ("127.0.0.1", origin.port)}
    ca = person.write("ca.pem", proxy.ca.cert_pem.bytes())
    person.set_up("--url", "http://slow.demo.test/uuid", "--url", PAGES[1], proxy=proxy.authority, ca=ca)


@FAULTS.row(LIMITS, "timeout", says=("slow.demo.test",), **ELSEWHERE)
def the_document_drips(person: Person) -> None:
    set_up_before(person, person.open(Endless(0.5, b" ")))


@FAULTS.row(LIMITS, "", warns="slow-answer", status=0, says=("httpx waits 5 s",))
def the_document_takes_six_seconds(person: Person) -> None:
    """A check waits longer than httpx does by itself."""
    slow = {"origin.demo.test:443/uuid": 6}
    person.set_up(proxy=person.mood(delay=slow), ca=person.words["moody_ca"], urls=PAGES[1:])


@FAULTS.row(LIMITS, "timeout", says=("prefect.demo.test",))
def the_api_takes_longer_than_a_check_waits(person: Person) -> None:
    # Twice what Prefect's client waits: an answer just in time makes this a check that is only slow.
    person.set_up(proxy=person.mood(delay={"prefect.demo.test": 60}), ca=person.words["moody_ca"])


@FAULTS.row(LIMITS, "proxy-not-a-proxy", says=("no end of them", "the proxy's port?"))
def the_head_of_the_proxy_s_answer_has_no_end(person: Person) -> None:
    person.set_up(proxy=person.open(EndlessHead()).authority, api=person.local_api)


@FAULTS.row(LIMITS, "timeout", says=("does it answer in a browser?",))
def the_server_never_shakes_hands(person: Person) -> None:
    set_up_tunnel(person, person.open(SilentServer()).port)


@FAULTS.row(LIMITS, "timeout", **ELSEWHERE)
def the_document_takes_longer_than_the_flow_waits(person: Person) -> None:
    person.set_up(proxy=person.mood(delay={"origin.demo.test": 30}), ca=person.words["moody_ca"])


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_it_is_named_and_has_a_next_step(fault: Fault, person: Person) -> None:
    hold(fault, person)

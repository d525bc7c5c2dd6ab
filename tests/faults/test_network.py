"""What is between here and the origin: a proxy that is gone, wants a password, refuses or cannot go on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
import trustme

from support.faults import Faults, Person, hold
from support.origins import OriginServer, server_context
from support.proxies import Listener, SilentServer
from support.squid import Rules, Squid, start_squid

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from support.faults import Fault

NETWORK: Final = "The network itself"
FALLS_THROUGH: Final = "Exceptions that fall through"

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
    person.set_up(proxy="proxy.invalid:3128", api=None)


@FAULTS.row(NETWORK, "timeout", says=("is {port} the proxy's port?",))
def the_port_of_the_proxy_is_that_of_a_silent_server(person: Person) -> None:
    server = person.open(SilentServer())
    person.words["port"] = str(server.port)
    person.set_up(proxy=server.authority, api=None)


@FAULTS.row(NETWORK, "proxy-not-a-proxy", says=("the proxy's port?",))
def the_port_of_the_proxy_is_that_of_a_web_server(person: Person) -> None:
    person.set_up(proxy=f"127.0.0.1:{person.open(OriginServer()).port}", api=None)


class AnswersWith(Listener):
    """Says the same to everybody, once it has been asked."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def serve(self, connection: socket.socket) -> None:
        if connection.recv(65536):
            connection.sendall(self._answer)


@FAULTS.row(FALLS_THROUGH, "proxy-not-a-proxy", says=("the proxy's port?",))
def an_ssh_server_listens_at_the_port(person: Person) -> None:
    person.set_up(proxy=person.open(AnswersWith(b"SSH-2.0-OpenSSH_9.2\r\n")).authority, api=None)


@FAULTS.row(FALLS_THROUGH, "proxy-not-a-proxy", says=("the proxy's port?",))
def the_proxy_hangs_up_without_a_word(person: Person) -> None:
    person.set_up(proxy=person.open(AnswersWith(b"")).authority, api=None)


# squid: the company's other proxy


class Behind(NamedTuple):
    """What squid leads to: an origin under a CA that squid trusts, and squid's own CA."""

    origin: OriginServer
    plain: OriginServer
    ca: trustme.CA
    public: trustme.CA

    def rules(self, **facts: object) -> Rules:
        names = ("origin.corp.test", "denied.corp.test", "nobody.corp.test")
        given = {"ca": self.ca, "origin_ca": self.public, **facts}
        return Rules(names, (self.origin.port, 1), **given)  # type: ignore[arg-type]


def _both(behind: Behind) -> bytes:
    return behind.ca.cert_pem.bytes() + behind.public.cert_pem.bytes()


def behind(person: Person) -> Behind:
    @contextlib.contextmanager
    def start() -> Iterator[Behind]:
        ca, public = trustme.CA(organization_name="Corp Interception"), trustme.CA()
        with OriginServer(server_context(public, "*.corp.test")) as origin, OriginServer() as plain:
            yield Behind(origin, plain, ca, public)

    return person.company.share("behind squid", start)


def squid(person: Person, name: str, **facts: object) -> Squid:
    """A squid for the whole session; its address becomes the word ``{squid}``."""
    found = person.company.share(name, lambda: start_squid(behind(person).rules(**facts)))
    person.words["squid"] = found.authority
    person.words["squid_ca"] = str(person.write("squid.pem", _both(behind(person))))
    person.words["page"] = f"https://origin.corp.test:{behind(person).origin.port}/uuid"
    return found


def set_up_squid(person: Person, proxy: str, *urls: str) -> None:
    options = [word for url in urls or (person.words["page"],) for word in ("--url", url)]
    person.set_up(*options, proxy=proxy, ca=person.words["squid_ca"], api=None)


@FAULTS.row(
    NETWORK,
    "proxy-credentials-wanted",
    types="--proxy http://USER:PASSWORD@{squid}",
    fills={"USER": "ada", "PASSWORD": "s3cret"},
)
def squid_wants_a_password(person: Person) -> None:
    found = squid(person, "asking", passwords={"ada": "s3cret"})
    set_up_squid(person, found.authority)


@FAULTS.row(NETWORK, "proxy-not-tls", types="--proxy http://{squid}")
def the_url_says_https_and_squid_is_plain(person: Person) -> None:
    found = squid(person, "decrypting")
    set_up_squid(person, f"https://{found.authority}")


@FAULTS.row(NETWORK, "proxy-denied", says=("squid says `ERR_ACCESS_DENIED`", "`--url`"))
def squid_denies_the_page(person: Person) -> None:
    found = squid(person, "decrypting")
    port = behind(person).origin.port
    set_up_squid(person, found.authority, f"https://denied.corp.test:{port}/uuid")


@FAULTS.row(NETWORK, "proxy-gateway", says=("squid says `ERR_CONNECT_FAIL`", "check the name and port"))
def squid_cannot_reach_the_page(person: Person) -> None:
    found = squid(person, "decrypting")
    set_up_squid(person, found.authority, "https://nobody.corp.test:1/uuid")


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


@FAULTS.row(NETWORK, "api-unauthorized", says=("`PREFECT_API_KEY`",))
def the_api_wants_a_key(person: Person) -> None:
    answer = [401, {"Content-Type": "application/json"}, '{"detail": "Unauthorized"}']
    person.set_up(proxy=person.mood(answers={"prefect.demo.test": answer}), ca=person.words["moody_ca"])


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_it_is_named_and_has_a_next_step(fault: Fault, person: Person) -> None:
    hold(fault, person)

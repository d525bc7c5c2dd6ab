"""The company's other proxy, the real squid, and what it leads to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import trustme

from support.origins import OriginServer, server_context
from support.squid import Rules, Squid, start_squid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.person import Person

__all__ = ["Behind", "behind", "set_up_squid", "squid"]


class Behind(NamedTuple):
    """What squid leads to: an origin under a CA that squid trusts, Prefect's API, and squid's own CA."""

    origin: OriginServer
    plain: OriginServer
    ca: trustme.CA
    public: trustme.CA
    api_port: int

    @property
    def pem(self) -> bytes:
        """Both CAs: a squid that does not decrypt shows the origin's own certificates."""
        return self.ca.cert_pem.bytes() + self.public.cert_pem.bytes()

    @property
    def api(self) -> str:
        return f"http://prefect.corp.test:{self.api_port}/api"

    def rules(self, **facts: object) -> Rules:
        names = ("origin.corp.test", "denied.corp.test", "nobody.corp.test", "prefect.corp.test")
        given = {"ca": self.ca, "origin_ca": self.public, "foreign": True, **facts}
        return Rules(**{"names": names, "tunnels": (self.origin.port, self.api_port, 1), **given})  # type: ignore[arg-type]


def behind(person: Person) -> Behind:
    """Everything that squid leads to, once for the session."""

    @contextlib.contextmanager
    def start() -> Iterator[Behind]:
        ca, public = trustme.CA(organization_name="Corp Interception"), trustme.CA()
        with OriginServer(server_context(public, "*.corp.test")) as origin, OriginServer() as plain:
            yield Behind(origin, plain, ca, public, person.company.server.port)

    return person.company.share("behind squid", start)


def squid(person: Person, name: str, **facts: object) -> Squid:
    """A squid for the whole session; its address becomes the word ``{squid}``."""
    found = person.company.share(name, lambda: start_squid(behind(person).rules(**facts)))
    person.words["squid"] = found.authority
    person.words["squid_ca"] = str(person.write("squid.pem", behind(person).pem))
    person.words["page"] = f"https://origin.corp.test:{behind(person).origin.port}/uuid"
    return found


def set_up_squid(person: Person, proxy: str, *urls: str, uses_api: bool = False) -> None:
    """Set up for a squid and, unless others are named, the page of its origin."""
    options = [word for url in urls or (person.words["page"],) for word in ("--url", url)]
    api = behind(person).api if uses_api else person.local_api
    person.set_up(*options, proxy=proxy, ca=person.words["squid_ca"], api=api)

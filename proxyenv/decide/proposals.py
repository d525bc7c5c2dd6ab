"""A proxy and a CA that only the files of tools name: ``setup`` asks about them, or mentions them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.vendors import describe_ca
from proxyenv.decide.proxies import SCHEMES, rank_proxies
from proxyenv.errors import AmbiguityError
from proxyenv.model.intent import Rank
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Findings, Found, SourceSettings
    from proxyenv.model.intent import Intent
    from proxyenv.model.proxy_url import ProxyURL

_NEITHER: Final = "none of this"
_MOST_PLACES: Final = 3


class ProxyProposal(NamedTuple):
    """A proxy that files of tools name, each of them in its own way.

    Args:
        proxy: what they name.
        places: where.
    """

    proxy: ProxyURL
    places: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.places[:_MOST_PLACES])
        more = len(self.places) - _MOST_PLACES
        return f"{self.proxy} ({shown}{f' and {more} more' if more > 0 else ''})"


class Proposals(NamedTuple):
    """What is proposed.

    Args:
        proxies: those that differ, in the order of the tools.
        anchors: CAs.
    """

    proxies: tuple[ProxyProposal, ...] = ()
    anchors: tuple[Found[Certificate], ...] = ()

    def __str__(self) -> str:
        cas = (
            f"CA {describe_ca(each.value.subject)} ({each.value.fingerprint[:16]}…, {each.provenance})"
            for each in self.anchors
        )
        return "; ".join((*map(str, self.proxies), *cas))


def find_proposals(findings: Findings, intent: Intent) -> Proposals:
    """What nothing stronger decides, whether or not it is wanted."""
    without = intent._replace(from_tools=None)
    named = any(rank_proxies(without, findings.sources, scheme) for scheme in SCHEMES)
    proxies = () if named or not intent.leaves_proxy_open else tuple(_group_proxies(findings.sources))
    known = findings.anchors or findings.saved_anchors or findings.given_anchors
    settled = known or intent.rank("ca") is not Rank.OPEN or intent.refresh
    return Proposals(proxies, () if settled else findings.proposed_anchors)


def _group_proxies(sources: Iterable[SourceSettings]) -> Iterator[ProxyProposal]:
    """The proxies of the sources that propose: those that agree are one, with all of their places."""
    places: dict[ProxyURL, dict[str, None]] = {}
    pairs = (pair for source in sources if source.use == "proposed" for pair in source.proxies)
    for _, found in pairs:
        proxy = find_proxy_url(found.value)
        if proxy is not None:
            places.setdefault(proxy, {})[found.provenance] = None
    yield from (ProxyProposal(proxy, tuple(names)) for proxy, names in places.items())


def require_answer(findings: Findings, intent: Intent) -> None:
    """Ask about what is proposed, unless that was answered, or a proxy or a CA was named.

    Raises:
        AmbiguityError: there is something to ask.
    """
    proposals = find_proposals(findings, intent)
    is_named = intent.gives_proxy or intent.rank("ca") is Rank.GIVEN
    if is_named or intent.from_tools is not None or not any(proposals):
        return
    several = len(proposals.proxies) > 1
    cas = Proposals(anchors=proposals.anchors)
    offers = [Proposals((each,), cas.anchors) for each in proposals.proxies] if several else [proposals]
    raise AmbiguityError(
        "proxy-conflict",
        "the files of tools name different proxies; which one is for all?"
        if several
        else "this was found in files of tools alone, which may mean it for that tool only",
        option="--from-tools",
        choices=(*map(str, offers), _NEITHER),
        answers=(*((each.proxies[0].proxy.reveal() for each in offers) if several else ("yes",)), "no"),
        hint="`proxyenv setup --from-tools` takes it",
    )


def proposal_notes(findings: Findings, intent: Intent) -> Iterator[str]:
    """What is there and not taken."""
    proposals = find_proposals(findings, intent)
    if any(proposals) and not intent.from_tools:
        yield f"not taken, since only files of tools name it: {proposals}; `--from-tools` takes it"

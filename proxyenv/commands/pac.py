"""``proxyenv pac``: what a PAC file answers for the hosts that matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.commands.command import Command, Reply
from proxyenv.commands.terminal import printable
from proxyenv.errors import UsageError
from proxyenv.model.option import Option
from proxyenv.model.url import quote_location, show_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.command import Session
    from proxyenv.commands.pac_source import Consulted, PacFile
    from proxyenv.model.pac import PacAnswer

_WORDS: Final = {
    "clock": "the clock",
    "chance": "random numbers",
    "own-address": "this machine's own address",
    "dns": "DNS",
}


@dataclass(frozen=True, slots=True)
class PacRoute:
    """What the file answers for one URL.

    Args:
        url: with scheme, host and port alone, as browsers hand it over.
        answer: the ways in their order, such as `PROXY proxy.corp.example:8080` or `DIRECT`; ports added.
        asked: what it asked for: `clock`, `chance`, `own-address`, or `dns` and a name.
        error: what it failed by, or null; browsers then go direct.
    """

    url: str
    answer: tuple[str, ...]
    asked: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class PacResult:
    """What a PAC file answers.

    Args:
        location: its URL or path.
        server: the address that it came from; null for a file.
        sha256: of its bytes.
        answers: one for each URL.
        possible: the kinds of questions that it can ask, by the names in its text.
        proxy: the one proxy that says the same together with NO_PROXY; null where there is none.
        no_proxy: the hosts that go direct beside that proxy.
        depends: what the answers depend on, and may be otherwise on another network.
        reason: why there is no such proxy, or null.
        shown_by: the host that shows it, or null.
    """

    location: str
    server: str | None
    sha256: str
    answers: tuple[PacRoute, ...]
    possible: tuple[str, ...]
    proxy: str | None
    no_proxy: tuple[str, ...]
    depends: tuple[str, ...]
    reason: str | None
    shown_by: str | None


def run(session: Session) -> Reply:
    """Ask the file; status 1 where no static proxy says the same.

    Raises:
        DiscoveryError: there is no file, it is none, or it cannot be asked.
        UsageError: ``url-invalid``, ``usage``.
        TrustError: ``pac-mismatch``.
    """
    from proxyenv.commands.pac_source import consult
    from proxyenv.no_proxy.truth_table import parse_host

    options = session.options
    wpad = bool(options.wpad)
    first = (options.location,) if wpad and options.location else ()
    named = tuple(map(parse_host, (*first, *options.hosts)))
    pac = _find(session, wpad=wpad)
    consulted = consult(session, pac, named=named)
    status = "failed" if consulted.flat.proxy is None else "ok"
    return Reply(describe_pac(consulted), _render(session, consulted), status)


def _find(session: Session, *, wpad: bool) -> PacFile:
    from proxyenv.commands.pac_source import read_pac
    from proxyenv.commands.wpad import find_wpad

    options = session.options
    if wpad:
        session.terminal.progress("looking for a PAC file by the search domain")
        return find_wpad(session)
    if not options.location:
        raise UsageError("usage", "no PAC file is named", hint="`proxyenv pac URL`, or `proxyenv pac FILE`")
    return read_pac(session, options.location)


def describe_pac(consulted: Consulted) -> PacResult:
    """All that came of it."""
    pac, flat = consulted.pac, consulted.flat
    return PacResult(
        location=show_source(pac.location),
        server=pac.server,
        sha256=pac.digest,
        answers=tuple(
            PacRoute(each.url, tuple(map(str, each.entries)), each.asked, each.error)
            for each in consulted.answers
        ),
        possible=pac.possible,
        proxy=str(flat.proxy) if flat.proxy else None,
        no_proxy=flat.direct,
        depends=flat.depends,
        reason=flat.refusal,
        shown_by=flat.host,
    )


def _render(session: Session, consulted: Consulted) -> Iterator[str]:
    pac = consulted.pac
    yield printable(show_source(pac.location))
    if pac.server:
        yield f"from {pac.server}, without a proxy"
    yield f"SHA-256 {pac.digest}"
    yield ""
    rows = tuple(_shorten(consulted.answers))
    width = max(len(name) for name, _ in rows)
    yield from (printable(f"{name:<{width}}  {answer}") for name, answer in rows)
    yield ""
    yield from _render_questions(consulted)
    yield from _render_outcome(session, consulted)


def _shorten(answers: tuple[PacAnswer, ...]) -> Iterator[tuple[str, str]]:
    """Each host once where all of its URLs get one answer."""
    by_host: dict[str, list[PacAnswer]] = {}
    for each in answers:
        by_host.setdefault(each.host, []).append(each)
    for host, several in by_host.items():
        shown = {each.url: _show(each) for each in several}
        if len(set(shown.values())) == 1:
            yield host, next(iter(shown.values()))
        else:
            yield from shown.items()


def _show(answer: PacAnswer) -> str:
    if answer.error is not None:
        return f"fails: {answer.error}"
    return "; ".join(map(str, answer.entries))


def _render_questions(consulted: Consulted) -> Iterator[str]:
    asked = tuple(dict.fromkeys(question for each in consulted.answers for question in each.asked))
    names = [question.partition(" ")[2] for question in asked if question.startswith("dns ")]
    kinds = [_WORDS[kind] for kind in asked if kind in _WORDS]
    dns = (f"DNS for {', '.join(names)}",) if names else ()
    shown = ", ".join((*kinds, *dns))
    yield printable(f"it asked for {shown}" if shown else "it asked for nothing but URL and host")
    seen = {question.partition(" ")[0] for question in asked}
    hidden = [_WORDS[kind] for kind in consulted.pac.possible if kind not in seen]
    if hidden:
        yield f"its text can ask for {', '.join(hidden)} too"


def _render_outcome(session: Session, consulted: Consulted) -> Iterator[str]:
    from proxyenv.decide.pac import suggest_forwarder

    flat, location = consulted.flat, consulted.pac.location
    yield ""
    if flat.proxy is None:
        yield f"{session.paint('no', 'failed')} {printable(f'static proxy says the same: {flat.refusal}')}"
        yield printable(suggest_forwarder(location))
        return
    direct = f" and NO_PROXY={','.join(flat.direct)}" if flat.direct else ""
    yield printable(f"{flat.proxy}{direct} says the same for these hosts")
    if flat.depends:
        yield f"true for this network now: it depends on {' and '.join(flat.depends)}"
    if flat.spare:
        yield printable(f"browsers also try {', '.join(flat.spare)}; variables name one proxy")
    way = "--wpad" if session.options.wpad else f"--pac {quote_location(location)}"
    yield printable(f"`proxyenv setup {way}` sets it up, and `proxyenv status` asks the file again")


_OPTIONS = {
    "location": Option(("URL|FILE",), "the PAC file", required=False),
    "hosts": Option(("HOST",), "more hosts to ask about", takes="values", required=False),
    "wpad": Option(
        ("--wpad",),
        "look for it at `wpad` in the search domain; the network then says which file it is",
        takes="yes",
    ),
}

COMMANDS = {"pac": Command(run, PacResult, _OPTIONS)}

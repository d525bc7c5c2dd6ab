"""The cause behind a certificate that OpenSSL refuses, and the next step.

OpenSSL's numbers are its ``X509_V_ERR_…`` (``x509_vfy.h``), which Python passes on as ``verify_code``. Where
the certificates were seen, the number, the place of the refused certificate in the path and the signatures
decide; where they were not, the number alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.certificate import is_for_untrusted

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from proxyenv.certificates.refusal import PathLink, RefusedPath

_UNKNOWN_ISSUER: Final = frozenset({19, 20, 21})
_BAD_SIGNATURE: Final = frozenset({4, 6, 7})
_NOT_YET_VALID: Final = 9
DATES: Final = frozenset({_NOT_YET_VALID, 10, 13, 14})
"""The certificate has expired or is not valid yet, or its dates cannot be read."""
_CAUSES: Final = {
    2: "ca-without-root",  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
    18: "certificate-self-signed",  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    66: "certificate-rejected",  # X509_V_ERR_EE_KEY_TOO_SMALL
}
MISMATCH: Final = frozenset({62, 64})
"""The certificate is valid, but for another host name (62) or address (64)."""
_REJECTED: Final = frozenset({24, 25, 26, 27, 28, 32, 33, 34, 36, 37, 38, 39, 40, 41, *range(47, 54), 67, 68})
_STRICT_FROM: Final = 72  # what only `X509_V_FLAG_X509_STRICT` checks, the default since Python 3.13
_MOST_NAMES: Final = 3
_SKEW: Final = timedelta(minutes=5)
_SET_CLOCK: Final = "set this machine's clock (`timedatectl` shows it)"


class RefusedCertificate(NamedTuple):
    """A refused certificate.

    Args:
        cause: a code of the family ``causes``.
        detail: whose certificate it is, and why it is refused, in one line.
        hint: one next step, or ``None``.
    """

    cause: str
    detail: str
    hint: str | None


class Encounter(NamedTuple):
    """A connection whose certificate was refused.

    Args:
        code: ``SSLCertVerificationError.verify_code``.
        message: OpenSSL's words for it.
        target: whose certificate it is, such as ``https://host:443``.
        host: the host in it.
        path: what was sent and what of the bundle belongs to it; ``None`` where nothing could be read.
        bundle: what it was verified against; ``None`` for the public roots alone.
        now: this machine's clock.
        clock: the proxy's clock; ``None`` if that is unknown.
        store: whether the bundle is the operating system's own.
        whose: what to say before the target.
    """

    code: int
    message: str
    target: str
    host: str
    path: RefusedPath | None
    bundle: Path | None
    now: datetime
    clock: datetime | None = None
    store: bool = False
    whose: str = ""

    @property
    def where(self) -> str:
        """What it was verified against, for people."""
        return f"`{self.bundle}`" if self.bundle else "the public roots"

    @property
    def skew(self) -> timedelta:
        """How far the proxy's clock is ahead of this machine's; nothing below five minutes."""
        gap = self.clock - self.now if self.clock else timedelta()
        return gap if abs(gap) >= _SKEW else timedelta()


class Judgement(NamedTuple):
    """The cause of a refusal.

    Args:
        cause: a code of the family ``causes``.
        reason: a clause on the certificate that is refused; empty where OpenSSL's words say it all.
        hint: one next step, or ``None``.
    """

    cause: str
    reason: str
    hint: str | None


def find_cause(code: int) -> str:
    """The cause of a failed verification, by OpenSSL's number alone."""
    if code in _BAD_SIGNATURE:
        return "ca-wrong"
    if code in _UNKNOWN_ISSUER:
        return "ca-missing"
    if code in DATES:
        return "certificate-expired"
    if code in MISMATCH:
        return "host-name-mismatch"
    rejected = code in _REJECTED or code >= _STRICT_FROM
    return _CAUSES.get(code) or ("ca-rejected" if rejected else "tls-failed")


def judge_verification(seen: Encounter) -> RefusedCertificate:
    """Why a certificate was refused, and what to do."""
    judged = _judge(seen)
    by = f", issued by `{seen.path.links[0].issuer}`," if seen.path else ""
    reason = f": {judged.reason}" if judged.reason else ""
    message = seen.message.rstrip(".")
    detail = f"the certificate of {seen.whose}`{seen.target}`{by} is refused: {message}{reason}"
    return RefusedCertificate(judged.cause, detail, judged.hint)


def _judge(seen: Encounter) -> Judgement:
    cause, path = find_cause(seen.code), seen.path
    if path is not None and seen.code in DATES and path.refused is not None:
        return _judge_dates(seen, path.refused)
    if path is not None and cause in {"ca-wrong", "ca-missing", "ca-without-root"}:
        return _judge_issuer(seen, path)
    if path is not None and path.refused is not None:
        return _judge_form(seen, path.refused, path)
    if path is not None and seen.code in MISMATCH:
        return _judge_name(seen, path)
    issuer = path.links[-1].issuer if path else None
    return Judgement(cause, "", hint_for(cause, issuer, seen.bundle, store=seen.store, host=seen.host))


def _judge_name(seen: Encounter, path: RefusedPath) -> Judgement:
    """It is good, and for another host."""
    if not path.hosts:
        hint = f"ask whoever runs `{seen.host}` for a certificate with that name as its subjectAltName"
        return Judgement("host-name-mismatch", "it has no subjectAltName", hint)
    more = f" and {len(path.hosts) - _MOST_NAMES} more" if len(path.hosts) > _MOST_NAMES else ""
    names = ", ".join(f"`{name}`" for name in path.hosts[:_MOST_NAMES]) + more
    hint = f"use a name that it is for; or something else answers for `{seen.host}`, such as a log-in page"
    return Judgement("host-name-mismatch", f"it is for {names}", hint)


def _judge_dates(seen: Encounter, link: PathLink) -> Judgement:
    early = seen.code == _NOT_YET_VALID
    moment, verb = (link.not_before, "is valid from") if early else (link.not_after, "was valid until")
    reason = f"{_place(link)} {verb} {_moment(moment)}"
    if seen.clock and seen.skew and link.not_before <= seen.clock <= link.not_after:
        clocks = f"this machine's clock says {_moment(seen.now)}, the proxy's {_moment(seen.clock)}"
        return Judgement("clock-wrong", f"{reason}; {clocks}", f"{_SET_CLOCK}, then run this again")
    if early:
        compare = "" if seen.clock else f"is it {_moment(seen.now)}? if not, {_SET_CLOCK}; if it is, "
        return Judgement("certificate-expired", reason, f"{compare}ask IT for what is in use until then")
    if not link.depth:
        hint = (
            f"whoever issues the certificates of `{seen.host}` has to renew this one: IT, if the proxy does"
        )
        return Judgement("certificate-expired", reason, hint)
    if link.anchored:
        hint = f"ask IT for the CA that replaced `{link.name}`, and give it with `--ca FILE`"
        return Judgement("ca-has-expired", reason, hint)
    hint = f"ask IT to renew the intermediate CA `{link.name}`, which comes over the wire"
    return Judgement("intermediate-expired", reason, f"{hint}: what {seen.where} has is not at fault")


def _judge_issuer(seen: Encounter, path: RefusedPath) -> Judgement:
    """Who issued it: a CA that is trusted, another of that name, or one that is not known here."""
    top, anchor = path.links[-1], path.anchor
    if is_for_untrusted(top.der):
        reason = "the proxy signs with this CA where it does not trust the server"
        hint = f"ask IT why the proxy does not trust `{seen.host}`; never trust that CA"
        return Judgement("certificate-rejected", reason, hint)
    if anchor is not None and seen.code not in _BAD_SIGNATURE:
        return (
            _judge_passed_by(seen, anchor, path) if anchor.is_self_issued else _lack_root(seen, anchor, top)
        )
    if path.named and not top.is_self_issued:
        reason = f"{_place(top)} names the key of `{top.issuer}`, but its signature is not by that key"
        hint = (
            f"it was damaged or forged: compare it with IT's; `proxyenv trust fetch {seen.host}` shows it"
            if not top.anchored
            else "give the file that IT hands out again, with `--ca FILE`: this copy is damaged"
        )
        return Judgement("certificate-damaged", reason, hint)
    sent_along = _confirm(top) if top.is_self_issued else None
    if path.namesakes:
        known = f"the CA of that name in {seen.where}, SHA-256 {path.namesakes[0][:16]}…, has another key"
        reason = f"{known}: it did not sign {_place(top)}"
        ask = f"ask IT for the CA `{top.issuer}` that is in use, and give it with `--ca FILE`"
        return Judgement("ca-wrong", reason, sent_along or ask)
    if sent_along and not seen.store:
        return Judgement("ca-missing", "", f"{_lacks(seen.bundle)} the CA `{top.name}`: {sent_along}")
    lacking = hint_for("ca-missing", top.issuer, seen.bundle, store=seen.store, host=seen.host)
    return Judgement("ca-missing", "", lacking)


def _confirm(root: PathLink) -> str:
    """How to trust a root that was sent along."""
    number = root.fingerprint
    return (
        f"it is sent along: if IT confirms the SHA-256 `{number}`, `proxyenv setup --ca-fingerprint {number}`"
    )


def _lack_root(seen: Encounter, anchor: PathLink, top: PathLink) -> Judgement:
    """The very CA is trusted, and it is no root."""
    root = anchor.issuer
    reason = f"{seen.where} has `{anchor.name}`, which issued it, but not the root `{root}` above it"
    get = (
        f"; it is sent along: if IT confirms the SHA-256 `{top.fingerprint}`, "
        f"`proxyenv trust fetch {seen.host} --ca-fingerprint {top.fingerprint}` prints it"
        if top.is_self_issued
        else ""
    )
    hint = f"ask IT for the root `{root}`, and give it too with `--ca FILE`{get}"
    return Judgement("ca-without-root", reason, hint)


def _judge_passed_by(seen: Encounter, anchor: PathLink, path: RefusedPath) -> Judgement:
    """The root is trusted and its key signed it, and OpenSSL still does not take it for the issuer."""
    if path.refused is not None:
        return _judge_form(seen, path.refused, path)
    below = path.links[anchor.depth - 1] if anchor.depth else anchor
    reason = f"the key of `{anchor.name}` in {seen.where} signed {_place(below)}, which names another issuer"
    hint = f"ask IT for the certificate of `{anchor.name}` that is in use: same key, other identifiers"
    return Judgement("ca-rejected", reason, hint)


def _judge_form(seen: Encounter, link: PathLink, path: RefusedPath) -> Judgement:
    """It is refused for what it says, or for how it is signed."""
    cause = "ca-rejected" if link.anchored else "certificate-rejected"
    reason = f"{_place(link)}: {path.lint.message}" if path.lint else _place(link)
    wanted = ", and ".join(
        f"{_owner(each, seen.host)} with {remedy}"
        for each, remedy in zip(path.links, path.remedies, strict=True)
        if remedy
    )
    until = "; until then use Python 3.12, which is less strict" if path.lenient else ""
    return Judgement(cause, reason, f"ask IT to reissue {wanted}{until}" if wanted else None)


def _owner(link: PathLink, host: str) -> str:
    return f"`{link.name}`" if link.depth or link.anchored else f"the certificates of `{host}`"


def _place(link: PathLink, host: str = "") -> str:
    """Which certificate of the path it is, for a sentence."""
    if not link.depth and not link.anchored:
        return (
            f"the certificate of `{host}` itself" if host else f"the server's own certificate `{link.name}`"
        )
    kind = "root" if link.is_self_issued else "intermediate CA"
    return f"the {kind} `{link.name}` (depth {link.depth})"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _lacks(bundle: Path | None) -> str:
    return f"`{bundle}` does not hold" if bundle else "the public roots do not hold"


def hint_for(
    cause: str, issuer: str | None, bundle: Path | None, *, store: bool = False, host: str = "HOST"
) -> str | None:
    """The next step for a cause of :func:`find_cause` that no certificate says more about.

    Args:
        cause: a code of the family ``causes``; others have none.
        issuer: who issued it, or ``None`` if that is unknown.
        bundle: what it was verified against; ``None`` for the public roots alone.
        store: whether the bundle is the operating system's own.
        host: whose certificate it is.
    """
    ca = f"the CA `{issuer}`" if issuer else "the CA that issued it"
    fetch = f"`proxyenv trust fetch {host}` shows what is sent"
    where = f"`{bundle}`" if bundle else "the public roots"
    if cause == "ca-missing" and store:
        return f"`{bundle}` does not hold {ca}: run `proxyenv trust install`"
    steps = {
        "ca-missing": (
            f"{_lacks(bundle)} {ca}: get its certificate from IT and give it with `--ca FILE`; {fetch}"
        ),
        "ca-wrong": f"{where} has another CA of that name: give the one that is in use with `--ca FILE`",
        "ca-without-root": "ask IT for the root above the CA, and give it too with `--ca FILE`",
        "ca-rejected": f"{fetch}, and what to ask IT for",
        "certificate-rejected": f"{fetch}, and what to ask IT for",
        "certificate-expired": f"{fetch}, with its dates and the proxy's clock",
        "certificate-self-signed": f"{fetch}; ask whoever runs `{host}` for a certificate that a CA issued",
        "host-name-mismatch": f"{fetch}; use a name that the certificate is for",
    }
    return steps.get(cause)

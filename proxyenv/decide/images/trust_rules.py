"""Whether the bundles of an image hold what they have to, and whether its Pythons accept the corporate CA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.images import FAMILIES
from proxyenv.certificates.certificate import find_denial, parse_content
from proxyenv.certificates.inspection import judge_cas
from proxyenv.certificates.lint import SOON
from proxyenv.codes import require_code
from proxyenv.decide.images.named_files import (
    BUNDLE,
    STORE_BUNDLES,
    find_named,
    find_store_bundle,
    render_copy,
)
from proxyenv.errors import TrustError
from proxyenv.model.image import ImageFind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from proxyenv.decide.images.evidence import ImageEvidence
    from proxyenv.model.certificate import Certificate

_ANCHORS: Final = tuple(
    f"{each.distribution.place.lstrip('/')}/" for each in FAMILIES if each.distribution is not None
)
"""The directories from which the tools of the stores take CAs."""
_SHIPPED: Final = re.compile(r"^usr/share/(ca-certificates|pki)/|(^|/)certifi/cacert\.pem$")
_PYTHON: Final = re.compile(r"(?:^|/)(?:bin/python|lib(?:64)?/python)(3\.\d{1,2})$")
_OURS: Final = b"proxyenv"
_FEW: Final = 10
"""Public roots. Every bundle of the last ten years has more in common with certifi's of today."""


class _Bundle(NamedTuple):
    """A file of CAs that clients in the image read.

    Args:
        path: with a leading slash.
        layer: the number of its layer, from 1.
        named: what names it, in words.
        replaces: whether it takes the place of the client's own roots.
        certificates: by fingerprint.
        is_ours: whether proxyenv wrote it.
        is_store: whether it is the trust store of the image.
    """

    path: str
    layer: int
    named: str
    replaces: bool
    certificates: Mapping[str, Certificate]
    is_ours: bool
    is_store: bool


def judge_trust(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """What the bundles lack, which corporate CAs are not valid, and which Python refuses one."""
    parsed = _parse(evidence)
    bundles = tuple(_find_bundles(evidence, parsed))
    public = evidence.expected.public | {
        each.fingerprint for (_, path), found in parsed.items() if _SHIPPED.search(path) for each in found
    }
    placed = {
        each.fingerprint: each
        for (_, path), found in parsed.items()
        if path.startswith(_ANCHORS)
        for each in found
        if each.fingerprint not in public and find_denial(each.der) is None
    }
    wanted = {each.fingerprint: each for each in evidence.expected.anchors} or placed
    told: set[str] = set()
    for bundle in bundles:
        if bundle.path in told:  # several variables name one file
            continue
        found = tuple(_judge_bundle(bundle, wanted, placed, public, evidence))
        told.update(each.path for each in found)
        yield from found
    if not any(wanted.keys() & bundle.certificates.keys() for bundle in bundles) and not told:
        yield from _judge_absence(evidence, wanted)
    corporate = _find_corporate(evidence, parsed, bundles, placed, public)
    yield from _judge_dates(corporate, evidence)
    yield from _judge_pythons(corporate, evidence)


def _parse(evidence: ImageEvidence) -> dict[tuple[int, str], tuple[Certificate, ...]]:
    """The certificates of every file that was kept and that a container sees: by layer and path."""
    known: dict[str, Certificate] = {}
    found: dict[tuple[int, str], tuple[Certificate, ...]] = {}
    contents: dict[bytes, tuple[Certificate, ...]] = {}
    for number, path, content in evidence.tree.kept():
        if content not in contents:
            try:
                contents[content] = parse_content(content, source=f"/{path}", known=known).certificates
            except TrustError:
                contents[content] = ()
            known |= {each.fingerprint: each for each in contents[content]}
        if contents[content]:
            found[number, path] = contents[content]
    return found


def _find_bundles(
    evidence: ImageEvidence, parsed: Mapping[tuple[int, str], tuple[Certificate, ...]]
) -> Iterator[_Bundle]:
    tree = evidence.tree
    store = find_store_bundle(tree)
    named = [(each.path, f"`{each.variable}` names it", each.replaces) for each in find_named(evidence)]
    if store:
        named.append((f"/{store}", "it is the trust store", True))
    for path, words, replaces in named:
        place = tree.follow(path)
        found = parsed.get((place.layer, place.path), ())
        if found:
            content = tree.layers[place.layer].kept.get(place.path, b"")
            yield _Bundle(
                f"/{place.path}",
                place.layer + 1,
                words,
                replaces,
                {each.fingerprint: each for each in found},
                _OURS in content[:400],
                place.path in STORE_BUNDLES,
            )


def _judge_bundle(
    bundle: _Bundle,
    wanted: Mapping[str, Certificate],
    placed: Mapping[str, Certificate],
    public: frozenset[str],
    evidence: ImageEvidence,
) -> Iterator[ImageFind]:
    held = bundle.certificates
    copy = render_copy(bundle.path)
    missing = [each for fingerprint, each in wanted.items() if fingerprint not in held]
    if bundle.is_store and (lost := [each for each in placed.values() if each.fingerprint not in held]):
        detail = f"it lacks `{lost[0].subject}`, which lies where its tool takes it from"
        avoid = (
            "`RUN update-ca-certificates` after the `COPY` of one PEM file each, whose name ends in `.crt`"
        )
        yield ImageFind("image-bundle-without-ca", bundle.path, detail, avoid, bundle.layer)
    elif bundle.is_store and len(missing) == len(wanted):
        pass  # a variable may name a better one
    elif missing and (len(missing) < len(wanted) or _find_namesake(bundle, missing)):
        detail = f"{bundle.named}, and it lacks `{missing[0].subject}` as this machine has it"
        yield ImageFind("image-bundle-older", bundle.path, detail, f"{copy} of today", bundle.layer)
    elif missing:
        detail = f"{bundle.named}, and it lacks `{missing[0].subject}`"
        yield ImageFind("image-bundle-without-ca", bundle.path, detail, copy, bundle.layer)
    elif bundle.is_ours and bundle.replaces and evidence.expected.bundle - held.keys():
        count = len(evidence.expected.bundle - held.keys())
        detail = f"{bundle.named}, and it lacks {count} of the roots that the bundle of this machine has"
        yield ImageFind("image-bundle-older", bundle.path, detail, f"{copy} of today", bundle.layer)
    if bundle.replaces and public and len(public & held.keys()) < _FEW:
        detail = f"{bundle.named}, and it holds no public roots: whatever is not intercepted is refused"
        name = bundle.path.rpartition("/")[2]
        avoid = f"{copy}, where `{name}` is the merged bundle, which has the public roots too"
        yield ImageFind("image-bundle-without-roots", bundle.path, detail, avoid, bundle.layer)


def _find_namesake(bundle: _Bundle, missing: list[Certificate]) -> bool:
    """Whether it holds what a missing CA replaced: another certificate of the same name."""
    return bool({each.subject for each in missing} & {each.subject for each in bundle.certificates.values()})


def _judge_absence(evidence: ImageEvidence, wanted: Mapping[str, Certificate]) -> Iterator[ImageFind]:
    """An image for behind the proxy in which nothing trusts the corporate CA."""
    names = [name for name in evidence.config.environment if name.lower() in {"http_proxy", "https_proxy"}]
    if names and wanted and evidence.tree.is_whole:
        subject = next(iter(wanted.values())).subject
        detail = f"`{names[0]}` names a proxy, and nothing in the image trusts `{subject}`"
        avoid = f"{render_copy(BUNDLE)} and `ENV SSL_CERT_FILE={BUNDLE}`"
        yield ImageFind("image-bundle-without-ca", "config.Env", detail, avoid)


def _find_corporate(
    evidence: ImageEvidence,
    parsed: Mapping[tuple[int, str], tuple[Certificate, ...]],
    bundles: tuple[_Bundle, ...],
    placed: Mapping[str, Certificate],
    public: frozenset[str],
) -> dict[str, tuple[str, Certificate]]:
    """The corporate CAs: fingerprint → the file that has it, and the CA."""
    anchors = {each.fingerprint for each in evidence.expected.anchors}
    found: dict[str, tuple[str, Certificate]] = {}
    for (_, path), certificates in parsed.items():
        for each in certificates:
            if each.fingerprint in placed or each.fingerprint in anchors:
                found.setdefault(each.fingerprint, (f"/{path}", each))
    for bundle in bundles:
        if not bundle.is_store:
            for fingerprint, each in bundle.certificates.items():
                if fingerprint not in public and find_denial(each.der) is None:
                    found.setdefault(fingerprint, (bundle.path, each))
    return found


def _judge_dates(
    corporate: Mapping[str, tuple[str, Certificate]], evidence: ImageEvidence
) -> Iterator[ImageFind]:
    for path, each in corporate.values():
        copy = f"{render_copy(path)} of the CA"
        if each.not_after < evidence.now:
            detail = f"`{each.subject}` expired on {each.not_after:%Y-%m-%d}"
            yield ImageFind("image-ca-expired", path, detail, f"{copy} that replaced it")
        elif each.not_after < evidence.now + SOON and not _has_other(each, corporate, evidence.now + SOON):
            detail = f"`{each.subject}` expires on {each.not_after:%Y-%m-%d}"
            yield ImageFind("image-ca-expires", path, detail, f"{copy} that will replace it, beside this one")
        elif each.not_before > evidence.now and not _has_other(each, corporate, evidence.now):
            detail = f"`{each.subject}` is not valid before {each.not_before:%Y-%m-%d}"
            yield ImageFind(
                "image-ca-not-yet-valid", path, detail, f"{copy} that is in use until then, beside it"
            )


def _has_other(ca: Certificate, corporate: Mapping[str, tuple[str, Certificate]], moment: datetime) -> bool:
    """Whether another CA of that name is there, and valid at that moment."""
    others = (each for _, each in corporate.values() if each.subject == ca.subject)
    return any(each.not_before <= moment <= each.not_after for each in others)


def _judge_pythons(
    corporate: Mapping[str, tuple[str, Certificate]], evidence: ImageEvidence
) -> Iterator[ImageFind]:
    versions = {
        found[1] for layer in evidence.tree.layers for path in layer.nodes if (found := _PYTHON.search(path))
    }
    if not versions or not corporate:
        return
    ders = {each.der: (path, each) for path, each in corporate.values()}
    ordered = sorted(versions, key=lambda each: int(each.partition(".")[2]))
    for der, verdicts in judge_cas(tuple(ders), ordered).items():
        path, each = ders[der]
        refusing = [(version, lint) for version, lint in verdicts if lint]
        if refusing:
            version, lint = refusing[0]
            declared = require_code("lints", lint)
            detail = f"Python {version} refuses `{each.subject}`: {declared.meaning}"
            avoid = "`FROM python:3.12`, until IT has reissued the CA"
            yield ImageFind("image-python-refuses", path, detail, avoid)

"""A container image as it was read: its configuration, and of each layer what can be judged.

What was searched for secrets is not kept: of a secret only the kind, the file and the line are known, so
nothing that is made of these values can show one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

NodeKind = Literal["file", "directory", "implied", "link", "other"]
"""`implied`: a directory that has no entry of its own in the layer; its mode is that of a layer below."""

HitKind = Literal["url", "key", "authorization", "known", "setting"]
"""What looks like a secret: a URL with a password, a private key, the header of Basic authentication, the
password of this installation's own proxy, a setting of a tool whose value is a secret."""


class Node(NamedTuple):
    """What there is at a path.

    Args:
        kind: a file, a directory, a symlink or another thing.
        mode: the permissions.
        uid: the owner.
        gid: the group.
    """

    kind: NodeKind
    mode: int
    uid: int
    gid: int


class Hit(NamedTuple):
    """Where something looks like a secret. It holds nothing of the secret.

    Args:
        path: the file, without a leading slash.
        kind: what it looks like.
        line: its line, from 1; 0 where the file's own name holds it.
        setting: the name of the setting, of those that tools have; empty for anything else.
    """

    path: str
    kind: HitKind
    line: int
    setting: str = ""


class LayerContent(NamedTuple):
    """One layer.

    Args:
        name: its digest, or the name of its file in the archive.
        nodes: path without a leading slash → what is there.
        links: path → target of each symlink.
        removed: paths that this layer removes from those below.
        opaque: directories of which it hides everything below.
        kept: path → content, of the small files that say what is trusted.
        hits: what looks like a secret in its files, those that a layer above removes included.
        is_whole: whether *nodes* has every path; a layer may have more than are kept.
        notes: what could not be judged, in sentences for a person.
    """

    name: str
    nodes: Mapping[str, Node] = MappingProxyType({})
    links: Mapping[str, str] = MappingProxyType({})
    removed: frozenset[str] = frozenset()
    opaque: frozenset[str] = frozenset()
    kept: Mapping[str, bytes] = MappingProxyType({})
    hits: tuple[Hit, ...] = ()
    is_whole: bool = True
    notes: tuple[str, ...] = ()


class HistoryStep(NamedTuple):
    """One step of the build, as the image remembers it.

    Args:
        text: the instruction; it may hold secrets.
        layer: the number of the layer that it made, from 1; ``None`` where it made none.
    """

    text: str
    layer: int | None


class ImageConfig(NamedTuple):
    """The configuration of an image. Its texts may hold secrets.

    Args:
        environment: the variables.
        labels: their names and values.
        user: as the image names it; empty for root.
        commands: ``Cmd``, ``Entrypoint``, ``OnBuild`` and ``Shell``: name → text.
        healthcheck: the words of its command.
        volumes: the directories that are mounted over.
        history: the steps of the build, the first first.
    """

    environment: Mapping[str, str] = MappingProxyType({})
    labels: Mapping[str, str] = MappingProxyType({})
    user: str = ""
    commands: Mapping[str, str] = MappingProxyType({})
    healthcheck: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    history: tuple[HistoryStep, ...] = ()

    def __repr__(self) -> str:
        return f"ImageConfig({sorted(self.environment)}, user={self.user!r})"


class Image(NamedTuple):
    """An image.

    Args:
        name: what the archive calls it.
        layers: the lowest first.
        config: ``None`` where there is none, as for a root directory.
        notes: what its archive names besides and is not judged, in sentences for a person.
    """

    name: str
    layers: tuple[LayerContent, ...]
    config: ImageConfig | None = None
    notes: tuple[str, ...] = ()


class ImageFind(NamedTuple):
    """Something in an image that leaks or breaks.

    Args:
        cause: a code of the family ``finds``.
        path: the file, with a leading slash, or the part of the configuration, such as ``config.Env``.
        detail: what it is, as a clause; no secret.
        avoid: the line of the Dockerfile that avoids it.
        layer: the number of the layer, from 1; ``None`` for the configuration.
        line: the line of the file, from 1, where one can be named.
        is_hidden: whether a layer above removes or replaces the file, which anybody can still read.
    """

    cause: str
    path: str
    detail: str
    avoid: str
    layer: int | None = None
    line: int | None = None
    is_hidden: bool = False

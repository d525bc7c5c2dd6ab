"""The configuration of an image, from its JSON. Whoever made the image chose what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.formats.parse import parse_json
from proxyenv.model.image import HistoryStep, ImageConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 2000
"""Of variables, labels or steps. Docker refuses more than 127 layers."""
_COMMANDS: Final = ("Cmd", "Entrypoint", "OnBuild", "Shell")
_STATEMENTS: Final = {
    "_type": frozenset({"_type", "subject", "predicateType", "predicate"}),
    "payloadType": frozenset({"payloadType", "payload", "signatures"}),
}
"""What tells a statement of in-toto, bare and in its envelope, and all that such a one has."""
_IN_TOTO: Final = b"in-toto"


def parse_config(document: Mapping[str, Any]) -> ImageConfig:
    """The configuration; what is not as the specification has it is left out.

    Args:
        document: ``config.json`` of an image, or what ``docker inspect`` says.

    Raises:
        ValueError: it has a key twice, in other letters.
    """
    config = as_mapping(find_value(document, "config"))
    older = as_mapping(find_value(document, "container_config"))
    commands = {name: text for name in _COMMANDS if (text := _join(find_value(config, name)))}
    history = tuple(_read_history(as_list(find_value(document, "history"))))
    text = _join(find_value(older, "Cmd"))
    if text and not any(text in step.text for step in history):  # the classic builder has its last step twice
        commands["container_config"] = text
    test = as_list(find_value(as_mapping(find_value(config, "Healthcheck")), "Test"))
    health = [each for each in test if isinstance(each, str)]
    labels = as_mapping(find_value(config, "Labels"))
    return ImageConfig(
        environment=dict(_split(find_value(older, "Env"))) | dict(_split(find_value(config, "Env"))),
        labels={str(name): str(value) for name, value in list(labels.items())[:_MOST]},
        user=str(find_value(config, "User") or ""),
        commands=commands,
        healthcheck=tuple(health),
        volumes=tuple(str(each) for each in list(as_mapping(find_value(config, "Volumes")))[:_MOST]),
        history=history,
    )


def is_statement(document: bytes) -> bool:
    """Whether a builder states there something about an image, such as its packages; an image has other keys.

    Args:
        document: any JSON.
    """
    if _IN_TOTO not in document:
        return False
    found = as_mapping(parse_document(document))
    return any(kind in found and found.keys() <= keys for kind, keys in _STATEMENTS.items())


def parse_document(content: bytes) -> object:
    """What JSON says; ``None`` where it is none."""
    try:
        return parse_json(content.decode("utf-8"))
    except ValueError:
        return None


def _read_history(steps: list[Any]) -> Iterator[HistoryStep]:
    layer = 0
    for each in steps[:_MOST]:
        step = as_mapping(each)
        text = " ".join(str(find_value(step, name) or "") for name in ("created_by", "comment")).strip()
        if find_value(step, "empty_layer"):
            yield HistoryStep(text, None)
        else:
            layer += 1
            yield HistoryStep(text, layer)


def _split(variables: object) -> Iterator[tuple[str, str]]:
    for each in as_list(variables)[:_MOST]:
        if isinstance(each, str):
            name, _, value = each.partition("=")
            yield name, value


def _join(words: object) -> str:
    if isinstance(words, str):
        return words
    return " ".join(each for each in as_list(words)[:_MOST] if isinstance(each, str))


def find_value(mapping: Mapping[str, Any], name: str) -> object:
    """The value of a key, as programs in Go find it, in capitals or not; ``None`` where it is not there.

    Raises:
        ValueError: the key is there twice.
    """
    found = [key for key in mapping if key.casefold() == name.casefold()]
    if len(found) > 1:
        raise ValueError(f"it has `{name}` twice")
    return mapping[found[0]] if found else None


def as_mapping(value: object) -> Mapping[str, Any]:
    """The value, where JSON has an object there; else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value, where JSON has an array there; else an empty one."""
    return value if isinstance(value, list) else []

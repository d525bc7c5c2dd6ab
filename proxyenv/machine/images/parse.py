"""The configuration of an image, from its JSON. Whoever made the image chose what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.model.image import HistoryStep, ImageConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 2000
"""Of variables, labels or steps. Docker refuses more than 127 layers."""
_COMMANDS: Final = ("Cmd", "Entrypoint", "OnBuild", "Shell")


def parse_config(document: Mapping[str, Any]) -> ImageConfig:
    """The configuration; what is not as the specification has it is left out.

    Args:
        document: ``config.json`` of an image, or what ``docker inspect`` says.
    """
    config = as_mapping(document.get("config", document.get("Config")))
    older = as_mapping(document.get("container_config"))
    commands = {name: text for name in _COMMANDS if (text := _join(config.get(name)))}
    history = tuple(_read_history(as_list(document.get("history"))))
    text = _join(older.get("Cmd"))
    if text and not any(text in step.text for step in history):  # the classic builder has its last step twice
        commands["container_config"] = text
    health = [
        each for each in as_list(as_mapping(config.get("Healthcheck")).get("Test")) if isinstance(each, str)
    ]
    labels = as_mapping(config.get("Labels"))
    return ImageConfig(
        environment=dict(_split(older.get("Env"))) | dict(_split(config.get("Env"))),
        labels={str(name): str(value) for name, value in list(labels.items())[:_MOST]},
        user=str(config.get("User") or ""),
        commands=commands,
        healthcheck=tuple(health),
        volumes=tuple(str(each) for each in list(as_mapping(config.get("Volumes")))[:_MOST]),
        history=history,
    )


def _read_history(steps: list[Any]) -> Iterator[HistoryStep]:
    layer = 0
    for each in steps[:_MOST]:
        step = as_mapping(each)
        text = " ".join(str(step.get(name) or "") for name in ("created_by", "comment")).strip()
        if step.get("empty_layer"):
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


def as_mapping(value: object) -> Mapping[str, Any]:
    """The value, where JSON has an object there; else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value, where JSON has an array there; else an empty one."""
    return value if isinstance(value, list) else []

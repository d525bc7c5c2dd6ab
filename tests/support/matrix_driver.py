"""What the matrix asks of a client, and how a client is made to fetch one document."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from support.machine import require_client, runs

if TYPE_CHECKING:
    from support.native_clients import Tools

__all__ = [
    "Command",
    "Driver",
    "Question",
    "run_line",
    "run_node",
    "run_other_python",
    "run_python",
    "run_tool",
]


@dataclass(frozen=True, slots=True)
class Question:
    """One fetch.

    Args:
        host: what to ask for, at port 443.
        proxy: the proxy's URL, for clients that take none from the environment.
        directory: empty, for whatever the client keeps; its home too.
        data: where ``setup`` put its bundles.
        trusting: whether a client that is told its roots by an option is told them.
    """

    host: str
    proxy: str
    directory: Path
    data: Path
    trusting: bool

    @property
    def url(self) -> str:
        return f"https://{self.host}/"


Command = Callable[["Tools", Question], list[str]]


@dataclass(frozen=True, slots=True)
class Driver:
    """One client.

    Args:
        client: its row in the knowledge base.
        variant: which of several drivers of that row.
        command: the program and its arguments.
        needs: programs of this machine.
        proof: arguments with which the program of this machine succeeds where it is whole, if not those that
            all of its tests need.
        tool: what it needs of :class:`Tools`, if anything.
        settings: variables that keep it from doing anything else.
        finishes: whether it ends well when the answer is an empty document.
        admits: whether its exit status says that it failed.
        store: whose roots are in the operating system's store that it reads, when it is to trust.
        own: whether the env file is not enough, and only `env --client` has all that it needs.
        told: files in its home by which `--configure` tells it whom to trust; no variable does.
        told_proxy: likewise, by which it is told its proxy.
        proves_roots: a command that succeeds when the client still has all roots that it was built with:
            for clients whose public roots are compiled in, and in which no root of ours can be.
    """

    client: str
    command: Command
    variant: str = ""
    needs: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()
    tool: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    finishes: bool = True
    admits: bool = True
    store: Literal["", "public", "corporate"] = ""
    own: bool = False
    told: tuple[str, ...] = ()
    told_proxy: tuple[str, ...] = ()
    proves_roots: Command | None = None

    @property
    def name(self) -> str:
        return f"{self.client}-{self.variant}" if self.variant else self.client

    def require(self) -> None:
        """Give up where the machine lacks a program, or has one that is not whole."""
        for program in self.needs:
            require_client(program, self.proof)

    @property
    def is_here(self) -> bool:
        return all(runs(program, self.proof) for program in self.needs)


def run_python(program: str) -> Command:
    return lambda _tools, question: [sys.executable, "-c", program, question.url]


def run_other_python(program: str) -> Command:
    return lambda tools, question: [tools.python, "-c", program, question.url]


def run_line(*words: str) -> Command:
    """A command in which ``URL``, ``HOST``, ``PROXY`` and ``HERE`` stand for those of the question."""

    def make(_tools: Tools, question: Question) -> list[str]:
        return [_fill(word, question) for word in words]

    return make


def run_tool(tool: str, *words: str) -> Command:
    return lambda tools, question: [str(getattr(tools, tool)), *(_fill(word, question) for word in words)]


def run_node(tool: str, script: str, *words: str) -> Command:
    """A script that Node 24 runs."""
    return lambda tools, question: [
        *(tools.node_24, str(getattr(tools, script or tool))),
        *(_fill(word, question) for word in words),
    ]


def _fill(word: str, question: Question) -> str:
    values = {"URL": question.url, "HOST": question.host, "HERE": str(question.directory)}
    values["PROXY"] = question.proxy.partition("://")[2]
    for name, value in values.items():
        word = word.replace(name, value)
    return word

"""Clients that fetch only for a project: each gets one, whose one dependency is on the server in question."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Final

from support import matrix_programs as programs

if TYPE_CHECKING:
    from support.matrix_driver import Question
    from support.native_clients import Tools

__all__ = ["cargo", "composer", "java", "maven", "poetry", "yarn_4"]

QUICK_JVM: Final = "-XX:TieredStopAtLevel=1"
"""A JVM that lives for a second is done sooner without the compiler that takes its time."""

_SPARSE_SINCE: Final = (1, 68)
"""Before that cargo reads an index from a git repository alone."""

_CARGO: Final = """
[package]
name = "lab"
version = "1.0.0"
edition = "2021"
[dependencies]
demo = { version = "1", registry = "lab" }
"""
_POETRY: Final = """
[project]
name = "lab"
version = "1"
requires-python = ">=3.11"
dependencies = ["demo"]
[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "lab"
url = "URL"
priority = "primary"
"""
_MAVEN: Final = """
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>lab</groupId><artifactId>lab</artifactId><version>1</version><packaging>pom</packaging>
  <pluginRepositories><pluginRepository><id>central</id><url>URL</url></pluginRepository></pluginRepositories>
</project>
"""


def java(_tools: Tools, question: Question) -> list[str]:
    """A program of one file, told by properties."""
    host, _, port = question.proxy.partition("://")[2].partition(":")
    source = question.directory / "Fetch.java"
    source.write_text(programs.JAVA, "ascii")
    trusting = (f"-Djavax.net.ssl.trustStore={question.data / 'ca-bundle.p12'}",) if question.trusting else ()
    return [
        *("java", QUICK_JVM, f"-Dhttps.proxyHost={host}", f"-Dhttps.proxyPort={port}", *trusting),
        *(str(source), question.url),
    ]


def maven(_tools: Tools, question: Question) -> list[str]:
    """A project that wants a plugin; Java takes the home from the password file, unless it is told."""
    (question.directory / "pom.xml").write_text(_MAVEN.replace("URL", question.url), "ascii")
    return ["mvn", "-B", "-q", f"-Duser.home={question.directory}", "test.demo:demo-maven-plugin:1:run"]


def composer(_tools: Tools, question: Question) -> list[str]:
    """A project with one repository."""
    repositories = [{"type": "composer", "url": question.url}, {"packagist.org": False}]
    project = {"repositories": repositories}
    (question.directory / "composer.json").write_text(json.dumps(project), "ascii")
    return ["composer", "--no-interaction", "--no-cache", "show", "--all", "demo/demo"]


def yarn_4(tools: Tools, question: Question) -> list[str]:
    """An empty project; its registry is a variable."""
    (question.directory / "yarn.lock").touch()
    (question.directory / "package.json").write_text("{}", "ascii")
    return [tools.node_24, tools.yarn_4, "npm", "info", "demo"]


def poetry(tools: Tools, question: Question) -> list[str]:
    """A project whose one source is an index of packages."""
    (question.directory / "pyproject.toml").write_text(_POETRY.replace("URL", question.url), "ascii")
    return [tools.poetry, "--no-interaction", "lock"]


def cargo(tools: Tools, question: Question) -> list[str]:
    """A package with a dependency in a registry of its own."""
    index = f"sparse+{question.url}" if _cargo_version(tools.cargo) >= _SPARSE_SINCE else question.url
    (question.directory / "Cargo.toml").write_text(_CARGO, "ascii")
    (question.directory / "src").mkdir()
    (question.directory / "src" / "lib.rs").touch()
    return [tools.cargo, "generate-lockfile", "--config", f"registries.lab.index={json.dumps(index)}"]


def _cargo_version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], env={}, capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.split()[1].partition("-")[0].split(".")[:2])

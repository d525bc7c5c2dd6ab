"""Errors of reading images, and of the demonstration."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    # images
    Code(
        "image-not-found",
        "there is no such image",
        ("the path or the name is misspelt", "the image was built by another daemon or another builder"),
        "`docker image ls` lists the images of the daemon",
    ),
    Code(
        "image-unreadable",
        "an image cannot be read to its end, so nothing is said about it",
        (
            "the file is cut off or damaged",
            "it is no image: neither of `docker save`, nor an OCI layout, nor a `dir:` of skopeo",
        ),
        "write it again: `docker save -o image.tar IMAGE`",
    ),
    Code(
        "image-zstd",
        "a layer is compressed by zstd, which this Python cannot unpack",
        ("proxyenv was installed without the dependency `backports.zstd`", "Python was built without zstd"),
        "`pip install backports.zstd`, or use Python 3.14",
    ),
    Code(
        "docker-unreachable",
        "the Docker daemon does not answer",
        (
            "it is not running",
            "this user may not use its socket: only root and the group `docker` may",
            "`DOCKER_HOST` names a daemon elsewhere, of which only the socket of this machine is asked",
        ),
        "`docker save -o image.tar IMAGE` where the daemon is, and scan the file",
    ),
    # demonstration
    Code(
        "demo-tool-missing",
        "the demonstration could not get a tool that it needs",
        ("mitmproxy could not be installed: the package index needs the proxy or the CA",),
        "let pip reach its index first, then keep what it installs with `--tools DIR`",
    ),
    Code(
        "demo-failed",
        "a step of the demonstration failed",
        ("a program that it started ended early; its last lines are in the message",),
        "run it again with `--keep` and look into the directory that it names",
    ),
)

"""What `image scan` makes of the texts and files of an image, which somebody else has built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.decide.images.config_rules import find_secret
from proxyenv.decide.images.judgement import find_switches
from proxyenv.decide.images.secrets import Known, SecretSearch
from proxyenv.decide.images.settings_files import find_secret_settings
from support.fuzz_settings import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE_TEXT: Final = (
    b"RUN |1 A=b /bin/sh -c curl -k -u ada:x https://a:b@c.test && wget --no-check-certificate d; TOKEN=e",
    b"java -Dhttp.proxyPassword=f -H 'Authorization: Basic YTpi' http%3a%2f%2fa%3ab%40c",
)
IMAGE_FILE: Final = (
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\nMIIE\n",
    b"machine a login b password c\n  token = 'd'\nproxy: a:b@c\n<password>e</password>\nexport TOKEN=f\n",
)
IMAGE_WORDS: Final = (
    b"curl ",
    b"wget ",
    b" -k",
    b" -u a:",
    b"://a:",
    b"%3a",
    b"%2f%2f",
    b"%40",
    b"-----BEGIN ",
    b"PRIVATE KEY",
    b"-----\n",
    b"a: b ",
    b"a: b\n",
    b"uthorization: basic ",
    b"password ",
    b"token=",
    b"localhost/",
)
_FILES: Final = (
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".cargo/config",
    ".curlrc",
    ".wgetrc",
    "gradle.properties",
    "settings.xml",
    "profiles.toml",
    ".aws/config",
    "pip.conf",
    ".gitconfig",
    ".git-credentials",
    ".env",
)


def read_image_text(data: bytes) -> Iterator[str]:
    """A step of the build, a variable or a label."""
    text = as_text(data)
    find_secret(text, Known())
    yield "secrets"
    tuple(find_switches(text))
    yield "switches"


def read_image_file(data: bytes) -> Iterator[str]:
    """A file of a layer, under the names of those that hold secrets."""
    for is_code in (False, True):
        SecretSearch(Known(), is_code=is_code).feed(data)
        yield f"search, is_code={is_code}"
    for path in _FILES:
        find_secret_settings(path, data)
        yield path

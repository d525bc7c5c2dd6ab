"""The names that files of such a folder have; of any other the list in it says nothing that counts."""

from __future__ import annotations

import re
from typing import Final

from proxyenv.certificates.hash_directory import HASHED
from proxyenv.model.installation import BUNDLE, CERTS, CORPORATE, PKCS12
from proxyenv.plan.images.build_only import BUILD, STEPS_FILE
from proxyenv.plan.images.builders import FOLDER
from proxyenv.plan.images.dockerfiles import CLASSIC, SNIPPET, WHOLE
from proxyenv.plan.images.environment import RUN
from proxyenv.plan.images.roots import ANCHORS

_FIXED: Final = frozenset(
    {
        *(BUNDLE, CORPORATE, PKCS12),
        *("env.sh", "env.list", RUN, "profiles.toml"),
        *(WHOLE, CLASSIC, SNIPPET),
        *(STEPS_FILE, BUILD, "apt.conf", "proxyenv.env"),
        *(f"{FOLDER}/{name}" for name in ("README.md", "buildkitd.toml", "Dockerfile", "create.sh")),
        *(f"{FOLDER}/{name}" for name in ("client.sh", "dind.env", "kaniko.env")),
    }
)
"""Of every version: a name that no part gives any more stays, so that the file is taken away."""

_MADE: Final = re.compile(
    rf"{CERTS}/{HASHED.pattern}"
    rf"|{ANCHORS}/proxyenv-[0-9a-f]{{16}}\.crt"
    r"|proxyenv_prefect_plugin-[0-9A-Za-z.+]+-py3-none-any\.whl"
)


def is_image_file(name: str) -> bool:
    """Whether a part of a folder may be called so.

    Args:
        name: below the folder, with slashes.
    """
    return name in _FIXED or _MADE.fullmatch(name) is not None

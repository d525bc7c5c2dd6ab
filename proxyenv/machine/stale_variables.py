"""Variables that fight what proxyenv writes: those that the env files neither set nor unset."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.machine.anchor_files import lacks_anchors
from proxyenv.model.tool_config import StaleSetting
from proxyenv.no_proxy.proxy_url import describe_proxy, parse_proxy_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.host import Host

_OFF: Final = frozenset({"0", "false", "no", "off"})
_ON: Final = frozenset({"1", "true", "yes", "on", "y", "t"})

_VERIFICATION: Final[Mapping[str, tuple[str, frozenset[str] | None]]] = {
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": ("Azure CLI", _ON),
    "BUNDLE_SSL_VERIFY_MODE": ("Bundler", frozenset({"0"})),
    "CLOUDSDK_AUTH_DISABLE_SSL_VALIDATION": ("gcloud", _ON),
    "CONDA_SSL_VERIFY": ("conda", _OFF),
    "GIT_SSL_NO_VERIFY": ("git", None),  # git asks only whether it is there
    "GOINSECURE": ("Go", None),
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": ("helm", _ON),
    "NODE_TLS_REJECT_UNAUTHORIZED": ("Node", frozenset({"0"})),
    "NPM_CONFIG_STRICT_SSL": ("npm", _OFF),
    "npm_config_strict_ssl": ("npm", _OFF),
    "PERL_LWP_SSL_VERIFY_HOSTNAME": ("Perl's LWP", frozenset({"0"})),
    "PIP_TRUSTED_HOST": ("pip", None),
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": ("Prefect", _ON),
    "PYTHONHTTPSVERIFY": ("Python", frozenset({"0"})),
    "UV_INSECURE_HOST": ("uv", None),
    "YARN_ENABLE_STRICT_SSL": ("yarn", _OFF),
}
"""Variable → its tool, and the values that stop verification; ``None`` for any."""

_CA_FILES: Final = {
    "CONDA_SSL_VERIFY": "conda",
    "NPM_CONFIG_CAFILE": "npm",
    "npm_config_cafile": "npm",
    "YARN_HTTPS_CA_FILE_PATH": "yarn",
}

_PROXIES: Final = {
    "CARGO_HTTP_PROXY": "cargo",
    "NPM_CONFIG_HTTPS_PROXY": "npm",
    "NPM_CONFIG_PROXY": "npm",
    "PIP_PROXY": "pip",
    "YARN_HTTPS_PROXY": "yarn",
    "YARN_HTTP_PROXY": "yarn",
    "npm_config_https_proxy": "npm",
    "npm_config_proxy": "npm",
}


def find_stale_variables(
    host: Host, proxies: tuple[str, ...], anchors: frozenset[str] = frozenset()
) -> Iterator[StaleSetting]:
    """Every variable that switches verification off, names a missing CA file, or names another proxy.

    Args:
        host: the machine.
        proxies: those that are meant; empty means that none is known, and none can differ.
        anchors: the fingerprints of the corporate CAs; empty means that no file can lack them.
    """
    for name, (tool, bad) in _VERIFICATION.items():
        value = host.environment.get(name)
        if value is None or (bad is not None and value.lower() not in bad):
            continue
        if value or name == "GIT_SSL_NO_VERIFY":
            yield _stale(tool, "verification-off", name, f"with it {tool} does not verify certificates")
    for name, tool in _CA_FILES.items():
        value = host.environment.get(name, "")
        if os.sep in value and not os.path.exists(host.absolute(value, expand=False)):  # noqa: PTH110 - never raises
            yield _stale(tool, "ca-file-missing", name, f"it names `{value}`, which does not exist")
        elif os.sep in value and lacks_anchors(host.absolute(value, expand=False), anchors):
            yield _stale(tool, "ca-file-differs", name, f"it names `{value}`, which lacks the corporate CA")
    for name, tool in _PROXIES.items():
        value = host.environment.get(name, "")
        if value and proxies and not is_among(value, proxies):
            yield _stale(tool, "proxy-differs", name, f"it names another proxy, {describe_proxy(value)}")


def _stale(tool: str, cause: str, name: str, detail: str) -> StaleSetting:
    return StaleSetting(tool, cause, name, f"`{name}` in the environment", detail, f"unset {name}")


def is_among(text: str, proxies: tuple[str, ...]) -> bool:
    """Whether *text* means one of the proxies, in any spelling."""
    try:
        mine = parse_proxy_url(text)
        return any(parse_proxy_url(proxy) == mine for proxy in proxies)
    except UsageError:
        return text in proxies

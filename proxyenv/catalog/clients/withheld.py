"""Variables that such lists often hold, and that the env files leave out: each breaks something."""

from __future__ import annotations

from typing import Final

WITHHELD: Final[dict[str, str]] = {
    "ALL_PROXY": "half of the clients do not read it, and those that do need no more than the other two; "
    "unset when inherited",
    "SSL_CERT_DIR": "curl 7.88 then ignores `SSL_CERT_FILE`, and bun and httpx trust nothing in a directory "
    "without hashes; unset when inherited",
    "PGSSLROOTCERT": "it turns `sslmode=require` into a verification against the bundle: a connection to a "
    "database, which no HTTP proxy intercepts, that worked until then fails",
    "NODE_OPTIONS": "Node 20 ends with status 9 at `--use-env-proxy` and `--use-system-ca`",
    "NODE_TLS_REJECT_UNAUTHORIZED": "it would switch verification off",
    "PYTHONHTTPSVERIFY": "it would switch verification off",
    "GIT_SSL_NO_VERIFY": "it would switch verification off",
    "JAVA_TOOL_OPTIONS": "every JVM prints it on standard error, with the password of the proxy; "
    "`--configure java` sets it",
    "YARN_HTTPS_PROXY": "yarn 1 ignores NO_PROXY where it is set; `env --client yarn-berry` prints it",
    "npm_config_cafile": "it replaces the roots of npm and yarn 1, and hides `NODE_EXTRA_CA_CERTS`",
    "PREFECT_API_SSL_CERT_FILE": "Prefect takes `SSL_CERT_FILE`; the profile says it for what has no shell",
}
"""Variable → the reason, as measured."""

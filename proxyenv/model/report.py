"""The answer of ``check`` and ``status``: one outcome for each thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "failed", "warning", "skipped"]

CAUSES: Final[dict[str, str]] = {
    # proxy
    "no-proxy-configured": "no proxy is configured; nothing to prove",
    "proxy-name-unknown": "the proxy's name does not resolve",
    "proxy-refused": "nothing listens at the proxy's address",
    "proxy-unreachable": "the proxy's address does not answer",
    "proxy-not-a-proxy": "something answers at the proxy's address that is not a proxy",
    "proxy-speaks-tls": "the proxy speaks TLS; its URL must start with `https://`",
    "proxy-not-tls": "the proxy does not speak TLS; its URL must start with `http://`",
    "proxy-certificate": "the certificate of the proxy itself is not trusted",
    "proxy-credentials-wanted": "the proxy wants credentials (407) and has none",
    "proxy-credentials-refused": "the proxy does not accept the credentials (407)",
    "proxy-denied": "the proxy refuses the target (403)",
    "proxy-gateway": "the proxy cannot reach the target (502, 503, 504)",
    "proxy-answer": "the proxy answered with an unexpected status",
    # tls
    "ca-missing": "the issuer of the certificate is not in the bundle",
    "ca-wrong": "a CA of that name is in the bundle, but did not sign the certificate",
    "ca-rejected": "Python refuses the CA although it is in the bundle",
    "certificate-expired": "the certificate has expired or is not yet valid",
    "host-name-mismatch": "the certificate is for another host",
    "tls-failed": "the TLS handshake failed",
    "bundle-missing": "the bundle is not there",
    "not-intercepted": "the connection is not intercepted: a public root issued the certificate",
    # truststore and plugin
    "ca-not-in-store": "a corporate CA is not in the operating system's trust store",
    "truststore-inactive": "Python there does not go through truststore",
    "plugin-missing": "Prefect there does not find the plugin",
    # fetch
    "bypassed": "NO_PROXY sends it past the proxy",
    "origin-status": "the origin answered with an error status",
    "origin-unreachable": "the origin cannot be reached",
    "not-proxied": "the request did not go through the proxy",
    "no-uuid": "the document holds no `uuid`",
    "timeout": "no answer in time",
    "unproven": "nothing that was fetched proves that the proxy works",
    # prefect
    "prefect-missing": "Prefect is not installed",
    "api-unreachable": "the Prefect API cannot be reached",
    "api-status": "the Prefect API answered with an error status",
    "api-unauthorized": "the Prefect API wants other credentials",
    "websocket-failed": "the websocket could not be opened",
    "websocket-denied": "the proxy refuses the websocket's CONNECT",
    "websocket-upgrade-dropped": "the request for a websocket arrived as one for a page",
    "websocket-tunnel-closed": "the proxy opens a tunnel for the websocket and closes it at once",
    "flow-failed": "the flow did not complete",
    "flow-lost-task-runs": "the flow completed, but its task runs never reached the API",
    "server-start": "the ephemeral Prefect server did not start",
    # negative control
    "control-passed": "a fetch that had to fail succeeded",
    # dependency between rungs
    "earlier-failure": "an earlier check failed",
    # trust stores
    "store-lacks-ca": "a trust store does not trust a corporate CA",
    "store-tool-missing": "the program that writes a trust store is not installed",
    # status
    "ca-changed": "the corporate CA has changed since it was set up",
    "system-store-changed": "the operating system's roots have changed since the bundle was made",
    "missing": "a file that was written is gone",
    "modified": "a file was changed after it was written",
    "interrupted": "a run was interrupted before it was done",
    "bundle-stale": "certifi has changed since the bundle was made",
    "ca-expires": "a corporate CA expires within 30 days",
    "ca-has-expired": "a corporate CA has expired",
    "not-sourced": "this shell has not sourced the env file",
    "verification-off": "a setting of the user's switches the verification of certificates off",
    "ca-file-missing": "a setting of the user's names a CA file that is missing",
    "proxy-differs": "a setting of the user's names another proxy",
    "shadowed": "something else overrides a value that was written",
}
"""Every cause code of an outcome that is not ``ok``. Kebab-case, unique and permanent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that was looked at.

    Args:
        check: its name, such as ``proxy-connect``; with a subject in brackets where one check is
            made several times: ``fetch [https://example.test/uuid]``.
        status: ``warning`` and ``skipped`` do not make the answer no.
        cause: a key of :data:`CAUSES`; ``None`` when all is well.
        detail: what was seen, in one line; no password.
        hint: one next step, computed from what was seen, or ``None``.
        elapsed: seconds.
    """

    check: str
    status: Status
    cause: str | None = None
    detail: str = ""
    hint: str | None = None
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        if self.cause is not None:
            CAUSES[self.cause]


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes, in the order in which they came about."""

    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed and something was proven."""
        statuses = {outcome.status for outcome in self.outcomes}
        return "failed" not in statuses and "ok" in statuses

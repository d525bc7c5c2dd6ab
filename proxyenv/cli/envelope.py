"""The JSON that scripts read. Its shape is frozen by a contract test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from proxyenv.errors import UsageError
from proxyenv.no_proxy.intent import parse_no_proxy
from proxyenv.no_proxy.proxy_url import describe_proxy, parse_proxy_url
from proxyenv.no_proxy.urls import mask_userinfo

if TYPE_CHECKING:
    from proxyenv.errors import ProxyenvError
    from proxyenv.model.change import Change
    from proxyenv.model.findings import Findings
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.report import Report

VERSION = 1


def render_envelope(
    command: str, *, status: str, exit_code: int, data: dict[str, Any], errors: tuple[ProxyenvError, ...] = ()
) -> str:
    """One line-broken JSON document, keys in a fixed order."""
    return json.dumps(
        {
            "proxyenv": VERSION,
            "command": command,
            "status": status,
            "exit_code": exit_code,
            "data": data,
            "errors": [
                {"code": error.code, "message": error.message, "hint": error.hint} for error in errors
            ],
        },
        indent=2,
        ensure_ascii=True,
    )


def changes_data(changes: tuple[Change, ...]) -> list[dict[str, str]]:
    """The pending changes, without their contents."""
    return [{"path": str(change.path), "action": change.action, "kind": change.kind} for change in changes]


def report_data(report: Report) -> list[dict[str, Any]]:
    """The outcomes of a check."""
    return [
        {
            "check": outcome.check,
            "status": outcome.status,
            "cause": outcome.cause,
            "detail": outcome.detail,
            "hint": outcome.hint,
            "elapsed": round(outcome.elapsed, 3),
        }
        for outcome in report.outcomes
    ]


def findings_data(findings: Findings) -> dict[str, Any]:
    """What discovery found, passwords masked."""
    prefect = findings.prefect
    installation = findings.installation
    anchors = (*findings.given_anchors, *findings.saved_anchors, *findings.anchors)
    return {
        "proxies": [
            {"scheme": scheme, "url": describe_proxy(found.value), "provenance": found.provenance}
            for scheme, found in findings.proxies
        ],
        "conflicts": [scheme for scheme in ("http", "https", "all") if _values(findings, scheme) > 1],
        "no_proxy": [
            {"value": mask_userinfo(found.value), "provenance": found.provenance}
            for found in findings.no_proxy
        ],
        "no_proxy_mistakes": [
            str(mistake)
            for found in findings.no_proxy
            for mistake in parse_no_proxy(found.value, source=found.provenance).mistakes
        ],
        "anchors": [
            {
                "subject": found.value.subject,
                "fingerprint": found.value.fingerprint,
                "not_after": found.value.not_after.isoformat(),
                "provenance": found.provenance,
            }
            for found in anchors
        ],
        "rejections": [
            {"provenance": rejection.provenance, "reason": rejection.reason}
            for rejection in findings.rejections
        ],
        "prefect": {
            "profiles_path": str(prefect.profiles_path),
            "active": prefect.active,
            "api_url": mask_userinfo(prefect.api_url.value) if prefect.api_url else None,
            "shadows": [
                {"setting": name, "value": mask_userinfo(found.value), "provenance": found.provenance}
                for name, found in prefect.shadows
            ],
        },
        "stale_settings": [
            {
                "tool": conflict.tool,
                "cause": conflict.cause,
                "setting": conflict.setting,
                "provenance": conflict.provenance,
                "detail": conflict.detail,
                "mend": conflict.remedy,
            }
            for conflict in findings.tools.conflicts
        ],
        "certifi": findings.certifi_version,
        "installed": installation.receipt is not None,
    }


def _values(findings: Findings, scheme: str) -> int:
    """How many proxies that differ, not texts: `h:1` and `http://h:1/` are one."""
    values = (found.value for kind, found in findings.proxies if kind == scheme and found.value.strip())
    return len({_meaning(value) for value in values})


def _meaning(text: str) -> ProxyURL | str:
    try:
        return parse_proxy_url(text)
    except UsageError:
        return text

"""What the demonstration takes for proven."""

from __future__ import annotations

from proxyenv.demo.run import find_refuted


def test_only_settings_of_this_machine_may_warn() -> None:
    outcomes = [
        {"check": "settings [npm]", "status": "warning"},
        {"check": "settings [npm]", "status": "failed"},
        {"check": "tls [https://origin.test]", "status": "warning"},
        {"check": "prefect-flow", "status": "skipped"},
        {"check": "proxy-connect", "status": "ok"},
    ]
    assert find_refuted(outcomes) == ["settings [npm]", "tls [https://origin.test]", "prefect-flow"]

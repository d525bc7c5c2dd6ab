"""The only room that writes."""

from __future__ import annotations

from proxyenv.apply.transaction import apply_plan

__all__ = ["apply_plan"]

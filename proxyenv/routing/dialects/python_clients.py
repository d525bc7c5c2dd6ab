"""The dialects of Python's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.routing.dialects.aiohttp_3 import AIOHTTP
from proxyenv.routing.dialects.botocore_1 import BOTOCORE
from proxyenv.routing.dialects.grpc_1 import GRPC
from proxyenv.routing.dialects.httpx_clients import HTTPX, HTTPX2
from proxyenv.routing.dialects.requests_2 import PIP, REQUESTS
from proxyenv.routing.dialects.urllib3_2 import URLLIB3
from proxyenv.routing.dialects.urllib_3 import URLLIB
from proxyenv.routing.dialects.websockets_16 import WEBSOCKETS

if TYPE_CHECKING:
    from proxyenv.routing.dialects.dialect import Dialect

PYTHON_DIALECTS: Final[tuple[Dialect, ...]] = (
    HTTPX,
    HTTPX2,
    REQUESTS,
    PIP,
    URLLIB,
    URLLIB3,
    AIOHTTP,
    BOTOCORE,
    WEBSOCKETS,
    GRPC,
)
"""In the order in which a table shows them."""

"""The dialects of Python's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.no_proxy.dialects.aiohttp_3 import AIOHTTP
from proxyenv.no_proxy.dialects.botocore_1 import BOTOCORE
from proxyenv.no_proxy.dialects.grpc_1 import GRPC
from proxyenv.no_proxy.dialects.httpx_clients import HTTPX, HTTPX2
from proxyenv.no_proxy.dialects.python_urllib import URLLIB
from proxyenv.no_proxy.dialects.requests_2 import PIP, REQUESTS
from proxyenv.no_proxy.dialects.urllib3 import URLLIB3
from proxyenv.no_proxy.dialects.websockets_16 import WEBSOCKETS

if TYPE_CHECKING:
    from proxyenv.no_proxy.dialects.dialect import Dialect

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

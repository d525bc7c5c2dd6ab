"""Which certificates of a file GnuTLS loads, by which Debian builds git and wget.

It reads PEM alone. It searches for the markers anywhere and ignores all white space between them, so that it
loads files that OpenSSL does not; but it does not know ``TRUSTED CERTIFICATE``, and one block that it cannot
decode spoils the whole file. Source: ``gnutls_x509_crt_list_import2`` of GnuTLS 3.7.9; git 2.39.5 and wget
1.21.3 are driven with each spelling by ``tests/clients/test_ca_spellings.py``.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.der import parse_element

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGIN: Final = re.compile(rb"-----BEGIN (?:X509 )?CERTIFICATE")
_START: Final = b"-----"
_END: Final = b"-----END "
_BLANKS: Final = b" \t\r\n\v\f"


def find_loaded_by_gnutls(data: bytes) -> frozenset[str]:
    """The fingerprints of the certificates that it loads from a file; none where it refuses the file.

    Args:
        data: a whole file.
    """
    try:
        return frozenset(hashlib.sha256(der).hexdigest() for der in _read(data))
    except ValueError:
        return frozenset()


def _read(data: bytes) -> Iterator[bytes]:
    for begin in _BEGIN.finditer(data):
        start = data.find(_START, begin.end())
        end = data.find(_END, start)
        if min(start, end) < 0:
            raise ValueError("a block has no end")
        body = data[start + len(_START) : end].translate(None, _BLANKS)
        der = binascii.a2b_base64(body, strict_mode=True)
        if parse_element(der).rest:
            raise ValueError("there is more than a certificate in a block")
        yield der

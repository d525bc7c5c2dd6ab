"""Opens a PKCS#12 in a process that can be ended: OpenSSL does whatever such a file asks for.

It goes to a Python of its own as source. It reads one JSON document from standard input, prints one and ends.
A private key does not leave it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import time
from typing import Any


def main() -> None:
    """Read the order, and answer."""
    order = json.loads(sys.stdin.buffer.read())
    sys.path += order["library"]
    limit(order["seconds"], order["memory"])
    passwords = [None if each is None else base64.b64decode(each) for each in order["passwords"]]
    answer = open_container(base64.b64decode(order["content"]), passwords)
    sys.stdout.write(json.dumps({**answer, "seconds": time.process_time()}))
    sys.stdout.flush()


if sys.platform != "win32":

    def limit(seconds: int, memory: int) -> None:
        """Bound the processor's time and the memory, and write no file, one after a crash included."""
        import resource

        wanted = {
            resource.RLIMIT_CPU: (seconds, seconds + 1),  # first the signal that tells why
            resource.RLIMIT_CORE: (0, 0),
            resource.RLIMIT_FSIZE: (0, 0),
        }
        if sys.platform == "linux":  # elsewhere it counts what is merely reserved
            wanted[resource.RLIMIT_AS] = (memory, memory)
        for kind, most in wanted.items():
            with contextlib.suppress(ValueError, OSError):  # the limit that is there is lower
                resource.setrlimit(kind, most)

else:

    def limit(seconds: int, memory: int) -> None:
        """Windows has no such limits; the parent has a clock."""


def open_container(content: bytes, passwords: list[bytes | None]) -> dict[str, Any]:
    """The certificates, each in base64 or why it cannot be written as DER, and whether there is a key.

    Args:
        content: a PKCS#12.
        passwords: those to try, one after the other.

    Returns:
        Where none of them opens it, only what the library says of the last one.
    """
    from cryptography.hazmat.primitives.serialization import pkcs12

    reason = ""
    for password in passwords:
        try:
            found = pkcs12.load_pkcs12(content, password)
        except Exception as error:  # noqa: BLE001 - they have no common class
            reason = describe(error)
            continue
        held = [each.certificate for each in (found.cert, *found.additional_certs) if each is not None]
        return {"certificates": [encode(each) for each in held], "has_key": found.key is not None}
    return {"reason": reason}


def encode(certificate: Any) -> dict[str, str]:  # noqa: ANN401 - its library is imported late
    """One certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        return {"der": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")}
    except Exception as error:  # noqa: BLE001 - as above
        return {"reason": describe(error)}


def describe(error: Exception) -> str:
    """What the library says."""
    return str(error)[:500] or type(error).__name__


if __name__ == "__main__":
    main()

"""Causes that a check finds in Prefect."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "prefect-missing",
        "Prefect cannot be imported",
        ("it is not installed for the Python that is checked", "another Python runs your flows"),
        "install it there, or name the Python that runs your flows: `proxyenv check --python PATH`",
    ),
    Code(
        "prefect-broken",
        "Prefect is installed and does not start",
        ("its installation is broken", "it refuses one of your settings", "a settings file cannot be read"),
        "`python -c 'import prefect'` with that Python shows the error whole",
    ),
    Code(
        "python-unusable",
        "the Python that is checked cannot be run",
        ("the path names no Python", "it is older than 3.9", "its environment was moved or is damaged"),
        "name the Python that runs your flows: `proxyenv check --python PATH`",
    ),
    Code(
        "python-writable",
        "root does not run a Python that somebody else can replace",
        ("it lies in the home of another user", "a directory above it is open to others"),
        "run `proxyenv check` as the user who runs the flows",
    ),
    Code(
        "api-unreachable",
        "the Prefect API cannot be reached",
        ("the server is down", "it can be reached directly only, or through the proxy only"),
        "check the URL; if the server can be reached directly: `proxyenv setup --no-proxy HOST`",
    ),
    Code(
        "api-status",
        "the Prefect API answered with an error status",
        ("the URL lacks its path `/api`", "something else than Prefect answers there"),
        "check the URL: it usually ends in `/api`",
    ),
    Code(
        "server-version",
        "the versions of the Prefect server and of the client do not go together",
        ("the server is older than the client", "one of them is Prefect 2"),
        "upgrade the server to the client's version or later, or install the server's version here",
    ),
    Code(
        "api-not-prefect",
        "what answers at the API's address is not Prefect",
        ("the URL names the server's page and lacks `/api`", "another program listens there"),
        "check the URL: it usually ends in `/api`",
    ),
    Code(
        "api-unauthorized",
        "the Prefect API rejects the credentials",
        ("`PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` is missing or wrong", "the proxy refuses the host"),
        "check `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` in the profile",
    ),
    Code(
        "websocket-failed",
        "the websocket could not be opened",
        ("the proxy or a reverse proxy does not pass websockets on",),
        "ask IT to allow websockets, or go direct if that is possible: `proxyenv setup --no-proxy HOST`",
    ),
    Code(
        "websocket-denied",
        "the proxy refuses CONNECT for the websocket",
        ("most proxies allow CONNECT to port 443 only, and the API has another port",),
        "ask IT to allow CONNECT to the API's host and port",
    ),
    Code(
        "websocket-upgrade-dropped",
        "the websocket request arrived as a plain HTTP request: its `Upgrade` header was dropped",
        (
            "the proxy decrypts the connection and drops the header",
            "a reverse proxy in front of the API does",
        ),
        "ask IT to pass `Upgrade` headers on (squid: `http_upgrade_request_protocols websocket allow all`)",
    ),
    Code(
        "websocket-tunnel-closed",
        "the proxy opens a tunnel for the websocket and closes it at once",
        ("the proxy accepts nothing but TLS in a tunnel, and the API's URL is `http://`",),
        "ask IT for plain tunnels, or use `https://` (squid: `on_unsupported_protocol tunnel all`)",
    ),
    Code(
        "flow-failed",
        "the flow did not complete",
        ("the flow could not fetch its document", "the API refused the flow run"),
        "fix the checks above it first; `proxyenv check -v` shows all of them",
    ),
    Code(
        "flow-lost-task-runs",
        "the flow completed, but its task runs never reached the API",
        ("the websocket does not work, and Prefect sends the states of task runs through it",),
        "fix `prefect-websocket` first",
    ),
    Code(
        "server-start",
        "the ephemeral Prefect server did not start",
        ("NO_PROXY lacks `127.0.0.1`; `localhost` does not cover it", "the machine is overloaded"),
        "`proxyenv setup` adds loopback to NO_PROXY; or name a server with `--api-url`",
    ),
)

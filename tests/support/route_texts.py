"""What the cases of :mod:`support.route_cases` are made of: parts of hosts, entries of lists, proxy URLs."""

from __future__ import annotations

from typing import Final

LABELS: Final = (
    "a",
    "b",
    "x",
    "lan",
    "corp",
    "wiki",
    "example",
    "test",
    "my-host",
    "with_line",
    "10",
    "1e1",
)
IDN: Final = ("bücher", "straße", "例え", "xn--bcher-kva", "ñandú", "BÜCHER")
PORTS: Final = (80, 443, 4200, 8080, 8443)
ADDRESSES: Final = ("10.1.2.3", "10.1.2.130", "10.9.0.1", "127.0.0.1", "127.1.2.3", "192.168.7.9", "8.8.8.8")
ADDRESSES_6: Final = ("::1", "fd00::1", "fd00::ab:1", "2001:db8::1", "fd01::1:2", "::ffff:10.1.2.3")
ODD_HOSTS: Final = ("localhost", "LOCALHOST", "10.1", "0x7f.1", "167838211", "127.0.0.1.", "a", "localhost.")
JUNK: Final = (
    *("*", "*", "*", "**", "*.", ".", "..", "", "", " ", "\t", ":", "/", "//", "@", "#", "?", "%", "[", "]"),
    *("[]", "[::1", "::1]", "[::1]", "::1/128", "::/0", "fd00::/8", "[fd00::]/8", "[::1]:8080", "[::1]:443"),
    *("0.0.0.0/0", "10.0.0.0/8", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.3/33", "10.0.0.0/x", "10.0.0.0/"),
    *(
        "10.0.0.0/255.0.0.0",
        "10/8",
        "10.",
        "10.1.",
        "10.*",
        "10.1.2.*",
        "010.1.2.3",
        "10.1.2.3.",
        "127.0.0.0/8",
    ),
    *("10.0.0.0/ 8", "10.0.0.0/+8", "10.0.0.0/0", "10.0.0.0/08", "1.2.3.4/5/6", "fd00::/129", "10.1.2.3:"),
    *("<local>", "<-loopback>", "localhost", ".localhost", "*localhost", "localhost:80", "none", "host:name"),
    *(
        "http://",
        "https://",
        "all://",
        "://",
        "http:",
        "http://*",
        "all://*.test",
        "https://*",
        "http://10.1.2.3",
    ),
    *(
        "ws://a.test",
        "u:p@a.test",
        "a@b@c",
        "a.test/path",
        "a.test?q",
        "a.test#f",
        "a..test",
        "\x01",
        "a\x7fb",
    ),
    *(
        "\udcff",
        "a.\udcc3.test",
        "ü",
        "\xa0",
        "\u3002test",
        "K",
        "ß",
        "x" * 300,
        "%41.test",
        "a%2Etest",
        "é.test",
    ),
    *("1.2.3.4.5", "1.2.3", "999.1.1.1", "10.1.2.3%eth0", "fe80::1%eth0", "fe80::1%25eth0", "\\", '"a.test"'),
    *(
        "a.test:443:1",
        "a.test:-1",
        "a.test:+80",
        "a.test: 80",
        "a.test:٨٠",
        "a.test:99999",
        "a.test:8_0",
        ":80",
    ),
)
PROXIES: Final = (
    *("proxy.test:3128", "http://proxy.test", "http://proxy.test/", "http://proxy.test:3128/", "proxy.test"),
    *("HTTP://proxy.test:3128", "http://PROXY.test:8080", "http://192.0.2.7:3128", "192.0.2.7:3128"),
    *(
        "http://[2001:db8:ffff::1]:3128",
        "[2001:db8:ffff::1]:3128",
        "http://[2001:db8:ffff::1]",
        "//proxy.test:3128",
    ),
    *(
        "http://u:p@proxy.test:3128",
        "http://u@proxy.test:3128",
        "http://u:@proxy.test:3128",
        "u:p@proxy.test:3128",
    ),
    *("http://:p@proxy.test:3128", "http://@proxy.test:3128", "http://:@proxy.test:3128"),
    *("http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128", "http://u:p@ss@proxy.test:3128"),
    *("http://u:p:x@proxy.test:3128", "http://u:p%zx@proxy.test:3128", "http://u:p+x@proxy.test:3128"),
    *("http://u:p#x@proxy.test:3128", "http://u:p/x@proxy.test:3128", "http://u:p?x@proxy.test:3128"),
    *(
        "http://DOM\\u:p@proxy.test:3128",
        "http://u:pä€@proxy.test:3128",
        "http://u:p%C3%A4%E2%82%AC@proxy.test:3128",
    ),
    *(
        "http://u:$&!*'();,=~@proxy.test:3128",
        "http://u:a%20b@proxy.test:3128",
        "http://u:a b@proxy.test:3128",
    ),
    *("http://u:[x@proxy.test:3128", "http://u:p\udcff@proxy.test:3128", "http://u:%FF@proxy.test:3128"),
    *(
        "https://proxy.test:3128",
        "https://proxy.test",
        "HTTPS://u:p@proxy.test:8443",
        "https://192.0.2.7:443",
    ),
    *(
        "socks5://proxy.test:1080",
        "socks5h://proxy.test:1080",
        "socks4://proxy.test:1080",
        "socks://proxy.test:1080",
    ),
    *("socks5://u:p@proxy.test:1080", "SOCKS5://proxy.test:1080", "ws://proxy.test:8080"),
    *(
        "http://proxy.test:3128/path",
        "http://proxy.test:3128/p?q",
        "http://proxy.test:3128?q",
        "http://proxy.test:3128#f",
    ),
    *(
        " http://proxy.test:3128",
        "http://proxy.test:3128 ",
        "http://proxy.test:3128\r",
        "http://proxy.test:3128\n",
    ),
    *(
        '"http://proxy.test:3128"',
        "'http://proxy.test:3128'",
        "http:proxy.test:3128",
        "http:/proxy.test:3128",
    ),
    *("http:///proxy.test:3128", "http://", "http:", "://proxy.test:3128", "", "", "", " ", "none", "DIRECT"),
    *("http://proxy.test:", "http://proxy.test:x", "http://proxy.test:99999", "http://proxy.test:-1"),
    *(
        "http://proxy.test:03128",
        "http://proxy.test: 3128",
        "http://proxy.test:3128:3128",
        "http://[proxy.test]:3128",
    ),
    *(
        "http://proxy.test.:3128",
        "http://proxy_1.test:3128",
        "http://proxy.bücher.test:3128",
        "proxy.straße.test:3128",
    ),
    *("http://pro xy.test:3128", "http://proxy%2Etest:3128", "http://.test:3128", "localhost:3128"),
    *(
        "http://localhost:3128",
        "http://192.0.2.7.:3128",
        "http://192.0.2.300:3128",
        "http://a:b:c@[::1]:3128",
    ),
    *(
        "\x01",
        "http://proxy.test:3128\x01",
        "http://\udcffproxy.test:3128",
        "http://proxy.test:٣١٢٨",
        "proxy:x",
    ),
)
SCHEMES: Final = ("http", "https", "all")
RARE: Final = (
    "HTTP_PROXY",
    "Http_Proxy",
    "HTTPS_proxy",
    "socks_proxy",
    "SOCKS_PROXY",
    "ws_proxy",
    "WSS_PROXY",
    "PIP_PROXY",
    "grpc_proxy",
)

"""Expressions in a PAC file, each with what browsers say, and scripts that do harm."""

from __future__ import annotations

from typing import Final

MOMENT: Final = "2026-11-25T14:30:15+00:00"
"""A Wednesday."""

EXPRESSIONS: Final[tuple[tuple[str, str], ...]] = (
    # names
    ('isPlainHostName("www")', "true"),
    ('isPlainHostName("www.corp.example")', "false"),
    ('dnsDomainIs("www.corp.example", ".corp.example")', "true"),
    ('dnsDomainIs("www", ".corp.example")', "false"),
    ('dnsDomainIs("evilcorp.example", "corp.example")', "true"),
    ('dnsDomainIs("WWW.CORP.EXAMPLE", ".corp.example")', "false"),
    ('localHostOrDomainIs("www.corp.example", "www.corp.example")', "true"),
    ('localHostOrDomainIs("www", "www.corp.example")', "true"),
    ('localHostOrDomainIs("www.other.example", "www.corp.example")', "false"),
    ('localHostOrDomainIs("home.corp.example", "www.corp.example")', "false"),
    ('dnsDomainLevels("www")', "0"),
    ('dnsDomainLevels("www.corp.example")', "2"),
    # addresses
    ('isInNet("10.1.2.3", "10.0.0.0", "255.0.0.0")', "true"),
    ('isInNet("11.1.2.3", "10.0.0.0", "255.0.0.0")', "false"),
    ('isInNet("198.95.249.79", "198.95.249.79", "255.255.255.255")', "true"),
    ('isInNet("192.168.1.1", "192.168.0.0", "255.255.0.0")', "true"),
    ('isInNet("200.1.2.3", "200.0.0.0", "255.0.0.0")', "true"),
    ('isInNet("10.1.2.3", "not an address", "255.0.0.0")', "false"),
    ('dnsResolve("10.1.2.3")', "10.1.2.3"),
    ('isResolvable("10.1.2.3")', "true"),
    ("myIpAddress()", "10.9.8.7"),
    ('convert_addr("10.0.0.1")', "167772161"),
    ('convert_addr("255.255.255.255")', "-1"),
    # patterns
    ('shExpMatch("http://home.corp.example/people/ari/index.html", "*/ari/*")', "true"),
    ('shExpMatch("http://home.corp.example/people/montulli/index.html", "*/ari/*")', "false"),
    ('shExpMatch("www.corp.example", "*.corp.example")', "true"),
    ('shExpMatch("corp.example", "*.corp.example")', "false"),
    ('shExpMatch("wwwxcorp.example", "www.corp.example")', "false"),
    ('shExpMatch("www1.corp.example", "www?.corp.example")', "true"),
    ('shExpMatch("www.corp.example", "www?.corp.example")', "false"),
    ('shExpMatch("WWW.corp.example", "www.corp.example")', "false"),
    ('shExpMatch("a.test", "(a.test|b.test)")', "true"),
    ('shExpMatch("b", "[ab]")', "true"),
    ('shExpMatch("", "")', "true"),
    ('shExpMatch("anything", "*")', "true"),
    # the language
    ('["PROXY a.test:80", "DIRECT"].join("; ")', "PROXY a.test:80; DIRECT"),
    ('"\\u00fc".length', "1"),
    ("typeof require + typeof process + typeof window", "undefinedundefinedundefined"),
    ('"x".repeat(3)', "xxx"),
    ('alert("seen by nobody")', "undefined"),
)
"""Those that ask for neither DNS nor the clock: another engine says the same."""

EXTENDED: Final[tuple[tuple[str, str], ...]] = (
    ('isPlainHostName("2001:db8::1")', "false"),
    ('dnsResolve("www.corp.example")', "10.1.2.3"),
    ('dnsResolve("six.corp.example")', "null"),
    ('dnsResolve("nowhere.corp.example")', "null"),
    ("dnsResolve(null)", "null"),
    ('dnsResolveEx("www.corp.example")', "10.1.2.3;2001:db8::7"),
    ('dnsResolveEx("nowhere.corp.example")', ""),
    ('isResolvable("www.corp.example")', "true"),
    ('isResolvable("six.corp.example")', "false"),
    ('isResolvableEx("six.corp.example")', "true"),
    ('isResolvableEx("nowhere.corp.example")', "false"),
    ('isInNet("www.corp.example", "10.0.0.0", "255.0.0.0")', "true"),
    ('isInNet("nowhere.corp.example", "10.0.0.0", "255.0.0.0")', "false"),
    ('isInNetEx("10.1.2.3", "10.0.0.0/8")', "true"),
    ('isInNetEx("2001:db8::1", "2001:db8::/32")', "true"),
    ('isInNetEx("2001:db9::1", "2001:db8::/32")', "false"),
    ('isInNetEx("10.1.2.3", "2001:db8::/32")', "false"),
    ('isInNetEx("10.1.2.3", "10.0.0.0/33")', "false"),
    ('isInNetEx("198.95.115.24", "198.95.0.0/9")', "true"),
    ("myIpAddressEx()", "10.9.8.7;2001:db8::9"),
    (
        'sortIpAddressList("10.2.3.9;2001:4898:28:3:201:2ff:feea:fc14;::1;127.0.0.1;::9")',
        "::1;::9;2001:4898:28:3:201:2ff:feea:fc14;10.2.3.9;127.0.0.1",
    ),
    ('sortIpAddressList("not an address")', "false"),
    ("getClientVersion()", "1.0"),
    ('weekdayRange("WED")', "true"),
    ('weekdayRange("WED", "GMT")', "true"),
    ('weekdayRange("MON", "FRI")', "true"),
    ('weekdayRange("THU", "SUN")', "false"),
    ('weekdayRange("FRI", "WED")', "true"),
    ('weekdayRange("wed")', "false"),
    ("dateRange(25)", "true"),
    ("dateRange(24)", "false"),
    ('dateRange("NOV")', "true"),
    ("dateRange(2026)", "true"),
    ("dateRange(2027)", "false"),
    ("dateRange(20, 30)", "true"),
    ('dateRange("OCT", "FEB")', "true"),
    ('dateRange("JAN", "MAR")', "false"),
    ('dateRange(1, "JUN", 15, "AUG")', "false"),
    ('dateRange(1, "JUN", 2026, 15, "DEC", 2026)', "true"),
    ("dateRange(2025, 2027)", "true"),
    ('dateRange("NOV", 2026, "JAN", 2027, "GMT")', "true"),
    ("timeRange(14)", "true"),
    ("timeRange(15)", "false"),
    ("timeRange(8, 18)", "true"),
    ("timeRange(15, 18)", "false"),
    ("timeRange(14, 30, 14, 30)", "true"),
    ("timeRange(14, 31, 15, 0)", "false"),
    ("timeRange(22, 0, 6, 0)", "false"),
    ('timeRange(14, 0, 0, 15, 0, 0, "GMT")', "true"),
    ("new Date().getTime()", "1795617015000"),
    ("Date.now()", "1795617015000"),
    ("new Date(2000, 0, 1).getFullYear()", "2000"),
    ("new Date() instanceof Date", "true"),
)
"""Those that ask, or are Microsoft's: as Mozilla's and Chromium's sources have them."""

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "www.corp.example": ("10.1.2.3", "2001:db8::7"),
    "six.corp.example": ("2001:db8::6",),
}
OWN: Final = ("10.9.8.7", "2001:db8::9")


def make_script(expressions: tuple[tuple[str, str], ...]) -> str:
    """A PAC file that answers `case-N.test` with the value of the expression of that number."""
    cases = ",\n".join(f"function () {{ return {expression}; }}" for expression, _ in expressions)
    return f"""
var cases = [{cases}];
function FindProxyForURL(url, host) {{
    return String(cases[parseInt(host.substring(5), 10)]());
}}
"""


def make_function(body: str) -> str:
    """A PAC file of which only the inside matters."""
    return f"function FindProxyForURL(url, host) {{ {body} }}"

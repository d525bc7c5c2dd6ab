"""Errors of certificates, CAs and trust stores."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "no-certificate",
        "a CA file has no certificate",
        ("it is empty, a web page, or compressed", "the directory has no file of that kind"),
        "ask IT for the CA as a PEM file; it has a line `-----BEGIN CERTIFICATE-----`",
    ),
    Code(
        "unexpected-block",
        "a CA file has something in it that is not a certificate",
        ("it was exported together with its private key", "it is a Java key store or a certificate request"),
        "export the CA certificate alone: `openssl x509 -in FILE -out ca.pem`",
    ),
    Code(
        "malformed-certificate",
        "a certificate cannot be parsed",
        ("the file was damaged or cut off when it was copied",),
        "copy or export the file again",
    ),
    Code(
        "ca-password",
        "a CA file is encrypted, and the password is missing or wrong",
        ("PKCS#12 files (`.p12`, `.pfx`) have a password",),
        "give it with `--ca-password-env NAME` or `--ca-password-file FILE`",
    ),
    Code(
        "wire-unreachable",
        "no TLS connection could be established",
        ("the proxy refuses the host", "the host does not answer or does not speak TLS"),
        "`proxyenv check` says which step fails",
    ),
    Code(
        "ca-unreachable",
        "a CA could not be downloaded",
        ("the URL does not answer", "the server's certificate is not trusted here yet"),
        "download it elsewhere and name the file with `--ca`, or give its SHA-256 with `--ca-fingerprint`",
    ),
    Code(
        "policy-unreachable",
        "a fleet's policy could not be downloaded",
        (
            "the way to it leads through a proxy that only the policy names",
            "the server's certificate is not trusted here yet",
            "the URL does not answer",
        ),
        "name the proxy with `--proxy URL`, or copy the file to the machine and name it with `--config FILE`",
    ),
    Code(
        "policy-unreadable",
        "a fleet's policy cannot be read",
        (
            "the path is misspelt, or relative to another directory",
            "only another user may read it",
            "root runs proxyenv for the home of a user who may not read it",
        ),
        "check the path given with `--config`",
    ),
    Code(
        "policy-invalid",
        "a fleet's policy says what no policy can say, or is no TOML",
        (
            "a key is misspelt, or of a newer version of proxyenv",
            "a path is relative, and so another one on every machine",
            "it names a CA by a URL and no fingerprint",
        ),
        "correct what the message names, publish it again, and give its new SHA-256",
    ),
    Code(
        "foreign-policy",
        "somebody else could have written the fleet's policy, or a CA file that it names, and no SHA-256 "
        "says what it must be",
        ("the file, or a directory above it, belongs to another user or can be written by others",),
        "give the policy's SHA-256 with `--config-digest`, that of a CA in its `trust.fingerprints`, or move "
        "the file to where only root can write",
    ),
    Code(
        "not-a-ca",
        "a certificate is not a CA",
        ("it is the certificate of a server, not of the CA that issued it",),
        "ask IT for the CA that issued it; `proxyenv trust inspect FILE` shows its name",
    ),
    Code(
        "ca-for-untrusted",
        "a CA is the one that a proxy signs with where it does not trust the server itself",
        (
            "`Fortinet_CA_Untrusted` was exported from a FortiGate in place of `Fortinet_CA_SSL`",
            "the proxy does not trust a server, and shows that by this CA",
        ),
        "ask IT for the CA of the servers that the proxy trusts; this one is never trusted",
    ),
    Code(
        "ca-expired",
        "a CA certificate has expired",
        ("IT has replaced the CA", "the clock of this machine is wrong"),
        "ask IT for the CA that replaced it",
    ),
    Code(
        "ca-not-yet-valid",
        "a CA certificate is not valid yet",
        ("the clock of this machine is wrong", "IT has not switched to this CA yet"),
        "check the clock, then ask IT for the CA that is in use now",
    ),
    Code(
        "public-root",
        "a certificate is a public root, and not the CA of a company",
        ("the file is a bundle to which the CA of the proxy was added, or was to be added",),
        "ask IT for the CA of the proxy; the public roots are in the bundle anyway, see `--base`",
    ),
    Code(
        "ca-repeated",
        "a certificate is in a CA file more than once",
        ("files were joined that hold the same CA",),
        "nothing needs to be done; it is taken once",
    ),
    Code(
        "ca-spelling",
        "a CA file is written in a way that clients do not read, though it holds the CA",
        (
            "it is DER, PKCS#7 or UTF-16, which the variable's readers do not expect",
            "its lines are indented, or a line feed is missing between two certificates",
        ),
        "name the file with `--ca`: `proxyenv setup` writes one that every client reads",
    ),
    Code(
        "fingerprint-mismatch",
        "no certificate has the fingerprint that was asked for",
        ("the fingerprint is SHA-1 or cut off", "the file holds another CA", "IT has replaced the CA"),
        "compare it with `proxyenv trust inspect FILE`, and ask IT for the SHA-256 of the CA in use",
    ),
    Code(
        "policy-mismatch",
        "a fleet's policy has another SHA-256 than the one that was asked for",
        (
            "it was published again, and the machine was given the digest of the one before",
            "something on the way answered in its place, such as the page of a portal",
            "somebody changed it",
        ),
        "ask whoever publishes it for the SHA-256; nothing was changed",
    ),
)

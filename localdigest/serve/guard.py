"""Who may ask the server for what: decided before anything is looked at. Pure.

A page of another site, open in the same browser, can send requests here too. Three things keep it out: the name under
which it reaches us must be one of ours (else its own name might have been pointed at this machine: DNS rebinding);
what changes something must carry a header and a type that a browser sends for another site only after asking us, and
we never allow it (no CORS); and with a token, its requests lack the cookie (SameSite=Strict).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

LOCAL = frozenset(("127.0.0.1", "localhost", "::1"))
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says of itself."""

    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """By name in small letters; "" for none."""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Refusal:
    status: str
    reason: str
    """For the reader."""
    may_sign_in: bool = False
    """Whether the token is all that it lacks."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What the server was started with."""

    names: frozenset[str] = LOCAL
    """Of this machine, under which it may be asked."""
    any_address: bool = False
    """Whether it may also be asked under any IP address, since it listens on all."""
    token: str = ""
    """Asked for where not empty."""

    def refusal(self, request: Request) -> Refusal | None:
        """Why this request gets no answer; None where it gets one."""
        if not self._is_ours(request.header("host")):
            return Refusal("421 Misdirected Request", "this server is not known by that name")
        if request.method not in ("GET", "HEAD", "POST"):
            return Refusal("405 Method Not Allowed", "only GET and POST are answered")
        if request.method == "POST" and (why := _forged(request)):
            return Refusal("403 Forbidden", why)
        if self.token and not self.knows(request):
            return Refusal(
                "401 Unauthorized", "open the address that `localdigest serve` printed, with its token", True
            )
        return None

    def _is_ours(self, host: str) -> bool:
        """The port may be another: whoever forwards one here, by ssh for example, is on this machine."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match[1] or match[2]).lower()
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_address

    # ------------------------------------------------------------ token

    def knows(self, request: Request) -> bool:
        """Whether it brings the cookie, or the token as `Authorization: Bearer`."""
        kind, _, given = request.header("authorization").partition(" ")
        if kind.lower() == "bearer" and same(given.strip(), self.token):
            return True
        try:
            cookies = SimpleCookie(request.header("cookie"))
        except CookieError:
            return False
        return COOKIE in cookies and same(cookies[COOKIE].value, self.pass_)

    def brings_token(self, request: Request) -> bool:
        """Whether it is the first request, by the address that was printed."""
        return bool(self.token) and any(same(given, self.token) for given in request.query.get("token", ()))

    @property
    def pass_(self) -> str:
        """What the cookie holds: from it the token cannot be told."""
        return hashlib.sha256(f"localdigest:{self.token}".encode()).hexdigest()


COOKIE = "localdigest"


def same(given: str, wanted: str) -> bool:
    """In a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def _forged(request: Request) -> str:
    """Why a request that changes something may come from another site's page; empty where it cannot."""
    if request.header("x-localdigest") != "1":
        return "what changes something needs the header X-Localdigest: 1"
    if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
        return "what changes something must be application/json"
    origin = request.header("origin").lower()
    if origin and origin.partition("://")[2] != request.header("host").lower():  # and `null` has no host
        return "it comes from another site's page"
    if request.header("sec-fetch-site") not in ("", "same-origin", "none"):
        return "it comes from another site's page"
    return ""

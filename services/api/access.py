"""Who asks, and whether they may: bearer tokens, sessions, roles, and requests from other sites."""

from __future__ import annotations

import math
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from services.api.deps import ApiDeps
from services.api.problems import ProblemError
from services.api.sessions import LIFE, Session, Sessions
from services.api.throttle import Throttle
from services.runtime.ports import Principal
from services.store.errors import StoreError

COOKIE = "nakhon_session"
DEMO = Principal("demo", "admin")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="nakhon"'}
_SAFE = frozenset({"GET", "HEAD"})
_FROM_HERE = frozenset({"same-origin", "none"})


class Access:
    """Admits callers. One for each application."""

    def __init__(self, deps: ApiDeps) -> None:
        self._deps = deps
        self._sessions = Sessions()
        self._throttle = Throttle()

    async def admit(self, request: web.Request, roles: frozenset[str]) -> Principal:
        """Who asks, when their role is among ``roles``.

        Raises:
            ProblemError: no token, a wrong one, a role that may not, or a request from another site.
        """
        principal = await self.identify(request)
        if principal.role not in roles:
            allowed = ", ".join(sorted(roles))
            raise ProblemError(
                "forbidden", f"this takes one of the roles {allowed}; yours is {principal.role}"
            )
        if "Authorization" not in request.headers:
            refuse_cross_site(request)
        return principal

    async def identify(self, request: web.Request) -> Principal:
        """Who asks, by bearer token or else by session.

        Raises:
            ProblemError: nobody that is known.
        """
        header = request.headers.get("Authorization")
        if header is not None:
            return await self.authenticate(_bearer(header), request)
        session = self._session(request)
        if session is None:
            text = "send a bearer token (nakhon tokens add makes one), or sign in on the console"
            raise ProblemError("unauthorized", text, headers=_CHALLENGE)
        if session.secret is None:
            return session.principal
        return await self.authenticate(session.secret, request)

    async def authenticate(self, secret: str, request: web.Request) -> Principal:
        """Whose token it is.

        Raises:
            ProblemError: nobody's, and too often so from this peer.
        """
        now = self._deps.clock.now()
        principal = await self._deps.tokens.authenticate(secret, now=now)
        if principal is not None:
            return principal
        if wait := self._throttle.failed(request.remote or "", now):
            seconds = math.ceil(wait)
            text = f"too many wrong tokens came from your address; try again in {seconds} s"
            raise ProblemError("too_many_attempts", text, headers={"Retry-After": str(seconds)})
        raise ProblemError(
            "unauthorized",
            "this token is unknown, expired or revoked",
            headers={"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'},
        )

    async def still(self, request: web.Request) -> bool:
        """Whether a caller who was admitted once would be so again; yes, while nobody can say."""
        try:
            await self.identify(request)
        except ProblemError:
            return False
        except StoreError:
            return True
        return True

    def sign_in(self, request: web.Request, answer: web.StreamResponse, who: Session) -> None:
        """Open a session and set its cookie."""
        name = self._sessions.open(who.principal, who.secret, self._deps.clock.now())
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        answer.set_cookie(
            COOKIE, name, path="/", max_age=LIFE // 1000, httponly=True, samesite="Strict", secure=secure
        )

    def sign_in_demo(self, request: web.Request, code: str, answer: web.StreamResponse) -> bool:
        """Open the demo administrator's session, when the code is this run's."""
        expected = self._deps.login_code
        if expected is None or not secrets.compare_digest(code.encode(), expected.encode()):
            return False
        self.sign_in(request, answer, Session(DEMO, None, 0))
        return True

    def sign_out(self, request: web.Request, answer: web.StreamResponse) -> None:
        """End the caller's session, and take its cookie away."""
        if name := request.cookies.get(COOKIE):
            self._sessions.close(name)
        answer.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")

    def _session(self, request: web.Request) -> Session | None:
        name = request.cookies.get(COOKIE)
        return None if not name else self._sessions.find(name, self._deps.clock.now())


def refuse_cross_site(request: web.Request) -> None:
    """Refuse a request that changes something and comes from a page of another site.

    Browsers say where a request comes from in ``Sec-Fetch-Site``, older ones and those that came without
    TLS in ``Origin``; a client that says neither is no browser.

    Raises:
        ProblemError: it comes from elsewhere.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        if site not in _FROM_HERE:
            raise _cross_site(f"Sec-Fetch-Site is {site:.20}")
    elif origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise _cross_site(f"Origin is {origin:.100}")


def _cross_site(why: str) -> ProblemError:
    return ProblemError("cross_site", f"a session works from the console's own pages only; {why}")


def _bearer(header: str) -> str:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        text = "the Authorization header must be: Bearer TOKEN"
        raise ProblemError("unauthorized", text, headers=_CHALLENGE)
    return secret.strip()

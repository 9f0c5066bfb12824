"""What a route is: one line of the table from which both the application and its OpenAPI are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from services.api.deps import ApiDeps
from services.api.parameters import Query
from services.runtime.ports import Principal

V1 = "/api/v1"

READ = frozenset({"viewer", "operator", "integrator", "admin"})
OPERATE = frozenset({"operator", "admin"})
INTEGRATE = frozenset({"integrator", "admin"})
ADMINISTER = frozenset({"admin"})
OPEN: frozenset[str] = frozenset()
"""Roles for a path that needs no token."""

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=BaseModel | None)


class NoQuery(Query):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request as a handler gets it: admitted, its parameters and body checked."""

    request: web.Request
    deps: ApiDeps
    principal: Principal
    query: Q
    body: B

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return self.request.match_info[name]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers with. A ``lasting`` one may be kept by the caller, and asked for by its ETag."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = False


Handler = Callable[[Call[Q, B]], Awaitable[Answer | web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Body(Generic[B]):
    """The body of a request: its model, and whether one must be sent. ``raw`` ones the handler reads."""

    model: type[B]
    needed: bool = True
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[Q, B]):
    """One method of one path.

    ``answer`` is the shape of a good answer (None: no content), ``media`` its type, ``codes`` the problems
    it has beside the usual ones, ``parameters`` what the parts of its path are, ``headers`` what the
    headers that it takes are, ``other_media`` the types that it answers with when asked to, ``events`` the
    shapes of the events of a stream by their names.
    """

    method: str
    path: str
    handler: Handler[Q, B]
    summary: str
    tag: str
    roles: frozenset[str] = READ
    query: type[Q] = NoQuery  # type: ignore[assignment]
    body: Body[B] | None = None
    answer: Any = None
    status: int = 200
    media: str = "application/json"
    codes: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    other_media: tuple[str, ...] = ()
    events: Mapping[str, Any] = field(default_factory=dict)
    pattern: str | None = None

    @property
    def aiohttp_path(self) -> str:
        """The path as aiohttp matches it; ``pattern`` replaces it where a part may hold a slash."""
        return self.pattern or self.path

"""What the application carries, by typed keys."""

from __future__ import annotations

from aiohttp import web

from services.api.access import Access
from services.api.backtesting import Backtests
from services.api.console import Console
from services.api.deps import ApiDeps
from services.api.derived import DerivedNames
from services.api.description import Description
from services.api.events.hub import Hub
from services.api.public.pages import PublicPages
from services.api.replays import Replays
from services.api.tally import Tally

DEPS = web.AppKey("deps", ApiDeps)
DERIVED = web.AppKey("derived", DerivedNames)
ACCESS = web.AppKey("access", Access)
BACKTESTS = web.AppKey("backtests", Backtests)
PUBLIC = web.AppKey("public", PublicPages)
REPLAYS = web.AppKey("replays", Replays)
HUB = web.AppKey("hub", Hub)
CONSOLE = web.AppKey("console", Console)
DESCRIPTION = web.AppKey("description", Description)
TOPICS = web.AppKey("topics", Description)
TALLY = web.AppKey("tally", Tally)

"""Whole ids from what people type: the first letters that no other has."""

from __future__ import annotations

from services.cli.common import Server
from services.runtime.lifecycle import StartupError

WHOLE = 26
"""Letters of a whole id."""

_PAGE = "1000"


def alert_id(server: Server, given: str) -> str:
    """The id of the one alert that begins so.

    Raises:
        StartupError: there is none, or there are several.
    """
    return whole_id(server, "alerts", "alert", given)


def whole_id(server: Server, path: str, what: str, given: str) -> str:
    """The id of the one item of a list that begins so. Errors as :func:`alert_id`."""
    name = given.strip().upper()
    if not name:
        raise StartupError(f"which {what}? give its id, or the first letters of it")
    return name if len(name) == WHOLE else only(name, what, matching(server, path, name))


def matching(server: Server, path: str, name: str) -> list[str]:
    """Ids that begin so. Newest come first, and ids fall: what lies below them need not be looked at."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get(path, limit=_PAGE, **cursor)
        ids = [item["id"] for item in page["items"]]
        found += [one for one in ids if one.startswith(name)]
        if page["next"] is None or (ids and ids[-1] < name):
            return found
        cursor = {"cursor": page["next"]}


def only(name: str, what: str, found: list[str]) -> str:
    """The one id that was found. Errors as :func:`alert_id`."""
    if len(found) == 1:
        return found[0]
    if not found:
        raise StartupError(f"no {what} begins with {name}")
    shown = ", ".join(found[:5])
    raise StartupError(f"{name} is the beginning of several {what}s ({shown} …); give more of it")

"""The console's built files, from memory: they are few and small, and no request touches the disk."""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from services.api.answers import etag, matches, takes_gzip

INDEX = "/index.html"
_HASHED = "/assets/"
_KEEP = "public, max-age=31536000, immutable"
_ASK = "no-cache"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".pmtiles": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE = ("text/", "image/svg", "application/json", "application/manifest")

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nakhon</title>
<h1>Nakhon is running</h1>
<p>The console has not been built yet. Build it with <code>make console</code> (it needs Node), then start
Nakhon again. The API is at <code>/api/v1</code>, its description at <code>/openapi.json</code>.</p>
<p lang="th">ระบบทำงานอยู่ แต่ยังไม่ได้สร้างหน้าจอปฏิบัติการ ให้รัน <code>make console</code>
แล้วเริ่มระบบใหม่</p>
</html>
""".encode()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. ``zipped`` is its gzip, None where that gains nothing."""

    body: bytes
    zipped: bytes | None
    content_type: str
    etag: str
    caching: str


class Console:
    """Serves the page at ``/``, its files, and the page again for the paths that it knows itself."""

    def __init__(self) -> None:
        self._assets: Mapping[str, Asset] = {INDEX: _asset(INDEX, NOT_BUILT)}

    def load(self, folder: Path | None) -> None:
        """Read the built files; without any, a page that says how to build them. Blocking."""
        if folder is None or not (folder / "index.html").is_file():
            return
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        found = {f"/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in files}
        self._assets = {path: _asset(path, body) for path, body in found.items()}

    def serve(self, request: web.Request) -> web.Response | None:
        """The file on the request's path; None when there is none."""
        path = request.path
        if request.method not in {"GET", "HEAD"}:
            return None
        asset = self._assets.get(path)
        if asset is None and (path == "/" or _is_page(request)):
            asset = self._assets[INDEX]
        if asset is None:
            return None
        headers = {"Cache-Control": asset.caching, "ETag": asset.etag}
        if asset.zipped is not None:
            headers["Vary"] = "Accept-Encoding"
        if matches(request, asset.etag):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = asset.content_type
        if asset.zipped is not None and takes_gzip(request):
            return web.Response(body=asset.zipped, headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=asset.body, headers=headers)


def _is_page(request: web.Request) -> bool:
    """Whether a browser opens a page: a path of the console's own, that no file and no API has."""
    first = request.path.split("/")[1]
    if first in {"api", "cap", "login", "status"} or "." in request.path.rpartition("/")[2]:
        return False
    return "text/html" in request.headers.get("Accept", "")


def _asset(path: str, body: bytes) -> Asset:
    suffix = Path(path).suffix
    content_type = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    zipped = gzip.compress(body, mtime=0) if content_type.startswith(_COMPRESSIBLE) else None
    if zipped is not None and len(zipped) >= len(body):
        zipped = None
    return Asset(body, zipped, content_type, etag(body), _KEEP if path.startswith(_HASHED) else _ASK)

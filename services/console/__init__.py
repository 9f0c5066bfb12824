"""The operators' web page: a TypeScript project in this folder, built into ``dist`` by ``make console``.

Python only needs to know where the built files are.
"""

from __future__ import annotations

from pathlib import Path


def dist() -> Path:
    """The folder of the built page (``index.html``, ``assets/``); absent before the first build."""
    return Path(__file__).parent / "dist"

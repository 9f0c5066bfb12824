"""Files that commands write for people and other programs."""

from __future__ import annotations

from pathlib import Path

from services.runtime.lifecycle import StartupError


def write_file(path: Path, text: str) -> None:
    """Write a whole file.

    Raises:
        StartupError: it can't be written; why.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartupError(f"can't write {path}: {error.strerror or error}") from None

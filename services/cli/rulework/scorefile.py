"""The file of anomaly scores: every reading that an anomaly rule saw."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from services.runtime.backtests import SCORE_COLUMNS, score_row
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from rules.backtest.play import Score


@contextmanager
def score_file(path: Path | None) -> Iterator[Callable[[Score], None] | None]:
    """What takes the scores and writes them to ``path`` as CSV; None where no file is wanted.

    Raises:
        StartupError: it can't be written; why.
    """
    if path is None:
        yield None
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(SCORE_COLUMNS)
            yield lambda score: rows.writerow(score_row(score))
    except OSError as error:
        raise StartupError(f"can't write {path}: {error.strerror or error}") from None

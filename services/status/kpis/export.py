"""Values of indicators as a file: CSV, Parquet or JSON, a row for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

FORMATS = ("csv", "parquet", "json")

_SCHEMA = pa.schema(
    [
        ("kpi", pa.string()),
        ("domain", pa.string()),
        ("title_en", pa.string()),
        ("title_th", pa.string()),
        ("unit", pa.string()),
        ("direction", pa.string()),
        ("zone", pa.string()),
        ("period", pa.string()),
        ("start", pa.timestamp("ms", "UTC")),
        ("end", pa.timestamp("ms", "UTC")),
        ("value", pa.float64()),
        ("state", pa.string()),
        ("target", pa.float64()),
        ("band_low", pa.float64()),
        ("band_high", pa.float64()),
        ("coverage", pa.float64()),
        ("samples", pa.int64()),
        ("previous", pa.float64()),
        ("trend", pa.string()),
        ("reason_en", pa.string()),
        ("reason_th", pa.string()),
        ("formula_en", pa.string()),
        ("formula_th", pa.string()),
        ("source", pa.string()),
        ("verified", pa.bool_()),
    ]
)
COLUMNS = tuple(_SCHEMA.names)
"""Of CSV and Parquet. An empty zone is the whole city, an empty value: not enough data."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def export(values: Sequence[Mapping[str, Any]], format_: str) -> bytes:
    """Values, as :meth:`services.runtime.statusports.KpisPort.kpis` gives them, as the content of a file.

    CSV is UTF-8 with a mark at its beginning, so that spreadsheets read Thai. JSON is the documents as they
    are.

    Raises:
        KeyError: no such format; there are csv, parquet and json.
    """
    return {"csv": _csv, "parquet": _parquet, "json": _json}[format_](values)


def _json(values: Sequence[Mapping[str, Any]]) -> bytes:
    return orjson.dumps(list(values), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _csv(values: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(cell) for cell in _row(one).values()] for one in values)
    return text.getvalue().encode("utf-8-sig")


def _cell(cell: Any) -> Any:
    """What a spreadsheet would take for a formula stays a text."""
    if isinstance(cell, str) and cell.startswith(_FORMULAS):
        return f"'{cell}"
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell


def _parquet(values: Sequence[Mapping[str, Any]]) -> bytes:
    rows = [_row(one) for one in values]
    for row in rows:
        row["start"], row["end"] = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), sink)
    return sink.getvalue()


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    low, high = one["band"] or (None, None)
    reason = one.get("reason") or {"en": None, "th": None}
    return {
        "kpi": one["id"],
        "domain": one["domain"],
        "title_en": one["title"]["en"],
        "title_th": one["title"]["th"],
        "unit": one["unit"],
        "direction": one["direction"],
        "zone": one["zone"],
        "period": one["period"]["kind"],
        "start": one["period"]["start"],
        "end": one["period"]["end"],
        "value": one["value"],
        "state": one["state"],
        "target": one["target"],
        "band_low": low,
        "band_high": high,
        "coverage": one["coverage"],
        "samples": one["samples"],
        "previous": one["previous"],
        "trend": one["trend"],
        "reason_en": reason["en"],
        "reason_th": reason["th"],
        "formula_en": one["formula"]["en"],
        "formula_th": one["formula"]["th"],
        "source": one["source"],
        "verified": one["verified"],
    }

"""Columns of text, and numbers out of them, a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NOT_MEASURED = ("nan", "NaN", "NAN")


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a recording writes numbers, and what in their place means: not measured.

    ``missing`` are texts, compared without spaces around them; those that are numbers are compared as
    numbers too, so that -200 is also -200.0.
    """

    decimal: str = "."
    thousands: str | None = None
    missing: tuple[str, ...] = ("",)

    @property
    def missing_numbers(self) -> tuple[float, ...]:
        """Those of ``missing`` that are numbers."""
        return tuple(number for text in self.missing if (number := self._number(text)) is not None)

    def _number(self, text: str) -> float | None:
        plain = text.replace(self.thousands or "", "").replace(self.decimal, ".")
        try:
            return float(plain)
        except ValueError:
            return None


def as_text(column: Any) -> Any:
    """The column as strings; dates, numbers and truth values as people write them."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(pc.cast(column, kind.value_type))
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        whole = pc.all(pc.or_kleene(pc.is_null(column), pc.equal(pc.floor(column), column))).as_py()
        if whole is not False and (pc.max(pc.abs(column)).as_py() or 0) < 2**53:
            return pc.cast(pc.cast(column, pa.int64(), safe=False), pa.string())
    if pa.types.is_nested(kind):
        return pa.array([None if item is None else str(item) for item in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def trimmed(texts: Any) -> Any:
    """Without white space around them."""
    return pc.utf8_trim_whitespace(texts)


def blank(column: Any, missing: Sequence[str] = ("",)) -> Any:
    """Which rows hold nothing, or a text that means so. Never null."""
    texts = trimmed(as_text(column))
    return pc.or_(pc.is_null(texts), pc.is_in(texts, value_set=pa.array(missing, pa.string())))


def read_numbers(column: Any, style: Numbers) -> tuple[Any, Any | None]:
    """Floats (null: not measured), and which rows hold something that is no number: a mask, None for none."""
    kind = column.type
    if pa.types.is_null(kind):
        return pc.cast(column, pa.float64()), None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _measured(pc.cast(column, pa.float64(), safe=False), style)
    if pa.types.is_boolean(kind) or pa.types.is_nested(kind) or pa.types.is_temporal(kind):
        return pa.nulls(len(column), pa.float64()), pc.is_valid(column)
    return _from_text(as_text(column), style)


def _from_text(texts: Any, style: Numbers) -> tuple[Any, Any | None]:
    tokens = pa.array([*style.missing, *_NOT_MEASURED], pa.string())
    texts = pc.if_else(pc.is_in(texts, value_set=tokens), None, texts)
    quick = _quick(texts, style)
    if quick is not None:
        return _measured(quick, style)
    texts = trimmed(texts)
    texts = pc.if_else(pc.is_in(texts, value_set=tokens), None, texts)
    plain = _plain(texts, style)
    numeric = pc.match_substring_regex(plain, _NUMBER)
    numbers, wrong = _measured(pc.cast(pc.if_else(numeric, plain, None), pa.float64()), style)
    foreign = pc.fill_null(pc.invert(numeric), False)
    return numbers, foreign if wrong is None else pc.or_(foreign, wrong)


def _quick(texts: Any, style: Numbers) -> Any | None:
    """The floats when every text is a number as Arrow reads it."""
    if style.thousands is not None or (style.decimal != "." and _any(pc.match_substring(texts, "."))):
        return None
    try:
        return pc.cast(_plain(texts, style), pa.float64())
    except pa.ArrowInvalid:
        return None


def _plain(texts: Any, style: Numbers) -> Any:
    """Numbers with a decimal point. Where the comma is the decimal sign, a point makes no number."""
    if style.thousands is not None:
        grouped = pc.match_substring_regex(
            texts, rf"^[+-]?\d{{1,3}}({_quoted(style.thousands)}\d{{3}})+(\D|$)"
        )
        texts = pc.if_else(grouped, pc.replace_substring(texts, style.thousands, ""), texts)
    if style.decimal != ".":
        texts = pc.if_else(pc.match_substring(texts, "."), "?", texts)
        texts = pc.replace_substring(texts, style.decimal, ".")
    return texts


def _quoted(sign: str) -> str:
    return f"[{sign}]"


def _measured(numbers: Any, style: Numbers) -> tuple[Any, Any | None]:
    """Without what means not measured; infinities are no numbers."""
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers) if _any(pc.is_nan(numbers)) else numbers
    if style.missing_numbers:
        gone = pc.is_in(numbers, value_set=pa.array(style.missing_numbers, pa.float64()))
        numbers = pc.if_else(gone, None, numbers) if _any(gone) else numbers
    infinite = pc.fill_null(pc.is_inf(numbers), False)
    if not _any(infinite):
        return numbers, None
    return pc.if_else(infinite, None, numbers), infinite


def _any(mask: Any) -> bool:
    return bool(pc.any(mask).as_py())

"""Results of rule tests in the form that build servers read: JUnit's XML, a suite for each rule file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from rules.testing import Result


def junit_xml(results: Sequence[Result]) -> str:
    """One document of all results, in their order."""
    root = ET.Element("testsuites", {"name": "nakhon rules test", **_counts(results)})
    for (file, group), of_file in groupby(results, key=lambda r: (r.test.file, r.test.group)):
        tests = list(of_file)
        suite = ET.SubElement(root, "testsuite", {"name": group, "file": file, **_counts(tests)})
        for result in tests:
            _case(suite, result)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(results: Sequence[Result]) -> dict[str, str]:
    errors = sum(result.error is not None for result in results)
    failures = sum(bool(result.mismatches) for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": str(errors), "time": "0"}


def _case(suite: ET.Element, result: Result) -> None:
    test = result.test
    case = ET.SubElement(
        suite, "testcase", name=test.name, classname=test.group, file=test.file, line=str(test.line), time="0"
    )
    if result.error is not None:
        ET.SubElement(case, "error", message=_plain(result.error)).text = _plain(result.error)
    elif result.mismatches:
        lines = [line for mismatch in result.mismatches for line in mismatch.lines()]
        count = len(result.mismatches)
        ET.SubElement(case, "failure", message=f"{count} moment(s) differ").text = _plain("\n".join(lines))


def _plain(text: str) -> str:
    """Without the control characters that XML can't hold."""
    return "".join(c for c in text if c >= " " or c in "\n\t")

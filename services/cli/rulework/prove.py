"""``nakhon rules test``: the tests that rule files carry."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common import Json, print_json
from services.cli.rulework.setting import CityOption, RulesOption, default_city, sound_rules

if TYPE_CHECKING:
    from rules.testing import Result

JunitOption = Annotated[Path | None, typer.Option(help="Write the results as JUnit XML, for a build server.")]


def prove(
    rules: RulesOption = None, city: CityOption = None, json: Json = False, junit: JunitOption = None
) -> None:
    """Run the tests in the rule files, under virtual time. Exit code 1 when one fails."""
    from rules.testing import run as run_tests
    from services.cli.rulework.junit import junit_xml
    from services.cli.rulework.writing import write_file
    from services.runtime.cityfolder import read_city

    folder = read_city(city or default_city())
    results = run_tests(sound_rules(rules, folder, json=json), folder.catalog, folder.city, folder.devices)
    if junit is not None:
        write_file(junit, junit_xml(results))
    failed = [result for result in results if not result.passed]
    if json:
        print_json({"passed": len(results) - len(failed), "failed": [str(result) for result in failed]})
    else:
        _tell(results, len(failed))
    if failed:
        raise typer.Exit(1)


def _tell(results: list[Result], failed: int) -> None:
    for result in results:
        sys.stdout.write(f"{result}\n")
    sys.stdout.write(f"{len(results) - failed} passed, {failed} failed\n")

"""``nakhon rules diff``: two versions of rules on the same history."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common import ConfigOption, HttpOption, Json, TokenOption, print_json
from services.cli.rulework.backtest import HtmlOption, play, write_lines
from services.cli.rulework.opening import (
    DataFolderOption,
    FromOption,
    MapOption,
    RecordingOption,
    ToOption,
    Where,
    opened,
)
from services.cli.rulework.setting import CityOption, Rules, read_rules
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from rules.backtest.differences import Difference
    from services.cli.rulework.ground import Played

NewOption = Annotated[
    Path | None, typer.Option("--rules", help="The new version: a folder of rule files, or one file.")
]
OldOption = Annotated[
    Path | None, typer.Option(help="The old version. Otherwise the city's own rules, with its packs.")
]


def diff(
    rules: NewOption = None,
    against: OldOption = None,
    city: CityOption = None,
    recording: RecordingOption = None,
    map_file: MapOption = None,
    start: FromOption = None,
    end: ToOption = None,
    json: Json = False,
    html: HtmlOption = None,
    config: ConfigOption = None,
    data: DataFolderOption = None,
    http: HttpOption = None,
    token: TokenOption = None,
) -> None:
    """Play two versions of rules on the same history, and tell where their alerts differ.

    Without --against the old version is the city's own, of the rules that the new one has too. Exit code 1
    when any alert differs, or when there was no reading to play.
    """
    from rules.backtest.differences import by_id, compare

    if rules is None:
        raise StartupError("which rules are new? Name their file or folder with --rules")
    where = Where(city, recording, map_file, start, end, config, data, http, token)
    with opened(where) as ground:
        new = read_rules(rules, ground.folder)
        old = read_rules(against, ground.folder)
        if against is None:
            old = Rules(old.ruleset.only(new.ruleset.rules))
        played = play(ground, [new, old])
        pairs = by_id(old.ruleset, new.ruleset)
        differences = compare(played.reports[1], played.reports[0], pairs)
        if html is not None:
            from services.cli.rulework.page import write_page

            write_page(html, ground, new.ruleset, played, differences)
    if json:
        print_json(_document(played, differences))
    else:
        _tell(ground.name, played, differences)
    if any(one.differs for one in differences) or not played.reports[0].readings:
        raise typer.Exit(1)


def _document(played: Played, differences: Sequence[Difference]) -> dict[str, object]:
    from services.runtime.backtests import difference_document, document

    whole = document(played.reports[0], played.account)
    head = ("readings", "refused", "seconds", "from", "to")
    return {
        **{key: whole[key] for key in head},
        "differ": any(one.differs for one in differences),
        "compared": [difference_document(one) for one in differences],
    }


def _tell(name: str, played: Played, differences: Sequence[Difference]) -> None:
    from services.cli.rulework.text import difference_lines

    report = played.reports[0]
    different = [one for one in differences if one.differs]
    write_lines([f"{name}: {report.readings:,} readings, {len(differences)} rules"])
    write_lines(difference_lines(different, report.timezone, detail=20))
    if not report.readings:
        sys.stderr.write("nakhon: there was no reading to play\n")
        return
    alike = len(differences) - len(different)
    write_lines([f"{alike} rules fire the same, {len(different)} do not"])

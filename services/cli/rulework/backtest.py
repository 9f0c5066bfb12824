"""``nakhon rules backtest``: what rules would have done with the past."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devices.documents import ProblemsError
from services.cli.common import ConfigOption, HttpOption, Json, TokenOption, print_json
from services.cli.rulework.opening import (
    DataFolderOption,
    FromOption,
    MapOption,
    RecordingOption,
    ToOption,
    Where,
    opened,
)
from services.cli.rulework.setting import CityOption, Rules, RulesOption, read_rules

if TYPE_CHECKING:
    from devices.city import CityFolder
    from rules.backtest.differences import Difference
    from rules.backtest.report import Report
    from services.cli.rulework.ground import Ground, Played

HtmlOption = Annotated[Path | None, typer.Option(help="Write one page with charts.")]
ScoresOption = Annotated[
    Path | None, typer.Option(help="Write the score of every reading that an anomaly rule saw, as CSV.")
]


def backtest(
    rules: RulesOption = None,
    city: CityOption = None,
    recording: RecordingOption = None,
    map_file: MapOption = None,
    start: FromOption = None,
    end: ToOption = None,
    json: Json = False,
    html: HtmlOption = None,
    scores: ScoresOption = None,
    config: ConfigOption = None,
    data: DataFolderOption = None,
    http: HttpOption = None,
    token: TokenOption = None,
) -> None:
    """Play rules on a recording or on stored history: what would have fired, when, and for how long.

    Rules given with --rules are held against those of the city that look at the same. Exit code 1 when there
    was no reading to play.
    """
    where = Where(city, recording, map_file, start, end, config, data, http, token)
    with opened(where) as ground:
        chosen = read_rules(rules, ground.folder)
        live = None if rules is None else _live(ground.folder, chosen)
        played = play(ground, [chosen] if live is None else [chosen, live], scores)
        report = played.reports[0]
        differences = None if live is None else _compared(chosen, live, played)
        if html is not None:
            _write_page(html, ground, chosen, played, differences)
    if json:
        from services.runtime.backtests import document

        print_json(document(report, played.account, differences))
    else:
        _tell(ground.name, played, differences)
    if not report.readings:
        raise typer.Exit(1)


def play(ground: Ground, sets: Sequence[Rules], scores: Path | None = None) -> Played:
    """Play the sets of rules, telling how far it is."""
    from services.cli.rulework.progress import Teller
    from services.cli.rulework.scorefile import score_file

    tell = Teller(ground.folder.city.timezone)
    try:
        with score_file(scores) as take:
            return ground.play(sets, tell=tell, scores=take)
    finally:
        tell.clear()


def _live(folder: CityFolder, chosen: Rules) -> Rules | None:
    """The city's rules that look at what the chosen ones look at; None when there are none to compare."""
    from rules.backtest.differences import by_what_they_watch

    try:
        live = read_rules(None, folder)
    except ProblemsError as error:
        sys.stderr.write(f"{error}\nthe city's own rules have mistakes: nothing is compared with them\n")
        return None
    pairs = by_what_they_watch(live.ruleset, chosen.ruleset)
    names = [old for old, _ in pairs if old is not None]
    return Rules(live.ruleset.only(names)) if names else None


def _compared(chosen: Rules, live: Rules, played: Played) -> list[Difference]:
    from rules.backtest.differences import by_what_they_watch, compare

    pairs = by_what_they_watch(live.ruleset, chosen.ruleset)
    return compare(played.reports[1], played.reports[0], pairs)


def _tell(name: str, played: Played, differences: Sequence[Difference] | None) -> None:
    from services.cli.rulework.text import alert_lines, difference_lines, summary

    report: Report = played.reports[0]
    write_lines(summary(name, report, played.account))
    if differences is not None:
        write_lines(["", "against what is live:"])
        write_lines(difference_lines(differences, report.timezone, detail=5))
    write_lines(["", *alert_lines(report)])
    if not report.readings:
        sys.stderr.write("nakhon: there was no reading to play\n")


def write_lines(lines: Iterable[str]) -> None:
    """Lines on standard output."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _write_page(
    file: Path,
    ground: Ground,
    chosen: Rules,
    played: Played,
    differences: Sequence[Difference] | None,
) -> None:
    from services.cli.rulework.page import write_page

    write_page(file, ground, chosen.ruleset, played, differences)

"""The rules in force in a city, from its folder."""

from __future__ import annotations

from devices.city import CityFolder
from devices.documents import Problem, ProblemsError
from rules.context import Context
from rules.files import parse_groups
from rules.library import UnknownPackError, library
from rules.ruleset import RuleSet


def city_rules(folder: CityFolder) -> RuleSet:
    """The rules of a city: its own, and those of the packs that it switches on.

    Raises:
        ProblemsError: all mistakes of all files.
    """
    try:
        packs = library(folder.packs)
    except UnknownPackError as error:
        raise ProblemsError([Problem("city.yaml", 0, "packs", str(error))]) from None
    return parse_groups(folder.rules, Context.of(folder), packs)

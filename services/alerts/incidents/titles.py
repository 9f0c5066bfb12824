"""What incidents are called, in both languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from devices.model import DOMAIN_TITLES, City, Domain
from services.alerts.policy.keys import LABEL

Title = Mapping[str, str]

LANGUAGES = ("en", "th")
_SEVERAL = {"en": "Several alerts: {what}", "th": "การแจ้งเตือนหลายรายการ: {what}"}
_BETWEEN = " · "


def common_of(key: str) -> dict[str, str]:
    """What the alerts of an incident have in common, by its key."""
    return {name: value for name, value in orjson.loads(key).items() if value is not None}


def of_several(city: City, key: str, domain: str) -> Title:
    """The title of an incident of more than one alert: what they have in common, by its name."""
    common = common_of(key)
    return {
        language: _SEVERAL[language].format(what=_BETWEEN.join(_named(city, common, domain, language)))
        for language in LANGUAGES
    }


def of_cause(city: City, title: Title, zone: str | None) -> Title:
    """The title of an incident with a root cause: that of the cause, and the place unless it says so."""
    place = None if zone is None else city.zones.get(zone)
    if place is None:
        return dict(title)
    names = place.name.as_dict()
    return {
        language: text if names[language] in text else f"{text}{_BETWEEN}{names[language]}"
        for language, text in title.items()
    }


def _named(city: City, common: Mapping[str, str], domain: str, language: str) -> list[str]:
    """The names of what they share: the place first, then the service, then the rest as it is written."""
    found = [
        things[common[kind]].name.as_dict()[language] if common[kind] in things else common[kind]
        for kind, things in (("zone", city.zones), ("service", city.services))
        if kind in common
    ]
    found += [
        f"{name.removeprefix(LABEL)} {value}"
        for name, value in common.items()
        if name not in {"zone", "service", "domain"}
    ]
    return found or [_domain(domain, language)]


def _domain(domain: str, language: str) -> str:
    return DOMAIN_TITLES[Domain(domain)].as_dict()[language] if domain in set(Domain) else domain

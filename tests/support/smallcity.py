"""A city small enough to hold in one's head, for tests."""

from __future__ import annotations

from devices.city import CityDocuments, CityFolder, parse_city
from devices.documents import Document

CITY = """
id: smallville
name: {en: Smallville, th: เมืองเล็ก}
timezone: Asia/Bangkok
zones:
  - {id: north, name: {en: North, th: เหนือ}, center: [100.50, 13.75], radius: 600m}
  - {id: south, name: {en: South, th: ใต้}, center: [100.50, 13.70], radius: 600m}
services:
  - id: air-quality
    domain: environment
    name: {en: Air quality, th: คุณภาพอากาศ}
    zones: [north, south]
    needs: {types: [AirQualityObserved]}
    objective: {target: 0.99, window: 30d}
  - id: power
    domain: energy
    name: {en: Power, th: ไฟฟ้า}
    needs: {types: [ACMeasurement]}
"""

DEVICES = """id,type,zone,service,name,lon,lat,interval,domain,labels
aq-01,AirQualityObserved,north,,Air 1,100.50,13.75,1m,,site=school
aq-02,AirQualityObserved;WeatherObserved,south,,Air 2,100.50,13.70,1m,,
ac-01,ACMeasurement,north,,Feeder,100.50,13.75,1m,,
"""

RULES = """
group: air
domain: environment
rules:
  - id: pm25-high
    on: AirQualityObserved.pm25
    when: {above: 75, clear_below: 70}
    severity: major
    title: {en: "PM2.5 high at {device}", th: "ฝุ่น PM2.5 สูง {device}"}
  - id: silent
    on: AirQualityObserved
    when: {absent: {after: 5m, of: device}}
    title: {en: "{device} is silent", th: "{device} ไม่ส่งข้อมูล"}
"""


def small_city(rules: str = RULES, devices: str = DEVICES, city: str = CITY) -> CityFolder:
    """Two zones, three devices, two rules; any part may be replaced by YAML or CSV of one's own."""
    return parse_city(
        CityDocuments(
            Document("city.yaml", city),
            Document("devices.csv", devices),
            (),
            {},
            (Document("rules/air.yaml", rules),) if rules else (),
            None,
        )
    )


def topic(
    device: str, channel: str = "telemetry", *, zone: str = "north", domain: str = "environment"
) -> str:
    """A topic of the small city."""
    return f"nakhon/v1/smallville/{zone}/{domain}/{device}/{channel}"

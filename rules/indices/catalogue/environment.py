"""Air, heat, rain and water."""

from __future__ import annotations

from collections.abc import Mapping

from rules.indices import steps
from rules.indices.days import RainDay
from rules.indices.hourly import POLLUTANTS, AirHours
from rules.indices.recipes import Output, Recipe, choice, number

_POLLUTANT_NAMES = {
    "pm25": ("PM2.5", "ฝุ่น PM2.5"),
    "pm10": ("PM10", "ฝุ่น PM10"),
    "o3": ("Ozone", "ก๊าซโอโซน"),
    "co": ("Carbon monoxide", "ก๊าซคาร์บอนมอนอกไซด์"),
    "no2": ("Nitrogen dioxide", "ก๊าซไนโตรเจนไดออกไซด์"),
    "so2": ("Sulphur dioxide", "ก๊าซซัลเฟอร์ไดออกไซด์"),
}
_POLLUTANT_UNITS = {"pm25": "µg/m³", "pm10": "µg/m³", "o3": "ppb", "co": "ppm", "no2": "ppb", "so2": "ppb"}
_MOST_OF = {"pm25": 1000, "pm10": 2000, "o3": 1000, "co": 500, "no2": 3000, "so2": 3000}


def _means() -> tuple[Output, ...]:
    outputs = []
    for one in POLLUTANTS:
        en, th = _POLLUTANT_NAMES[one.name]
        least = -(-3 * one.hours // 4)
        coverage = f"; at least {least} of the {one.hours} hours hold a reading" if one.hours > 1 else ""
        outputs.append(
            number(
                one.mean,
                (f"{en}, {one.hours} h mean", f"{th} เฉลี่ย {one.hours} ชั่วโมง"),
                f"mean of the means of the newest {one.hours} completed hours{coverage}"
                if one.hours > 1
                else "mean of the newest completed hour",
                unit=_POLLUTANT_UNITS[one.name],
                range=(0, _MOST_OF[one.name]),
            )
        )
    return tuple(outputs)


AIR = Recipe(
    name="air",
    inputs=_POLLUTANT_UNITS,
    outputs=(
        *_means(),
        number(
            "pm25NowCast",
            ("PM2.5 NowCast", "ฝุ่น PM2.5 NowCast"),
            "Σ wⁱcᵢ / Σ wⁱ over the newest 12 hourly means, w = max(0.5, least / greatest);"
            " 2 of the newest 3 hours must be there; cut to 0.1",
            unit="µg/m³",
            range=(0, 1000),
        ),
        number(
            "pm10NowCast",
            ("PM10 NowCast", "ฝุ่น PM10 NowCast"),
            "as pm25NowCast; cut to 1",
            unit="µg/m³",
            range=(0, 2000),
        ),
        number(
            "thaiAqi",
            ("Thai AQI", "ดัชนีคุณภาพอากาศ"),
            "the largest index of the six means that can be told, by the table of B.E. 2566; above 200 it"
            " rises on as in the last band, to 500 (U)",
            range=(0, 500),
        ),
        number(
            "thaiAqiLevel",
            ("Thai AQI level", "ระดับดัชนีคุณภาพอากาศ"),
            "1 very good (0–25), 2 good (26–50), 3 moderate (51–100), 4 affecting health (101–200),"
            " 5 harmful (above 200)",
            range=(1, 5),
        ),
        choice(
            "thaiAqiPollutant",
            ("Main pollutant", "มลพิษหลัก"),
            "the pollutant whose index the Thai AQI is",
            tuple(_POLLUTANT_UNITS),
        ),
        number(
            "usAqi",
            ("US AQI", "ดัชนีคุณภาพอากาศสหรัฐฯ"),
            "the largest index of the same means by the table of 2024; 500 at most, 300 for ozone",
            range=(0, 500),
        ),
    ),
    source="Royal Gazette 140, special 157 (2023); 89 FR 16202 (2024); US EPA NowCast",
    stored="the first reading at or after each full hour",
    part=AirHours,
)

HEAT = Recipe(
    name="heat",
    inputs={"temperature": "°C", "relativeHumidity": None},
    outputs=(
        number(
            "heatIndex",
            ("Heat index", "ดัชนีความร้อน"),
            "Rothfusz's regression with both adjustments, the simple formula below 80 °F; rounded to 0.1,"
            " 100 at most",
            unit="°C",
            range=(-60, 100),
        ),
        number(
            "heatLevel",
            ("Heat level", "ระดับดัชนีความร้อน"),
            "0 normal (below 27), 1 watch (27.0–32.9), 2 warning (33.0–41.9), 3 danger (42.0–51.9),"
            " 4 extreme danger (52 and above)",
            range=(0, 4),
        ),
    ),
    source="US National Weather Service; classes of Thailand 2024",
    step=steps.heat,
)

RAIN = Recipe(
    name="rain",
    inputs={"precipitation": "mm"},
    outputs=(
        number(
            "rain24h",
            ("Rain since 07:00", "ปริมาณฝนตั้งแต่ 07:00"),
            "sum of precipitation since 07:00 local time; a reading at 07:00 ends the day before",
            unit="mm",
            range=(0, 2000),
        ),
        number(
            "rainLevel",
            ("Rain level", "ระดับฝน"),
            "0 none or trace (below 0.1), 1 light (to 10.0), 2 moderate (to 35.0), 3 heavy (to 90.0),"
            " 4 very heavy",
            range=(0, 4),
        ),
    ),
    source="Thai Meteorological Department",
    stored="every reading that carries precipitation",
    part=lambda site: RainDay(site.context.clock, site.context.tables.water),
)

SURFACE_WATER = Recipe(
    name="surface-water",
    inputs={"O2": "mg/l", "bod": "mg/l", "pH": None, "NO3": "mg/l", "NH4": "mg/l"},
    outputs=(
        number(
            "waterQualityClass",
            ("Surface water class", "ประเภทแหล่งน้ำผิวดิน"),
            "the best of 2, 3, 4 whose limits every given figure meets, else 5: DO ≥ 6 / 4 / 2, BOD ≤ 1.5 / 2"
            " / 4, pH 5–9, NO₃-N ≤ 5, NH₃-N ≤ 0.5 mg/l; needs DO or BOD. NO3 and NH4 are taken as ions:"
            " nitrogen is 0.226 and 0.777 of them. The standard is about percentiles of many samples",
            range=(2, 5),
        ),
    ),
    source="Thai surface water quality standard (wepa-db.net)",
    step=steps.surface_water,
)

BANK = Recipe(
    name="bank",
    inputs={"currentLevel": "m"},
    outputs=(
        number(
            "bankFill",
            ("Bank fill", "ร้อยละของความจุตลิ่ง"),
            "(currentLevel − bed) / (bank − bed) · 100",
            unit="%",
            range=(-1000, 1000),
        ),
        number(
            "bankFillLevel",
            ("Bank fill level", "ระดับน้ำเทียบตลิ่ง"),
            "0 critically low (below 10), 1 low (from 10), 2 normal (from 30), 3 high (from 70), 4 overflow"
            " (above 100)",
            range=(0, 4),
        ),
    ),
    source="ThaiWater",
    labels={
        "bed_level": "height of the bed, m above the zero of `currentLevel`",
        "bank_level": "height of the bank, likewise",
    },
    step=steps.bank,
)

WATER_LEVEL = Recipe(
    name="water-level",
    inputs={"currentLevel": "m", "alertLevel": "m", "dangerLevel": "m"},
    outputs=(
        number(
            "waterLevelStatus",
            ("Water level status", "สถานะระดับน้ำ"),
            "1 normal, 2 at the warning level or above, 3 at the critical level or above; limits from the"
            " reading (alertLevel, dangerLevel), else from the labels",
            range=(1, 3),
        ),
    ),
    source="levels of each station",
    labels={
        "warning_level": "m, for stations that do not send `alertLevel`",
        "critical_level": "m, for stations that do not send `dangerLevel`",
    },
    step=steps.water_level,
)

FLOOD_DEPTH = Recipe(
    name="flood-depth",
    inputs={"depth": "m"},
    outputs=(
        number(
            "floodDepthLevel",
            ("Flood depth level", "ระดับความลึกน้ำท่วม"),
            "0 below 10 cm, 1 from 10 cm, 2 from 20 cm",
            range=(0, 2),
        ),
    ),
    source="tiers of a public project (U)",
    step=steps.flood_depth,
)

ENVIRONMENT: Mapping[str, tuple[Recipe, ...]] = {
    "AirQualityObserved": (AIR, HEAT),
    "WeatherObserved": (HEAT, RAIN),
    "ClassroomAir": (HEAT,),
    "WaterQualityObserved": (SURFACE_WATER,),
    "FloodMonitoring": (BANK, WATER_LEVEL, FLOOD_DEPTH),
}

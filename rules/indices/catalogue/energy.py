"""Electricity: meters, transformers, lamps, solar arrays, emissions."""

from __future__ import annotations

from collections.abc import Mapping

from rules.indices import steps
from rules.indices.days import Carbon, Demand, SolarDay, TariffPeriod
from rules.indices.energy import Tariff, VoltageBand
from rules.indices.interface import Site
from rules.indices.lamps import Lamp
from rules.indices.recipes import Recipe, choice, number, truth

_UTILITY = {
    "utility": "`mea` or `pea`: whose voltage it should be",
    "nominal_voltage": "instead of `utility`: `230` or `220` (V)",
}

TARIFF = Recipe(
    name="tariff",
    inputs={},
    outputs=(
        choice(
            "touPeriod",
            ("Time-of-use period", "ช่วงเวลาอัตรา TOU"),
            "on-peak Monday to Friday 09:00–22:00 local time, except on public holidays; off-peak otherwise",
            tuple(tariff.value for tariff in Tariff),
        ),
    ),
    source="Metropolitan Electricity Authority",
    stored="readings at which it changes",
    part=lambda site: TariffPeriod(site.context.clock, site.context.tariff),
)


def _demand(metric: str) -> Recipe:
    return Recipe(
        name="demand",
        inputs={metric: "kW"},
        outputs=(
            number(
                "demand15m",
                ("15-minute demand", "ความต้องการพลังไฟฟ้า 15 นาที"),
                f"mean of {metric} over the newest completed quarter of an hour; the largest of a month is"
                " what is charged",
                unit="kW",
                range=(-100000, 100000),
            ),
        ),
        source="Metropolitan Electricity Authority",
        stored="the first reading at or after each quarter of an hour",
        part=lambda site: Demand(site.context.clock, metric),
    )


def _power_factor(active: str, reactive: str) -> Recipe:
    return Recipe(
        name="power-factor",
        inputs={active: "kW", reactive: "kvar"},
        outputs=(
            number(
                "powerFactorDerived",
                ("Power factor (derived)", "ตัวประกอบกำลัง (คำนวณ)"),
                f"|{active}| / √({active}² + {reactive}²); the reactive charge begins at about 0.85",
                range=(0, 1),
            ),
        ),
        source="definition",
        step=lambda _site: steps.factor(active, reactive),
    )


def _voltage(*metrics: str) -> Recipe:
    whose = "the phase farthest from nominal" if len(metrics) > 1 else "voltage"
    return Recipe(
        name="voltage",
        inputs=dict.fromkeys(metrics, "V"),
        outputs=(
            choice(
                "voltageBand",
                ("Voltage band", "ช่วงแรงดันไฟฟ้า"),
                f"of {whose}: normal MEA 214–237 V, PEA 200–240 V; very-low and very-high beyond MEA"
                " 209–240 V, PEA 200–240 V (U)",
                tuple(band.value for band in VoltageBand),
            ),
            number(
                "voltageDeviation",
                ("Voltage deviation", "แรงดันเบี่ยงเบน"),
                f"of {whose}: (V − nominal) / nominal · 100",
                unit="%",
                range=(-100, 500),
            ),
        ),
        source="Metropolitan and Provincial Electricity Authority (U)",
        labels=_UTILITY,
        step=lambda site: steps.voltage(site, metrics),
    )


TRANSFORMER = Recipe(
    name="transformer",
    inputs={"activePower": "kW", "reactivePower": "kvar", "powerFactor": None},
    outputs=(
        number(
            "transformerLoad",
            ("Transformer load", "โหลดหม้อแปลง"),
            "√(activePower² + reactivePower²) / rated · 100, or |activePower / powerFactor| where there is no"
            " reactivePower; 80 warns, 100 alarms, 120 is critical (U)",
            unit="%",
            range=(0, 1000),
        ),
    ),
    source="definition",
    labels={"rated_kva": "rated power of the transformer, kVA"},
    step=steps.transformer,
)

LAMP = Recipe(
    name="lamp",
    inputs={"loadShare": None, "activePower": "kW", "powerState": None, "illuminanceLevel": None},
    outputs=(
        truth(
            "lampOut",
            ("Lamp out", "หลอดดับ"),
            "powerState is on or low and the power below 10 % of rated (of illuminanceLevel of it, when"
            " low) for 2 readings running (U)",
        ),
        truth(
            "dayBurner",
            ("Burning by day", "ไฟติดกลางวัน"),
            "the power is above 20 % of rated between 07:00 and 17:30 local time (U)",
        ),
    ),
    source="project default (U)",
    labels={"rated_kw": "rated power, kW, for lamps that do not send `loadShare`"},
    part=lambda site: Lamp(site.context.clock, site.context.tables.energy.lamps, site.positive("rated_kw")),
)


def _solar(site: Site) -> SolarDay | None:
    rated = site.positive("p_stc")
    return None if rated is None else SolarDay(site.context.clock, site.context.tables.energy.solar, rated)


SOLAR = Recipe(
    name="solar",
    inputs={"activePower": "kW", "irradiance": "W/m²"},
    outputs=(
        number(
            "performanceRatioDay",
            ("Performance ratio of the day", "อัตราสมรรถนะของวัน"),
            "(∫ activePower / P_STC) / (∫ irradiance / 1 kW/m²) since midnight, by trapezoids; from 0.1"
            " kWh/m² on, gaps over 30 min left out of both (U)",
            range=(-1, 10),
        ),
    ),
    source="IEC 61724-1",
    stored="every reading once there was light enough",
    labels={"p_stc": "rated power of the array under standard test conditions, kW"},
    part=_solar,
)


def _carbon(metric: str) -> Recipe:
    return Recipe(
        name="carbon",
        inputs={metric: "kWh"},
        outputs=(
            number(
                "co2e",
                ("CO₂e", "ก๊าซเรือนกระจก CO₂e"),
                f"rise of {metric} since the reading before × the grid's factor on that day (scope 2: 0.4750"
                " kg a kWh since 2026, 0.4999 before (U)); sums over any span",
                unit="kg",
                range=(0, 1000000000),
            ),
        ),
        source="Thailand Greenhouse Gas Management Organization",
        part=lambda site: Carbon(site.context.clock, site.context.tables.emissions, metric),
    )


ENERGY: Mapping[str, tuple[Recipe, ...]] = {
    "EVChargingStation": (TARIFF, _carbon("totalActiveEnergyImport")),
    "ACMeasurement": (
        TARIFF,
        _demand("activePower"),
        _power_factor("activePower", "reactivePower"),
        _voltage("phaseVoltageL1", "phaseVoltageL2", "phaseVoltageL3"),
        TRANSFORMER,
        _carbon("totalActiveEnergyImport"),
    ),
    "SolarInverter": (SOLAR,),
    "Streetlight": (LAMP, _voltage("voltage"), _carbon("energyConsumed")),
    "StreetlightControlCabinet": (
        _power_factor("totalActivePower", "totalReactivePower"),
        _voltage("voltageR", "voltageS", "voltageT"),
        _carbon("energyConsumed"),
    ),
}

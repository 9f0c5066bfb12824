"""What follows from one reading by itself. Each maker answers None for a device that lacks a label."""

from __future__ import annotations

from devices.model import Value, Values
from rules.indices.energy import UtilityForm, apparent_power, farthest, power_factor
from rules.indices.heat import heat_index
from rules.indices.interface import Site, Step, number_of
from rules.indices.mobility import congestion
from rules.indices.scales import rounded
from rules.indices.water import NITROGEN_IN_AMMONIUM, NITROGEN_IN_NITRATE, bank_fill, level_status


def heat(site: Site) -> Step:
    """``heatIndex`` and ``heatLevel``."""
    scale = site.context.tables.heat

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        temperature, humidity = number_of(values, "temperature"), number_of(values, "relativeHumidity")
        if temperature is not None and humidity is not None:
            felt = rounded(heat_index(temperature, humidity), 1)
            fresh["heatIndex"] = felt
            fresh["heatLevel"] = float(scale.of(felt).level)

    return step


def surface_water(site: Site) -> Step:
    """``waterQualityClass``."""
    water = site.context.tables.water

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        nitrate, ammonium = number_of(values, "NO3"), number_of(values, "NH4")
        found = water.surface(
            oxygen=number_of(values, "O2"),
            bod=number_of(values, "bod"),
            acidity=number_of(values, "pH"),
            nitrate_nitrogen=None if nitrate is None else nitrate * NITROGEN_IN_NITRATE,
            ammonia_nitrogen=None if ammonium is None else ammonium * NITROGEN_IN_AMMONIUM,
        )
        if found is not None:
            fresh["waterQualityClass"] = float(found)

    return step


def bank(site: Site) -> Step | None:
    """``bankFill`` and ``bankFillLevel``."""
    bed, top = site.number("bed_level"), site.number("bank_level")
    if bed is None or top is None or bed >= top:
        return None
    water, low, high = site.context.tables.water, bed, top

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        level = number_of(values, "currentLevel")
        if level is not None:
            fill = rounded(bank_fill(level, low, high), 2)
            fresh["bankFill"] = fill
            fresh["bankFillLevel"] = float(water.bank(fill).level)

    return step


def water_level(site: Site) -> Step:
    """``waterLevelStatus``: limits of the reading, else of the labels."""
    warning, critical = site.number("warning_level"), site.number("critical_level")

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        level = number_of(values, "currentLevel")
        if level is None:
            return
        alert, danger = number_of(values, "alertLevel"), number_of(values, "dangerLevel")
        status = level_status(
            level, warning if alert is None else alert, critical if danger is None else danger
        )
        if status is not None:
            fresh["waterLevelStatus"] = float(status)

    return step


def flood_depth(site: Site) -> Step:
    """``floodDepthLevel``."""
    water = site.context.tables.water

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        depth = number_of(values, "depth")
        if depth is not None:
            fresh["floodDepthLevel"] = float(water.depth(depth).level)

    return step


def traffic(site: Site) -> Step | None:
    """``travelTimeIndex``, ``congestion`` and ``levelOfService``."""
    free_flow = site.positive("free_flow")
    if free_flow is None:
        return None
    mobility, free = site.context.tables.mobility, free_flow

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        speed = number_of(values, "averageVehicleSpeed")
        if speed is None or speed < 0 or (speed == 0 and values.get("intensity") == 0):
            return  # no vehicle has no travel time
        index = round(mobility.travel_time_index(speed, free), 4)
        fresh["travelTimeIndex"] = index
        fresh["congestion"] = round(congestion(index), 2)
        fresh["levelOfService"] = mobility.level_of_service(speed, free).level

    return step


def headway(site: Site) -> Step | None:
    """``headwayRatio`` and ``headwayAdherence``."""
    planned = site.positive("scheduled_headway")
    if planned is None:
        return None
    mobility, scheduled = site.context.tables.mobility, planned

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        ahead = number_of(values, "headway")
        if ahead is not None:
            fresh["headwayRatio"] = round(ahead / scheduled, 4)
            fresh["headwayAdherence"] = 1.0 if mobility.keeps_headway(ahead, scheduled) else 0.0

    return step


def factor(active: str, reactive: str) -> Step:
    """``powerFactorDerived`` of these two metrics."""

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        power, idle = number_of(values, active), number_of(values, reactive)
        if power is not None and idle is not None:
            found = power_factor(power, idle)
            if found is not None:
                fresh["powerFactorDerived"] = round(found, 4)

    return step


def utility_of(site: Site) -> UtilityForm | None:
    """The utility that a device's labels name: by its name, or by its nominal voltage; else the city's."""
    form = site.context.tables.energy.voltage
    name = site.device.labels.get("utility", "").strip().lower()
    if name:
        return form.utilities.get(name)
    nominal = site.number("nominal_voltage")
    if nominal is not None:
        return next((one for one in form.utilities.values() if one.nominal == nominal), None)
    return form.utilities.get(form.default) if form.default else None


def voltage(site: Site, metrics: tuple[str, ...]) -> Step | None:
    """``voltageBand`` and ``voltageDeviation`` of the phase that is farthest from nominal."""
    utility = utility_of(site)
    if utility is None:
        return None
    promised = utility

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        measured = {name: found for name in metrics if (found := number_of(values, name)) is not None}
        worst = farthest(measured, promised)
        if worst is not None:
            fresh["voltageBand"] = promised.band(worst).value
            fresh["voltageDeviation"] = round(promised.deviation(worst), 2)

    return step


def transformer(site: Site) -> Step | None:
    """``transformerLoad``."""
    rated_kva = site.positive("rated_kva")
    if rated_kva is None:
        return None
    rated = rated_kva

    def step(_time: int, values: Values, fresh: dict[str, Value]) -> None:
        active = number_of(values, "activePower")
        if active is None:
            return
        apparent = apparent_power(
            active, number_of(values, "reactivePower"), number_of(values, "powerFactor")
        )
        if apparent is not None:
            fresh["transformerLoad"] = round(apparent / rated * 100.0, 2)

    return step

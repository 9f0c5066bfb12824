"""Buildings, street lighting, solar roofs and batteries. Nominal 230 V between phase and neutral (MEA)."""

from __future__ import annotations

import math
from dataclasses import replace

from devices.model import Value
from simulators.models.rhythm import bump, plateau
from simulators.models.scene import HOUR, MINUTE, Scene


def building_meter(scene: Scene) -> dict[str, Value]:
    """A public building: air conditioning through the working day, more of it when it is hot."""
    now = scene.now
    open_ = _office(now.hour) * (0.35 if now.weekend else 1.0)
    heat = max(0.0, scene.sky.temperature - 25) / 10
    power = scene.trait("size", 40, 120) * (0.18 + 0.6 * open_ + 0.2 * open_ * heat)
    power *= 1 + 0.05 * scene.walk("power", 6 * MINUTE) + 0.01 * scene.flicker("power")
    factor = 0.93 + 0.02 * scene.walk("factor", HOUR)
    values: dict[str, Value] = {
        "activePower": round(power, 2),
        "reactivePower": round(power * math.tan(math.acos(factor)), 2),
        "powerFactor": round(factor, 3),
        "frequency": round(50 + 0.03 * scene.noise.wander("grid", scene.time, MINUTE), 3),
        "thdVoltage": round(0.028 + 0.006 * scene.walk("thd", HOUR), 4),
        "totalActiveEnergyImport": round(scene.total(scene.trait("size", 40, 120) * 11, _office), 1),
    }
    for phase in ("L1", "L2", "L3"):
        voltage = _voltage(scene, phase)
        values[f"phaseVoltage{phase}"] = round(voltage, 1)
        values[f"current{phase}"] = round(power * 1_000 / 3 / voltage / factor, 1)
    return values


def street_light(scene: Scene) -> dict[str, Value]:
    """An LED lamp: on from dusk to dawn, dimmed after midnight."""
    lit, rated = lamps_on(scene.now.hour), 0.12
    dimmed = 0.6 if 0.5 < scene.now.hour < 5 else 1.0
    share = dimmed * (0.97 + 0.02 * scene.walk("power")) if lit else 0.0
    voltage = _voltage(scene, "lamp")
    return {
        "status": "ok",
        "powerState": "off" if not lit else "on" if dimmed == 1.0 else "low",
        "illuminanceLevel": dimmed if lit else 0.0,
        "activePower": round(rated * share, 4),
        "loadShare": round(share, 3),
        "voltage": round(voltage, 1),
        "current": round(rated * share * 1_000 / voltage, 3),
        "energyConsumed": round(scene.total(rated * 9.5, _lit), 3),
    }


def lighting_cabinet(scene: Scene) -> dict[str, Value]:
    """The cabinet that feeds a street's lamps."""
    lit = lamps_on(scene.now.hour)
    power = scene.trait("size", 5, 9) * (0.6 if 0.5 < scene.now.hour < 5 else 1.0) if lit else 0.05
    values: dict[str, Value] = {
        "energyConsumed": round(scene.total(scene.trait("size", 5, 9) * 9.5, _lit), 2),
        "totalActivePower": round(power * (1 + 0.01 * scene.walk("power")), 3),
        "workingMode": "automatic",
        "doorOpen": False,
        "temperature": round(scene.sky.temperature + 4 + power / 2, 1),
    }
    for phase in "RST":
        voltage = _voltage(scene, phase)
        values[f"voltage{phase}"] = round(voltage, 1)
        values[f"intensity{phase}"] = round(power * 1_000 / 3 / voltage / 0.95, 2)
        values[f"powerFactor{phase}"] = round(0.95 + 0.01 * scene.walk(phase, HOUR), 3)
    return values


def solar_inverter(scene: Scene) -> dict[str, Value]:
    """A roof under this sky; the modules are warmer than the air by what the sun puts into them.

    Its rated power is the label ``p_stc`` (kW), where it has one.
    """
    sky, size = scene.sky, scene.label("p_stc") or scene.trait("size", 20, 90)
    irradiance = 1_000 * sky.sun * (1 + 0.06 * scene.walk("haze", 3 * MINUTE))
    module = sky.temperature + 0.028 * irradiance
    ratio = 0.86 - 0.0035 * max(0.0, module - 25) + 0.01 * scene.walk("ratio", HOUR)
    power = size * irradiance / 1_000 * ratio
    voltage = 640 - 1.2 * (module - 25) if irradiance > 5 else 0.0
    return {
        "status": "ok" if irradiance > 20 else "standby",
        "activePower": round(power, 2),
        "dcPower": round(power * 1.025, 2),
        "dcVoltage": round(voltage, 1),
        "dcCurrent": round(power * 1_025 / voltage if voltage else 0.0, 2),
        "irradiance": round(irradiance, 0),
        "moduleTemperature": round(module, 1),
        "temperature": round(sky.temperature + 5 + 18 * power / size, 1),
        "performanceRatio": round(ratio, 3),
        "totalActiveEnergyExport": round(scene.total(size * 3.9, _daylight), 1),
    }


def battery_storage(scene: Scene) -> dict[str, Value]:
    """Charged by the noon sun, discharged into the evening peak."""
    hour, size = scene.now.hour, scene.trait("size", 50, 150)
    power = size * (0.3 * bump(hour, 19.5, 1.4) - 0.25 * bump(hour, 12, 1.7))
    idle = abs(power) < 0.01 * size
    charge = 0.32 + 0.55 * plateau(hour, 12, 19.5, 5) + 0.02 * scene.walk("charge", 3 * HOUR)
    voltage = 700 + 80 * charge
    return {
        "status": "idle" if idle else "discharging" if power > 0 else "charging",
        "stateOfCharge": round(charge, 3),
        "stateOfHealth": round(scene.trait("health", 0.9, 0.98), 3),
        "activePower": 0.0 if idle else round(power, 2),
        "voltage": round(voltage, 1),
        "current": 0.0 if idle else round(power * 1_000 / voltage, 2),
        "temperature": round(27 + 6 * abs(power) / size + scene.walk("temperature", 2 * HOUR), 1),
        "totalActiveEnergyImport": round(scene.total(size * 1.06, _noon), 1),
        "totalActiveEnergyExport": round(scene.total(size * 1.0, _evening), 1),
    }


def supply(scene: Scene) -> dict[str, Value]:
    """A feeder: now and then a branch of it is without supply for less than an hour."""
    served = round(scene.label("customers") or scene.trait("customers", 1_800, 5_200))
    branch = max(1, round(served * scene.trait("branch", 0.005, 0.02)))
    out = branch if _interrupted(scene) else 0
    before = _interrupted(replace(scene, time=scene.time - scene.device.interval))
    return {
        "customersServed": float(served),
        "customersOut": float(out),
        "customersInterrupted": float(0 if before else out),
        "customerMinutes": round(out * scene.device.interval / MINUTE, 1),
    }


def _interrupted(scene: Scene) -> bool:
    draw, over = scene.spell("supply", 24 * HOUR)
    return draw < 0.15 and over < 0.03


def lamps_on(hour: float) -> bool:
    """From dusk to dawn in the tropics."""
    return hour >= 18.25 or hour < 6.1


def _voltage(scene: Scene, phase: str) -> float:
    """Volts of a phase: the feeder sags a little in the evening."""
    sag = 2.5 * bump(scene.now.hour, 19, 2.5)
    feeder = 1.2 * scene.shared("voltage", HOUR)
    return 230.5 - sag + feeder + 0.6 * scene.walk(f"volt{phase}", 5 * MINUTE)


def _office(hour: float) -> float:
    return 0.05 + plateau(hour, 7.5, 18.5, 2)


def _lit(hour: float) -> float:
    if not lamps_on(hour):
        return 0.0
    return 0.6 if 0.5 < hour < 5 else 1.0


def _daylight(hour: float) -> float:
    return math.sin(math.pi * (hour - 6) / 12) if 6 < hour < 18 else 0.0


def _noon(hour: float) -> float:
    return bump(hour, 12, 1.7)


def _evening(hour: float) -> float:
    return bump(hour, 19.5, 1.4)

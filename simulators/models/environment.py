"""Air, weather, noise, canals and bins."""

from __future__ import annotations

import math

from devices.model import Value
from simulators.models.rhythm import bump, rush
from simulators.models.scene import DAY, HOUR, MINUTE, Scene


def air_quality(scene: Scene) -> dict[str, Value]:
    """Dust that the zone shares, more of it beside traffic; gases that follow the traffic, ozone the sun."""
    sky, busy = scene.sky, rush(scene.now)
    near_road = 1.15 if scene.device.labels.get("site") == "road" else 1.0
    pm25 = max(2.0, sky.dust * near_road * scene.trait("gain", 0.94, 1.06) + 1.2 * scene.walk("pm25"))
    no2 = 12 + 22 * busy * near_road + 4 * scene.walk("no2")
    return {
        "pm25": round(pm25 + 0.2 * scene.flicker("pm25"), 1),
        "pm10": round(pm25 * 1.65 + 2 * scene.walk("pm10"), 1),
        "no2": round(no2, 1),
        "o3": round(max(1.0, 12 + 30 * sky.sun - 0.2 * no2 + 4 * scene.walk("o3")), 1),
        "co": round(max(0.1, 0.4 + 0.7 * busy * near_road + 0.1 * scene.walk("co")), 2),
        "temperature": round(sky.temperature + 0.3 * scene.walk("temperature"), 1),
        "relativeHumidity": round(min(1.0, max(0.2, sky.humidity + 0.01 * scene.walk("humidity"))), 3),
    }


def weather(scene: Scene) -> dict[str, Value]:
    """The sky of the zone, as a mast reads it. Dew point by Magnus's formula (Alduchov and Eskridge 1996)."""
    sky = scene.sky
    temperature = sky.temperature + 0.2 * scene.walk("temperature")
    humidity = min(1.0, max(0.2, sky.humidity))
    magnus = math.log(humidity) + 17.625 * temperature / (243.04 + temperature)
    gust = max(0.0, sky.wind * (1 + 0.3 * scene.walk("wind", MINUTE)))
    return {
        "temperature": round(temperature, 1),
        "relativeHumidity": round(humidity, 3),
        "dewPoint": round(243.04 * magnus / (17.625 - magnus), 1),
        "atmosphericPressure": round(sky.pressure, 1),
        "windSpeed": round(gust, 1),
        "windDirection": round((sky.wind_direction + 20 * scene.walk("direction", 10 * MINUTE)) % 360, 0),
        "precipitation": round(sky.rain * scene.device.interval / HOUR, 2),
        "solarRadiation": round(980 * sky.sun, 0),
        "uVIndexMax": round(9.5 * sky.sun, 1),
    }


def noise_level(scene: Scene) -> dict[str, Value]:
    """Traffic by day; beside a night market the evening is louder than the day."""
    now = scene.now
    evening = 4 * bump(now.hour, 20.5, 2) if scene.device.labels.get("site") == "night-market" else 0.0
    level = 49 + 13 * rush(now) ** 0.5 + evening + scene.trait("level", -2, 2)
    level += 1.5 * scene.walk("level", 10 * MINUTE) + 0.8 * scene.flicker("level")
    loudest = level + 7 + 3 * abs(scene.flicker("loudest"))
    return {
        "LAeq": round(level, 1),
        "LAmax": round(loudest, 1),
        "LA90": round(level - 6 - scene.trait("background", 0, 3), 1),
    }


def water_quality(scene: Scene) -> dict[str, Value]:
    """A canal: oxygen from the day's light and fresh rain, less of it where the water stands."""
    sky, now = scene.sky, scene.now
    light = bump(now.hour, 15, 4)
    oxygen = 4.7 + scene.trait("oxygen", 0, 1.0) + 0.5 * light + 0.4 * scene.walk("oxygen", 4 * HOUR)
    bod = 2.1 + scene.trait("bod", 0, 0.9) + 0.3 * scene.walk("bod", 6 * HOUR)
    return {
        "temperature": round(28.2 + 1.4 * light + 0.4 * scene.shared("water", 12 * HOUR), 1),
        "pH": round(7.2 + 0.2 * light + 0.15 * scene.walk("ph", 6 * HOUR), 2),
        "O2": round(oxygen + 0.05 * scene.flicker("oxygen"), 2),
        "bod": round(bod, 2),
        "turbidity": round(max(1.0, 18 + 6 * scene.walk("turbidity", 3 * HOUR) + 15 * sky.wet), 1),
        "conductivity": round(460 + 70 * scene.shared("salt", DAY) - 60 * sky.wet, 0),
        "NH4": round(max(0.05, 0.3 + 0.1 * scene.walk("ammonium", 8 * HOUR)), 2),
    }


def flood_level(scene: Scene) -> dict[str, Value]:
    """Water in a canal, metres above sea level: two tides a day, and the rain of the last hours."""
    tide = 0.12 * math.sin(2 * math.pi * (scene.time % (12.42 * HOUR)) / (12.42 * HOUR))
    level = 0.15 + scene.trait("bed", -0.05, 0.05) + tide + 0.22 * scene.sky.wet
    level += 0.03 * scene.shared("level", 2 * HOUR) + 0.008 * scene.walk("level", 5 * MINUTE)
    sensor = 2.4
    return {
        "currentLevel": round(level, 3),
        "referenceLevel": sensor,
        "measuredDistance": round(sensor - level, 3),
        "alertLevel": 0.9,
        "dangerLevel": 1.2,
        "depth": 0.0,
    }


def waste_container(scene: Scene) -> dict[str, Value]:
    """A bin that fills through the day and is emptied about once a day, at an hour of its own round."""
    draw, passed = scene.spell("round", DAY)
    filling = 0.05 + passed * (0.48 + 0.2 * draw)
    return {
        "fillingLevel": round(filling, 3),
        "temperature": round(scene.sky.temperature + 2 + 3 * filling, 1),
        "cargoWeight": round(filling * scene.trait("weight", 90, 160), 1),
        "status": "ok",
    }

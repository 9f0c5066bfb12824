"""What devices would measure: one model per observation type, a file per domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.catalog import Catalog
from devices.model import Device, Position, Value, Values
from devices.types import Metric, MetricType, ObservationType
from simulators.models import economy, energy, environment, governance, living, mobility, people
from simulators.models.climate import Climate
from simulators.models.generic import generic
from simulators.models.scene import Model, Scene
from simulators.noise import Noise

MODELS: Mapping[str, Model] = {
    "AirQualityObserved": environment.air_quality,
    "WeatherObserved": environment.weather,
    "NoiseLevelObserved": environment.noise_level,
    "WaterQualityObserved": environment.water_quality,
    "FloodMonitoring": environment.flood_level,
    "WasteContainer": environment.waste_container,
    "TrafficFlowObserved": mobility.traffic_flow,
    "PublicTransportVehicle": mobility.bus,
    "ParkingSpot": mobility.parking_spot,
    "EVChargingStation": mobility.ev_charging,
    "ACMeasurement": energy.building_meter,
    "Streetlight": energy.street_light,
    "StreetlightControlCabinet": energy.lighting_cabinet,
    "SolarInverter": energy.solar_inverter,
    "BatteryStorage": energy.battery_storage,
    "PowerInterruption": energy.supply,
    "CameraHealth": living.camera,
    "WaterPressure": living.water_pressure,
    "BedOccupancy": living.hospital_beds,
    "EmergencyResponse": living.emergency_response,
    "PublicWifi": people.public_wifi,
    "ClassroomAir": people.classroom,
    "ClassAttendance": people.class_attendance,
    "ServiceProbe": governance.service_probe,
    "CitizenReport": governance.citizen_report,
    "DatasetFreshness": governance.dataset_freshness,
    "Footfall": economy.footfall,
    "StallOccupancy": economy.stall_occupancy,
    "CashlessPayments": economy.cashless_payments,
    "SoilMoisture": economy.soil,
}

PLACES: Mapping[str, Callable[[Scene], Position | None]] = {"PublicTransportVehicle": mobility.bus_position}
"""Types whose devices move, and where they are."""


class World:
    """The whole city, measured: a function of seed, device and moment."""

    def __init__(self, catalog: Catalog, noise: Noise, timezone: str) -> None:
        self._catalog, self._noise = catalog, noise
        self.climate = Climate(noise, timezone)
        self._models: dict[str, Model] = {}

    def sample(self, device: Device, kind: str, time: int) -> dict[str, Value]:
        """What a device in good order measures at ``time`` (ms), every value within the type's range."""
        observed = self._catalog[kind]
        model = self._models.get(kind) or self._models.setdefault(kind, _model(observed))
        return fitted(model(self._scene(device, time)), observed)

    def position(self, device: Device, kind: str, time: int) -> Position | None:
        """Where a device that moves is; None for one that stands still."""
        place = PLACES.get(kind)
        return place(self._scene(device, time)) if place else None

    def _scene(self, device: Device, time: int) -> Scene:
        return Scene(device, time, self._noise, self.climate)


def _model(kind: ObservationType) -> Model:
    """The type's own model, with whatever else the city's version of the type needs; or the generic one."""
    own, rest = MODELS.get(kind.name), generic(kind)
    needed = [metric.name for metric in kind.metrics.values() if metric.required]
    if own is None or not needed:
        return own or rest

    def measure(scene: Scene) -> dict[str, Value]:
        values = own(scene)
        if all(name in values for name in needed):
            return values
        return {name: value for name, value in rest(scene).items() if name in needed} | values

    return measure


def fitted(values: Values, kind: ObservationType) -> dict[str, Value]:
    """The values that are metrics of the type, numbers held to their ranges."""
    return {name: _held(value, kind.metrics[name]) for name, value in values.items() if name in kind.metrics}


def _held(value: Value, metric: Metric) -> Value:
    if metric.type is not MetricType.NUMBER or metric.range is None or not isinstance(value, float):
        return value
    low, high = metric.range
    return min(high, max(low, value))

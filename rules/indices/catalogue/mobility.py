"""Traffic and public transport."""

from __future__ import annotations

from collections.abc import Mapping

from rules.indices import steps
from rules.indices.recipes import Recipe, choice, number

TRAFFIC = Recipe(
    name="traffic",
    inputs={"averageVehicleSpeed": "km/h", "intensity": "vehicles"},
    outputs=(
        number(
            "travelTimeIndex",
            ("Travel time index", "ดัชนีเวลาเดินทาง"),
            "free-flow speed / speed; 20 at most, which is what standing traffic has (U). Nothing where no"
            " vehicle was counted at speed 0",
            range=(0, 20),
        ),
        number(
            "congestion",
            ("Congestion", "ระดับการติดขัด"),
            "(travelTimeIndex − 1) · 100; below 0 traffic is faster than free flow",
            unit="%",
            range=(-100, 1900),
        ),
        choice(
            "levelOfService",
            ("Level of service", "ระดับการให้บริการของถนน"),
            "A above 85 % of free-flow speed, B above 67, C above 50, D above 40, E above 30, else F (U)",
            ("A", "B", "C", "D", "E", "F"),
        ),
    ),
    source="U4SSC (ITU-T Y.4903); HCM urban streets",
    labels={"free_flow": "free-flow speed, km/h"},
    step=steps.traffic,
)

HEADWAY = Recipe(
    name="headway",
    inputs={"headway": "s"},
    outputs=(
        number(
            "headwayRatio",
            ("Headway ratio", "สัดส่วนช่วงห่างต่อแผน"),
            "headway / scheduled headway: below 0.5 vehicles bunch, above 1.5 there is a gap",
            range=(0, 14400),
        ),
        number(
            "headwayAdherence",
            ("Headway adherence", "การรักษาช่วงห่าง"),
            "1 within ±50 % of schedule (U), else 0: its mean is the share of headways kept",
            range=(0, 1),
        ),
    ),
    source="project default (U)",
    labels={"scheduled_headway": "s"},
    step=steps.headway,
)

MOBILITY: Mapping[str, tuple[Recipe, ...]] = {
    "TrafficFlowObserved": (TRAFFIC,),
    "PublicTransportVehicle": (HEADWAY,),
}

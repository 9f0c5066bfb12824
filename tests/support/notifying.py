"""What tests of notification share: a city to speak of, and a composer of messages in one language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from devices.model import Text
from services.alerts.notify.channels.composing import Composer
from services.alerts.notify.message import Writer
from services.alerts.notify.words import Language, Setting

SETTING = Setting(
    id="bangkok-pilot",
    name=Text("Bangkok pilot", "กรุงเทพฯ นำร่อง"),
    timezone=ZoneInfo("Asia/Bangkok"),
    zones={"samyan": Text("Samyan", "สามย่าน")},
    services={"air-quality": Text("Air quality", "คุณภาพอากาศ")},
    units={"pm25": "µg/m³"},
    console="https://console.example.org",
)

_WRITER = Writer(SETTING)  # here, since it reads files


def composer(language: Language = "en") -> Composer:
    """Writes to everybody in that language."""
    return Composer(_WRITER, lambda _receiver: language)

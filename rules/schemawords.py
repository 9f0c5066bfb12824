"""What an editor tells an author about each key of a rule file: help in both languages, and snippets.

Most English stands in the forms, beside the keys; here is the rest of it, the Thai, and the help of the kinds
of condition, whose meaning no single form says. A test sees that no key is without either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Help(NamedTuple):
    """What a key means, in both languages, and how it is written."""

    en: str
    th: str
    example: str = ""


KINDS: Mapping[str, Help] = {
    "above": Help(
        "True when the value is greater; once true, until it is `clear_below` or less.",
        "เป็นจริงเมื่อค่ามากกว่าเกณฑ์ และคงอยู่จนค่าลงถึง clear_below หรือน้อยกว่า",
        "{above: 37.5, clear_below: 35}",
    ),
    "below": Help(
        "True when the value is less; once true, until it is `clear_above` or more.",
        "เป็นจริงเมื่อค่าน้อยกว่าเกณฑ์ และคงอยู่จนค่าขึ้นถึง clear_above หรือมากกว่า",
        "{below: 2, clear_above: 2.5}",
    ),
    "outside": Help(
        "True when the value is less than the first or greater than the second; once true, until it is within"
        " `clear_within`.",
        "เป็นจริงเมื่อค่าอยู่นอกช่วง และคงอยู่จนค่ากลับเข้าในช่วง clear_within",
        "{outside: [209, 240], clear_within: [214, 237]}",
    ),
    "equals": Help("True when the value is this one.", "เป็นจริงเมื่อค่าเท่ากับค่านี้", "{equals: fault}"),
    "in": Help(
        "True when the value is one of these.", "เป็นจริงเมื่อค่าเป็นค่าใดค่าหนึ่งในรายการ", "{in: [fault, offline]}"
    ),
    "window": Help(
        "The aggregate of the readings over a span compares so. Below its coverage it says nothing.",
        "เปรียบเทียบค่าสรุปของค่าที่วัดได้ในช่วงเวลา หากข้อมูลครบไม่ถึง coverage จะไม่ตัดสิน",
        "{window: {agg: mean, over: 24h, coverage: 0.75}, above: 37.5}",
    ),
    "change": Help(
        "Newest minus oldest reading in a span compares so.",
        "เปรียบเทียบผลต่างของค่าล่าสุดกับค่าเก่าสุดในช่วงเวลา",
        "{change: {over: 10m}, above: 0.3}",
    ),
    "deviation": Help(
        "The reading minus that of the other devices of its zone compares so.",
        "เปรียบเทียบผลต่างของค่าจากอุปกรณ์นี้กับอุปกรณ์อื่นในโซนเดียวกัน",
        "{deviation: {agg: median, min_devices: 3}, outside: [-20, 20]}",
    ),
    "anomaly": Help(
        "How unusual the reading is for its device, as a score from 0 to 1, compares so.",
        "เปรียบเทียบคะแนนความผิดปกติของค่า ตั้งแต่ 0 ถึง 1",
        "{anomaly: {}, above: 0.9}",
    ),
    "stuck": Help(
        "True when the readings in a span hardly differ: a sensor that hangs.",
        "เป็นจริงเมื่อค่าที่วัดได้ในช่วงเวลาแทบไม่เปลี่ยน เช่น เซนเซอร์ค้าง",
        "{stuck: {over: 2h, tolerance: 0}}",
    ),
    "absent": Help(
        "True when nothing was heard for a while; without `after`: three intervals.",
        "เป็นจริงเมื่อไม่ได้รับข้อมูลนานเกินกำหนด หากไม่ระบุ after คือสามช่วงรายงาน",
        "{absent: {after: 15m, of: device}}",
    ),
    "quorum": Help(
        "True when several devices of a zone meet a condition at the same time.",
        "เป็นจริงเมื่ออุปกรณ์หลายตัวในโซนเข้าเงื่อนไขพร้อมกัน",
        "{quorum: {of: {above: 75}, at_least: 3}}",
    ),
    "sequence": Help(
        "True when a second rule fires within a span after a first one.",
        "เป็นจริงเมื่อกฎที่สองเกิดขึ้นภายในช่วงเวลาหลังกฎแรก",
        "{sequence: {first: heavy-rain, then: road-wet, within: 10m}}",
    ),
    "geofence": Help(
        "True while the reading's location is in a zone, or outside it. `for` is how long it must stay so.",
        "เป็นจริงขณะตำแหน่งของอุปกรณ์อยู่ในหรือนอกโซน โดย for คือเวลาที่ต้องคงอยู่",
        "{geofence: {zone: samyan, is: in}}",
    ),
    "expr": Help(
        "True when the expression (CEL) over the reading's metrics is.",
        "เป็นจริงเมื่อนิพจน์ (CEL) จากค่าต่าง ๆ ในรายงานเดียวกันเป็นจริง",
        '{expr: "pm25 > 37.5 && temperature > 30"}',
    ),
    "all": Help(
        "True while all of these rules fire, on the same device or zone.",
        "เป็นจริงขณะกฎทั้งหมดเกิดขึ้นพร้อมกันที่อุปกรณ์หรือโซนเดียวกัน",
        "{all: [hot, humid]}",
    ),
    "any": Help(
        "True while one of these rules fires.", "เป็นจริงขณะกฎใดกฎหนึ่งเกิดขึ้น", "{any: [flooded, raining]}"
    ),
    "not": Help("True while this rule does not fire.", "เป็นจริงขณะกฎนี้ไม่เกิดขึ้น", "{not: maintenance}"),
}
"""The kinds of condition, by the key of ``when`` that says which it is."""

THAI: Mapping[str, str] = {
    "GroupForm.group": "ชื่อกลุ่ม เป็นส่วนหนึ่งของชื่อกฎทุกข้อ",
    "GroupForm.domain": "ด้านของเมืองอัจฉริยะที่การแจ้งเตือนสังกัด",
    "GroupForm.rules": "กฎทั้งหมดของกลุ่ม",
    "GroupForm.tests": "การทดสอบกฎในไฟล์นี้",
    "RuleForm.id": "รหัสของกฎ ไม่ซ้ำในกลุ่ม ที่อื่นเรียกว่า กลุ่ม/รหัส",
    "RuleForm.on": "สิ่งที่กฎอ่าน: ชนิดข้อมูล.ค่า หรือเฉพาะชนิดข้อมูลเมื่อตรวจการขาดการติดต่อ",
    "RuleForm.where": "อุปกรณ์ที่กฎใช้ ต้องเข้าทุกบรรทัด",
    "RuleForm.when": "เงื่อนไขที่ถือว่าผิดปกติ",
    "RuleForm.levels": "เกณฑ์ของแต่ละระดับความรุนแรง",
    "RuleForm.for": "ต้องเป็นจริงต่อเนื่องนานเท่าใดจึงแจ้งเตือน",
    "RuleForm.keep_firing_for": "ต้องหายนานเท่าใดจึงปิดการแจ้งเตือน",
    "RuleForm.severity": "ระดับความรุนแรงเมื่อไม่มี levels",
    "RuleForm.schedule": "ช่วงเวลาที่กฎทำงาน นอกช่วงนี้เงื่อนไขเป็นเท็จ",
    "RuleForm.lateness": "รอข้อมูลที่มาช้าหรือสลับลำดับนานเท่าใด",
    "RuleForm.mode": "live: ใช้งานจริง, shadow: บันทึกแต่ไม่ประกาศ",
    "RuleForm.against": "กฎที่ใช้งานจริงซึ่งกฎ shadow นี้จะมาแทน",
    "RuleForm.title": "หัวข้อการแจ้งเตือน ใช้ตัวแปรได้ เช่น {zone}",
    "RuleForm.advice": "คำแนะนำว่าควรทำอะไร",
    "WordingForm.en": "ข้อความภาษาอังกฤษ",
    "WordingForm.th": "ข้อความภาษาไทย",
    "WhereForm.zones": "รหัสโซน",
    "WhereForm.devices": "รหัสอุปกรณ์ หรือแบบย่อ เช่น aq-*",
    "WhereForm.labels": "ป้ายกำกับและค่าที่ยอมรับ",
    "WhereForm.services": "รหัสบริการที่อุปกรณ์สังกัด",
    "LevelsForm.warning": "เกณฑ์ของระดับเฝ้าระวัง",
    "LevelsForm.minor": "เกณฑ์ของระดับเล็กน้อย",
    "LevelsForm.major": "เกณฑ์ของระดับรุนแรง",
    "LevelsForm.critical": "เกณฑ์ของระดับวิกฤต",
    "ScheduleForm.days": "วันในสัปดาห์ เช่น mon-fri",
    "ScheduleForm.hours": "ช่วงเวลาของวัน เช่น 06:00-20:00",
    "ScheduleForm.holidays": "วันหยุดราชการ: include นับตามปกติ, exclude ไม่นับ, only เฉพาะวันหยุด",
    "ScheduleForm.period": "ช่วงอัตราค่าไฟฟ้า TOU: on-peak หรือ off-peak",
    "TestForm.name": "สิ่งที่การทดสอบนี้แสดง",
    "TestForm.city": "ใช้อุปกรณ์ของเมืองนี้",
    "TestForm.start": "เวลาเริ่ม หากไม่ระบุคือวันจันทร์ 2026-01-05 00:00 เวลาเมือง",
    "TestForm.devices": "อุปกรณ์ที่มีเฉพาะในการทดสอบ",
    "TestForm.observe": "ข้อมูลที่ส่งเข้ามาระหว่างการทดสอบ",
    "TestForm.expect": "การแจ้งเตือนที่ต้องเกิดขึ้นพอดี ณ เวลานั้น",
    "TestDeviceForm.id": "รหัสอุปกรณ์",
    "TestDeviceForm.type": "ชนิดข้อมูลที่ส่ง",
    "TestDeviceForm.zone": "โซนที่ตั้งอยู่",
    "TestDeviceForm.service": "บริการที่สังกัด",
    "TestDeviceForm.name": "ชื่อที่ใช้เรียก",
    "TestDeviceForm.interval": "รายงานทุกเท่าใด",
    "TestDeviceForm.labels": "ป้ายกำกับ",
    "TestDeviceForm.location": "ตำแหน่ง [ลองจิจูด, ละติจูด]",
    "ObserveForm.device": "รหัสอุปกรณ์ หนึ่งหรือหลายตัว",
    "ObserveForm.type": "ชนิดข้อมูล หากไม่ระบุคือชนิดแรกของอุปกรณ์",
    "ObserveForm.at": "ส่งครั้งเดียว หลังเริ่มนานเท่านี้",
    "ObserveForm.from": "ครั้งแรกของหลายครั้ง",
    "ObserveForm.every": "ส่งทุกเท่าใด",
    "ObserveForm.for": "ส่งต่อเนื่องนานเท่าใด ไม่รวมจุดสิ้นสุด",
    "ObserveForm.values": "ค่าที่วัดได้ หรือรายการค่าทีละครั้ง",
    "ObserveForm.location": "ตำแหน่ง [ลองจิจูด, ละติจูด]",
    "ObserveForm.received": "เวลาที่ได้รับ หากมาช้ากว่าที่วัด",
    "ExpectForm.at": "เวลาหลังเริ่ม หรือวันเวลา",
    "ExpectForm.alerts": "การแจ้งเตือนทั้งหมดที่กำลังเกิด",
    "ExpectedForm.rule": "รหัสกฎในไฟล์นี้",
    "ExpectedForm.device": "รหัสอุปกรณ์",
    "ExpectedForm.zone": "รหัสโซน",
    "ExpectedForm.service": "รหัสบริการ",
    "ExpectedForm.severity": "ระดับความรุนแรง",
    "clear_below": "เมื่อเกินแล้ว คงอยู่จนค่าลงถึงค่านี้",
    "clear_above": "เมื่อต่ำแล้ว คงอยู่จนค่าขึ้นถึงค่านี้",
    "clear_within": "เมื่อนอกช่วงแล้ว คงอยู่จนกลับเข้าในช่วงนี้",
    "agg": "วิธีสรุปค่า",
    "over": "ช่วงเวลาที่ใช้",
    "per": "หน่วยเวลาของอัตรา เช่น 1h",
    "coverage": "สัดส่วนข้อมูลที่ต้องมี 0 ถึง 1",
    "tumbling": "คำนวณเป็นช่วงต่อเนื่องที่ไม่ซ้อนกัน",
    "relative": "คิดเป็นสัดส่วนของค่าเก่าสุด",
    "tolerance": "ผลต่างที่ยังถือว่าค้าง",
    "after": "เงียบได้นานเท่าใด",
    "of": "ของอุปกรณ์ โซน หรือบริการ หรือเงื่อนไขของแต่ละอุปกรณ์",
    "at_least": "จำนวนอุปกรณ์ขั้นต่ำ",
    "share": "สัดส่วนอุปกรณ์ขั้นต่ำ 0 ถึง 1",
    "radius": "ระยะห่างไม่เกิน เช่น 500m",
    "min_devices": "จำนวนอุปกรณ์อื่นขั้นต่ำ",
    "not": "รหัสของกฎที่ต้องไม่เกิดขึ้น",
    "first": "กฎแรก",
    "then": "กฎที่ตามมา",
    "within": "ภายในช่วงเวลา",
    "zone": "รหัสโซน",
    "is": "in อยู่ใน หรือ out อยู่นอก",
    "season": "ตามรอบวันหรือสัปดาห์เท่าที่ช่วยพยากรณ์ได้",
    "direction": "นับค่าที่สูงเกินหรือต่ำเกิน",
    "sensitivity": "ความไว ค่ามากเตือนเร็วขึ้น",
    "settle": "ระดับใหม่ต้องคงอยู่นานเท่าใดจึงถือว่าปกติ",
}
"""Thai help by ``Form.key``, or by the key alone where it means the same wherever it stands."""

ENGLISH: Mapping[str, str] = {
    "GroupForm.rules": "What is wrong, one entry each.",
    "GroupForm.tests": "Readings that come and alerts that must follow, for the rules of this file.",
    "RuleForm.where": "The devices it is about: all that meet each line. Left out: all that send the type.",
    "RuleForm.levels": "One alert whose severity moves: a limit for each severity.",
    "WordingForm.en": "In English.",
    "WordingForm.th": "In Thai.",
    "LevelsForm.warning": "The limit from which it is a warning.",
    "LevelsForm.minor": "The limit from which it is minor.",
    "LevelsForm.major": "The limit from which it is major.",
    "LevelsForm.critical": "The limit from which it is critical.",
    "TestForm.name": "What the test shows.",
    "TestForm.devices": "Devices that are there in the test only, or differ there from the city's.",
    "TestForm.observe": "The readings that come.",
    "TestForm.expect": "Exactly the alerts that fire, moment by moment.",
    "TestDeviceForm.id": "Id of the device.",
    "TestDeviceForm.zone": "Zone it stands in.",
    "TestDeviceForm.service": "Service it counts for.",
    "TestDeviceForm.name": "What people call it.",
    "TestDeviceForm.interval": "How often it reports.",
    "TestDeviceForm.labels": "Its labels.",
    "TestDeviceForm.location": "Where it stands: [longitude, latitude].",
    "ObserveForm.every": "How far apart the readings are.",
    "ObserveForm.values": "The value of each metric; a list is one value for each reading.",
    "ObserveForm.location": "Where it was read: [longitude, latitude].",
    "ExpectForm.at": "A span after the start, or a time.",
    "ExpectForm.alerts": "All that fire then: no more, no less.",
    "ExpectedForm.rule": "Id of a rule of this file.",
    "ExpectedForm.device": "Its device; left out: any.",
    "ExpectedForm.zone": "Its zone; left out: any.",
    "ExpectedForm.service": "Its service; left out: any.",
    "ExpectedForm.severity": "Its severity; left out: any.",
}
"""English help by ``Form.key`` for keys that say nothing of themselves."""

TEXTS: Mapping[str, Any] = {
    "title": {"en": "${7:What is wrong} at {name}", "th": "${8:เกิดอะไรขึ้น}ที่ {name}"},
    "advice": {"en": "${9:What to do.}", "th": "${10:ควรทำอะไร}"},
}

SNIPPETS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "limit": ("A reading beyond a limit", {"above": "${3:100}", "clear_below": "${4:90}"}),
    "window": (
        "A mean over a span beyond a limit",
        {"window": {"agg": "${3:mean}", "over": "${4:24h}", "coverage": "${5:0.75}"}, "above": "${6:100}"},
    ),
    "change": ("A quick rise or fall", {"change": {"over": "${3:10m}"}, "above": "${4:10}"}),
    "status": ("A word that says trouble", {"equals": "${3:fault}"}),
    "silence": ("Nothing heard for a while", {"absent": {"after": "${3:15m}", "of": "${4:device}"}}),
    "stuck": ("A sensor that hangs", {"stuck": {"over": "${3:2h}", "tolerance": "${4:0}"}}),
    "anomaly": ("An unusual reading", {"anomaly": {}, "above": "${3:0.9}"}),
    "deviation": (
        "A device unlike its neighbours",
        {"deviation": {"agg": "${3:median}", "min_devices": "${4:3}"}, "outside": ["${5:-20}", "${6:20}"]},
    ),
    "quorum": (
        "Several devices of a zone at once",
        {"quorum": {"of": {"above": "${3:100}"}, "at_least": "${4:3}"}},
    ),
    "sequence": (
        "One rule after another",
        {"sequence": {"first": "${3:rule}", "then": "${4:rule}", "within": "${5:10m}"}},
    ),
    "geofence": ("Inside or outside a zone", {"geofence": {"zone": "${3:zone}", "is": "${4:in}"}}),
    "expr": ("Several metrics of one reading", {"expr": "${3:pm25 > 37.5 && temperature > 30}"}),
    "all": ("Several rules together", {"all": ["${3:rule}", "${4:rule}"]}),
}
"""Rules to begin with: a name, what it is for, and its ``when``. ``${3:…}`` is filled in, in that order."""

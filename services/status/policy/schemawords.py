"""The Thai of what an editor tells about each key of ``status.yaml``; the English stands in the forms.

A key is looked up under its form first (``RuleForm.when``), then by itself; a test sees that none is without.
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {"en": "In English.", "th": "In Thai."}

THAI: Mapping[str, str] = {
    "en": "ภาษาอังกฤษ",
    "th": "ภาษาไทย",
    "StatusForm.silent_after": "ไม่มีข้อมูลเกินกี่รอบที่คาดไว้ จึงถือว่าอุปกรณ์เงียบ",
    "StatusForm.sets": "ชุดกฎ city ใช้กับทุกบริการที่ไม่ได้ระบุชุดอื่น (rules: ใน city.yaml)",
    "StatusForm.domains": "บริการทำให้เกิดสถานะของด้านอย่างไร",
    "StatusForm.zones": "บริการทำให้เกิดสถานะของโซนอย่างไร",
    "RuleForm.id": "ชื่อของกฎ ใช้ในเหตุผล ประวัติ และ --explain",
    "RuleForm.status": "สถานะของบริการเมื่อกฎนี้เป็นจริง",
    "RuleForm.when": "เงื่อนไข: ค่าที่วัดกับเกณฑ์ หรือ all, any, not ของเงื่อนไข",
    "RuleForm.unless": "เมื่อเงื่อนไขนี้เป็นจริง กฎไม่มีผล ไม่ว่าจะมี keep หรือไม่",
    "RuleForm.for": "เงื่อนไขต้องเป็นจริงนานเท่านี้ก่อน",
    "RuleForm.keep": "กฎยังมีผลต่ออีกนานเท่านี้หลังเงื่อนไขสิ้นสุด",
    "RuleForm.counted": "false คือเวลานี้ไม่นับในเป้าหมายของบริการ",
    "RuleForm.reason": "ข้อความที่บอกประชาชน ก่อนตัวเลข",
    "RuleForm.before": "ใช้คู่กับ use: วางไว้หน้ากฎใดของชุดที่ใช้",
    "UseForm.use": "ชื่อชุดที่นำมาใช้ทั้งหมด city คือชุดของระบบ หรือของไฟล์นี้",
    "RollUpForm.high": "บริการที่สำคัญมาก",
    "RollUpForm.normal": "บริการที่สำคัญปานกลาง",
    "RollUpForm.low": "บริการที่สำคัญน้อย",
    "above": "เป็นจริงเมื่อค่ามากกว่าเกณฑ์",
    "at_least": "เป็นจริงเมื่อค่าเท่ากับหรือมากกว่าเกณฑ์",
    "below": "เป็นจริงเมื่อค่าน้อยกว่าเกณฑ์",
    "at_most": "เป็นจริงเมื่อค่าเท่ากับหรือน้อยกว่าเกณฑ์",
    "clear_below": "ใช้กับ above, at_least: เมื่อเป็นจริงแล้ว คงอยู่จนค่าลงถึงนี้",
    "clear_above": "ใช้กับ below, at_most: เมื่อเป็นจริงแล้ว คงอยู่จนค่าขึ้นถึงนี้",
    "severity": "นับการแจ้งเตือนระดับใด เช่น major หรือ major+ คือระดับนั้นขึ้นไป",
    "status": "นับบริการที่อยู่ในสถานะใด เช่น outage",
    "Condition.all": "ทุกเงื่อนไขเป็นจริง",
    "Condition.any": "อย่างน้อยหนึ่งเงื่อนไขเป็นจริง",
    "Condition.not": "เงื่อนไขนี้ไม่เป็นจริง",
}

"""Why a probe failed, in the words of the city."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from devices.model import Text


def number(value: float) -> str:
    """``10``, ``2.35``: no more digits than help."""
    return f"{value:.3g}" if value < 1_000 else f"{value:.0f}"


def day(ms: int) -> str:
    """A day in UTC, as certificates have it."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def timed_out(seconds: float) -> Text:
    return Text(f"timed out after {number(seconds)} s", f"ไม่ตอบภายใน {number(seconds)} วินาที")


def refused(place: str) -> Text:
    return Text(f"connection to {place} refused", f"{place} ปฏิเสธการเชื่อมต่อ")


def broken(place: str) -> Text:
    return Text(f"{place} broke the connection off", f"{place} ตัดการเชื่อมต่อ")


def unreachable(place: str, why: str) -> Text:
    return Text(f"{place} can't be reached: {why}", f"เข้าถึง {place} ไม่ได้: {why}")


def no_http(place: str) -> Text:
    return Text(f"{place} answered with what is not HTTP", f"{place} ตอบกลับโดยไม่ใช่ HTTP")


def said(code: int) -> Text:
    return Text(f"said {code}", f"ตอบรหัส {code}")


def text_missing(text: str, part: str = "") -> Text:
    return Text(f"text {text!r} not found in the answer{part}", f"ไม่พบข้อความ {text!r} ในคำตอบ")


def too_slow(latency: float, most: float) -> Text:
    return Text(
        f"answered in {number(latency)} ms; at most {number(most)} ms is expected",
        f"ตอบใน {number(latency)} มิลลิวินาที เกินที่กำหนด {number(most)} มิลลิวินาที",
    )


def certificate_expired(at: int) -> Text:
    return Text(f"certificate expired on {day(at)}", f"ใบรับรองหมดอายุเมื่อ {day(at)}")


def certificate_not_yet(at: int) -> Text:
    return Text(f"certificate is not valid before {day(at)}", f"ใบรับรองยังไม่มีผลจนถึง {day(at)}")


def certificate_ends(days: float, least: float) -> Text:
    return Text(
        f"certificate ends in {number(days)} days; at least {number(least)} are expected",
        f"ใบรับรองจะหมดอายุใน {number(days)} วัน ต้องเหลืออย่างน้อย {number(least)} วัน",
    )


def certificate_of_other(host: str) -> Text:
    return Text(f"certificate is not valid for {host}", f"ใบรับรองไม่ใช่ของ {host}")


def certificate_not_trusted(why: str) -> Text:
    return Text(f"certificate is not trusted: {why}", f"ใบรับรองไม่น่าเชื่อถือ: {why}")


def no_tls(place: str, why: str) -> Text:
    return Text(f"no TLS connection to {place}: {why}", f"เชื่อมต่อ TLS กับ {place} ไม่ได้: {why}")


def too_many_redirects(most: int) -> Text:
    return Text(f"redirected more than {most} times", f"เปลี่ยนเส้นทางเกิน {most} ครั้ง")


def redirected_nowhere(code: int) -> Text:
    return Text(f"said {code} without saying where to", f"ตอบรหัส {code} แต่ไม่บอกปลายทาง")


def redirected(why: Text) -> Text:
    return Text(f"redirected to where probes don't go: {why.en}", f"เปลี่ยนเส้นทางไปยังที่ที่ไม่อนุญาต: {why.th}")


def no_address(host: str, why: str) -> Text:
    return Text(f"{host} has no address: {why}", f"ไม่พบที่อยู่ของ {host}: {why}")


def address_refused(address: str, what: Text) -> Text:
    return Text(
        f"address {address} refused by the guard: {what.en}; allow its network in nakhon.yaml if it is meant",
        f"ที่อยู่ {address} ไม่อนุญาต: {what.th} หากต้องการให้เพิ่มเครือข่ายใน nakhon.yaml",
    )


def not_an_address(why_en: str, why_th: str) -> Text:
    return Text(f"refused by the guard: {why_en}", f"ไม่อนุญาต: {why_th}")


def no_such_name(name: str) -> Text:
    return Text(f"there is no such name: {name} (NXDOMAIN)", f"ไม่มีชื่อ {name} (NXDOMAIN)")


def name_without_address(name: str) -> Text:
    return Text(f"{name} exists, but has no address", f"มีชื่อ {name} แต่ไม่มีที่อยู่")


def resolver_failed(resolver: str, code: str) -> Text:
    return Text(f"resolver {resolver} answered {code}", f"เซิร์ฟเวอร์ DNS {resolver} ตอบ {code}")


def resolver_silent(resolver: str) -> Text:
    return Text(f"resolver {resolver} did not answer", f"เซิร์ฟเวอร์ DNS {resolver} ไม่ตอบ")


def resolver_wrong(resolver: str, why: str) -> Text:
    return Text(
        f"resolver {resolver} answered with what is no DNS answer: {why}",
        f"คำตอบของเซิร์ฟเวอร์ DNS {resolver} ไม่ถูกต้อง: {why}",
    )


def other_addresses(found: Iterable[str], expected: Iterable[str]) -> Text:
    has, wanted = ", ".join(found), ", ".join(expected)
    return Text(f"has the addresses {has}; expected {wanted}", f"มีที่อยู่ {has} แต่คาดว่าเป็น {wanted}")


def silent(topics: str, seconds: float) -> Text:
    return Text(
        f"nothing heard on {topics} for {number(seconds)} s",
        f"ไม่ได้รับข้อความบน {topics} นาน {number(seconds)} วินาที",
    )


def deaf() -> Text:
    return Text("Nakhon has not heard its broker for long enough to tell", "นครยังไม่ได้ฟังเซิร์ฟเวอร์ MQTT นานพอ")


def crowded() -> Text:
    return Text(
        "too many probes are under way to wait for an answer: raise probes.at_once in nakhon.yaml",
        "มีการตรวจสอบพร้อมกันมากเกินไป ให้เพิ่ม probes.at_once ใน nakhon.yaml",
    )


def own_network() -> Text:
    return Text("Nakhon's own network is away: nothing was told by it", "เครือข่ายของนครเองขัดข้อง จึงไม่อาจสรุปได้")


def not_taken(why: str) -> Text:
    return Text(f"what was found could not be taken in: {why}", f"บันทึกผลไม่ได้: {why}")


def went_wrong(what: str) -> Text:
    return Text(
        f"asking went wrong inside Nakhon ({what}); its log has more", f"เกิดข้อผิดพลาดภายในนคร ({what})"
    )

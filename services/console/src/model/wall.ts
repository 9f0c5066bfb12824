import { DAY, HOUR, MINUTE } from "./time";

/** What a clock on the wall of a timezone shows, as `2026-01-05T01:00`. */
export function wallOf(ms: number, timezone: string): string {
  return new Date(ms + offsetAt(ms, timezone)).toISOString().slice(0, 16);
}

/** The moment (ms) at which a clock on the wall shows that; null for what is no local time. */
export function momentOf(wall: string, timezone: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(wall)) return null;
  const asUtc = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(asUtc)) return null;
  // Twice: the first answer may lie on the other side of a clock change.
  const near = asUtc - offsetAt(asUtc, timezone);
  return asUtc - offsetAt(near, timezone);
}

/** The next time (ms) that the wall's clock shows `hour`:00. */
export function nextHour(now: number, hour: number, timezone: string): number {
  const today = `${wallOf(now, timezone).slice(0, 10)}T${String(hour).padStart(2, "0")}:00`;
  const at = momentOf(today, timezone) ?? now;
  if (at > now) return at;
  const tomorrow = `${wallOf(now + DAY, timezone).slice(0, 10)}${today.slice(10)}`;
  return momentOf(tomorrow, timezone) ?? at + DAY;
}

/** Midnight (ms) at the beginning of a day. */
export function dayStart(ms: number, timezone: string): number {
  return momentOf(`${wallOf(ms, timezone).slice(0, 10)}T00:00`, timezone) ?? ms;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a timezone's clocks are ahead of UTC (ms). */
function offsetAt(ms: number, timezone: string): number {
  const format = formats.get(timezone) ?? made(timezone);
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(ms / 1000) * 1000;
}

function made(timezone: string): Intl.DateTimeFormat {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  });
  formats.set(timezone, format);
  return format;
}

/** Spans as files write them: `90m` → ms; null for what is none. */
export function spanMs(written: string): number | null {
  if (!/^(\d+(\.\d+)?[smhdw])+$/.test(written)) return null;
  const units: Record<string, number> = { s: 1000, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ""] ?? 0), 0);
}

/** ms as files write spans: 5,400,000 → `1h30m`. */
export function spanWritten(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours ? `${hours}h` : ""}${rest || !hours ? `${rest}m` : ""}`;
}

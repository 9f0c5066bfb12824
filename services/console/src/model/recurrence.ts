import { DAY } from "./time";

export const REPEATS = ["once", "daily", "weekly", "monthly"] as const;
export type Repeat = (typeof REPEATS)[number];

/** As RFC 5545 writes them, the week from Monday. */
export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The rule of recurrence (RFC 5545) of a window; null for one that comes once. */
export function rruleOf(repeat: Repeat, days: readonly Weekday[], start: string): string | null {
  if (repeat === "once") return null;
  if (repeat === "daily") return "FREQ=DAILY";
  if (repeat === "monthly") return `FREQ=MONTHLY;BYMONTHDAY=${Number(start.slice(8, 10))}`;
  const chosen = WEEKDAYS.filter((day) => days.includes(day));
  return `FREQ=WEEKLY;BYDAY=${(chosen.length ? chosen : [weekdayOf(start)]).join(",")}`;
}

/** The weekday of a local time. */
export function weekdayOf(wall: string): Weekday {
  const day = new Date(`${wall.slice(0, 10)}T00:00:00Z`).getUTCDay();
  return WEEKDAYS[(day + 6) % 7] ?? "MO";
}

/**
 * The first time from `start` on that falls on one of the days: a weekly window must begin on one of its own,
 * or its first occurrence would be on another.
 */
export function firstOn(start: string, days: readonly Weekday[]): string {
  if (days.length === 0 || days.includes(weekdayOf(start))) return start;
  for (let ahead = 1; ahead < 7; ahead += 1) {
    const day = new Date(Date.parse(`${start.slice(0, 10)}T00:00:00Z`) + ahead * DAY).toISOString();
    const moved = `${day.slice(0, 10)}${start.slice(10)}`;
    if (days.includes(weekdayOf(moved))) return moved;
  }
  return start;
}

export type Recurs =
  | { kind: "once" }
  | { kind: "daily" }
  | { kind: "weekly"; days: Weekday[] }
  | { kind: "monthly"; day: number }
  | { kind: "other"; rrule: string };

const PLAIN = /^FREQ=(DAILY|WEEKLY|MONTHLY)(?:;(BYDAY|BYMONTHDAY)=([A-Z,\d]+))?$/;

/** A rule of recurrence as it can be said in words; others are told as they are written. */
export function recurs(rrule: string | null): Recurs {
  if (!rrule) return { kind: "once" };
  const other: Recurs = { kind: "other", rrule };
  const [, freq, by, values = ""] = PLAIN.exec(rrule.replace(/^RRULE:/, "")) ?? [];
  if (freq === "DAILY" && !by) return { kind: "daily" };
  if (freq === "MONTHLY" && by === "BYMONTHDAY" && /^\d+$/.test(values))
    return { kind: "monthly", day: Number(values) };
  const days = WEEKDAYS.filter((day) => values.split(",").includes(day));
  return freq === "WEEKLY" && by === "BYDAY" && days.length === values.split(",").length
    ? { kind: "weekly", days }
    : other;
}

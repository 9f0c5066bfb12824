import type { Lang } from "../contract";
import { PERIOD_KINDS, type PeriodKind } from "../contract.status";
import { DAY, toMs } from "./time";
import { momentOf, wallOf } from "./wall";

/** A day, week (from Monday), month, quarter or year of the city. */
export interface Span {
  kind: PeriodKind;
  /** Its first day, as `2026-10-01`. */
  first: string;
  /** Ms; `end` is exclusive. */
  start: number;
  end: number;
}

export const isPeriodKind = (text: string | null): text is PeriodKind =>
  PERIOD_KINDS.some((kind) => kind === text);

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (date: Date | number): string => new Date(date).toISOString().slice(0, 10);

/** The first day of the period that a day is in. */
export function firstOf(kind: PeriodKind, day: string): string {
  const date = dateOf(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (kind === "day") return day;
  if (kind === "week") return dayOf(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY);
  if (kind === "month") return dayOf(Date.UTC(year, month, 1));
  return dayOf(Date.UTC(year, kind === "quarter" ? month - (month % 3) : 0, 1));
}

/** The first day of the period so many later, or earlier below 0. */
export function shiftedFirst(kind: PeriodKind, first: string, by: number): string {
  const date = dateOf(first);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (kind === "day" || kind === "week") return dayOf(date.getTime() + by * (kind === "day" ? 1 : 7) * DAY);
  const months = { month: 1, quarter: 3, year: 12 }[kind];
  return dayOf(Date.UTC(year, month + by * months, 1));
}

/** The period that begins on that day, by the city's clocks. */
export function spanFrom(kind: PeriodKind, first: string, timezone: string): Span {
  const at = (day: string) => momentOf(`${day}T00:00`, timezone) ?? Date.parse(`${day}T00:00:00Z`);
  return { kind, first, start: at(first), end: at(shiftedFirst(kind, first, 1)) };
}

/** The period that a moment is in. */
export const spanAt = (kind: PeriodKind, ms: number, timezone: string): Span =>
  spanFrom(kind, firstOf(kind, wallOf(ms, timezone).slice(0, 10)), timezone);

/** The period that an address asks for: of that kind, with that day in it; the one of `now` for none. */
export function spanAsked(kind: PeriodKind, day: string | null, now: number, timezone: string): Span {
  const isDay = day !== null && /^\d{4}-\d\d-\d\d$/.test(day) && toMs(`${day}T00:00:00Z`) !== null;
  return isDay ? spanFrom(kind, firstOf(kind, day), timezone) : spanAt(kind, now, timezone);
}

const LOCALES: Record<Lang, string> = { en: "en-GB", th: "th-TH" };

/** A period as people say it: `Oct 2026`, `Q4 2026`, `16–22 Nov 2026`. */
export function spanTitle({ kind, first }: Pick<Span, "kind" | "first">, lang: Lang, brief = false): string {
  const write = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALES[lang], { timeZone: "UTC", ...options });
  const date = dateOf(first);
  const year = brief ? {} : ({ year: "numeric" } as const);
  if (kind === "year") return write({ year: "numeric" }).format(date);
  if (kind === "month") return write({ month: brief ? "short" : "long", ...year }).format(date);
  if (kind === "day") return write({ day: "numeric", month: "short", ...year }).format(date);
  if (kind === "week") {
    const days = write({ day: "numeric", month: "short", ...year });
    return brief ? days.format(date) : days.formatRange(date, new Date(date.getTime() + 6 * DAY));
  }
  const quarter = Math.floor(date.getUTCMonth() / 3) + 1;
  const name = lang === "th" ? `ไตรมาส ${quarter}` : `Q${quarter}`;
  return `${name} ${write({ year: "numeric" }).format(date)}`;
}

/** How many periods of a kind a line goes back over. */
export const STEPS_BACK: Record<PeriodKind, number> = { day: 30, week: 13, month: 12, quarter: 8, year: 5 };

/** The months before this one, newest first, as `2026-10`, that a report can be asked of; this one leads them. */
export function reportMonths(now: number, timezone: string, most = 12): string[] {
  const { first } = spanAt("month", now, timezone);
  return Array.from({ length: most }, (_, i) => shiftedFirst("month", first, -i).slice(0, 7));
}

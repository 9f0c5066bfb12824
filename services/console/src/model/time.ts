import type { Instant, Lang } from "../contract";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Milliseconds since 1970-01-01 UTC; null for what is no time. */
export function toMs(instant: Instant | null | undefined): number | null {
  if (instant === null || instant === undefined) return null;
  const ms = typeof instant === "number" ? instant : Date.parse(instant);
  return Number.isFinite(ms) ? ms : null;
}

const UNITS: Record<Lang, { d: string; h: string; m: string; s: string; gap: string }> = {
  en: { d: "d", h: "h", m: "min", s: "s", gap: " " },
  th: { d: "วัน", h: "ชม.", m: "นาที", s: "วินาที", gap: " " },
};

/** A span as a person says it, two units at most: `42 s`, `3 min`, `2 h 14 min`, `3 d 4 h`. */
export function span(ms: number, lang: Lang): string {
  const u = UNITS[lang];
  const say = (n: number, unit: string) => `${n}${u.gap}${unit}`;
  const total = Math.max(0, ms);
  if (total < MINUTE) return say(Math.floor(total / SECOND), u.s);
  if (total < HOUR) return say(Math.floor(total / MINUTE), u.m);
  const [big, small, bigUnit, smallUnit] = total < DAY ? [HOUR, MINUTE, u.h, u.m] : [DAY, HOUR, u.d, u.h];
  const rest = Math.floor((total % big) / small);
  const head = say(Math.floor(total / big), bigUnit);
  return rest ? `${head} ${say(rest, smallUnit)}` : head;
}

/** A span as files write it, for people: `24h` → `24 h`, `1h30m` → `1 h 30 min`. */
export function spanWords(written: string, lang: Lang): string {
  const u: Record<string, string> = { ...UNITS[lang], w: lang === "th" ? "สัปดาห์" : "w", ms: "ms" };
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  return /^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(written)
    ? parts.map(([, n, unit]) => `${n} ${u[unit ?? ""]}`).join(" ")
    : written;
}

/** A difference between two steps of a journey: `+38 ms`, `+1.2 s`, `−3 min`. */
export function delta(ms: number, lang: Lang): string {
  const sign = ms < 0 ? "−" : "+";
  const size = Math.abs(ms);
  if (size < SECOND) return `${sign}${Math.round(size)} ${lang === "th" ? "มิลลิวินาที" : "ms"}`;
  if (size < 10 * SECOND) return `${sign}${(size / SECOND).toFixed(1)} ${UNITS[lang].s}`;
  return `${sign}${span(size, lang)}`;
}

const LOCALES: Record<Lang, string> = { en: "en-GB", th: "th-TH" };

/** How the city writes times: in its own zone, 24 hours, Buddhist years in Thai. */
export class CityTime {
  readonly lang: Lang;
  readonly timezone: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #short: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #dayTime: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayMonth: Intl.DateTimeFormat;

  constructor(lang: Lang, timezone: string) {
    this.lang = lang;
    this.timezone = timezone;
    const format = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(LOCALES[lang], { timeZone: timezone, ...options });
    const hm = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    this.#clock = format({ ...hm, second: "2-digit" });
    this.#short = format(hm);
    this.#date = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
    this.#dayTime = format({ day: "numeric", month: "short", ...hm });
    this.#day = format({ year: "numeric", month: "numeric", day: "numeric" });
    this.#dayMonth = format({ day: "numeric", month: "short" });
  }

  /** 03:12:45 */
  clock(ms: number): string {
    return this.#clock.format(ms);
  }

  /** 03:12 */
  short(ms: number): string {
    return this.#short.format(ms);
  }

  /** 03:12:45.120 */
  exact(ms: number): string {
    return `${this.#clock.format(ms)}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}`;
  }

  /** Sat, 21 Nov 2026 */
  date(ms: number): string {
    return this.#date.format(ms);
  }

  /** 21 Nov */
  day(ms: number): string {
    return this.#dayMonth.format(ms);
  }

  /** Today's times as 03:12:45, others with their day. */
  moment(ms: number, now: number): string {
    return this.#day.format(ms) === this.#day.format(now) ? this.clock(ms) : this.#dayTime.format(ms);
  }
}

/** The zone when the browser knows it, else UTC. */
export function knownTimezone(name: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    return "UTC";
  }
}

import { type Objective, STATUSES, type Status } from "../contract";
import type { UptimeDay } from "../contract.status";
import { DAY } from "./time";
import { momentOf, spanMs } from "./wall";

/** One day as it is drawn; `none`: nothing is known of it, since nothing was recorded yet. */
export interface Bar {
  day: string;
  look: Status | "none";
  attained: number | null;
  seconds: Partial<Record<Status, number>>;
}

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The last `most` days, oldest first; those that the answer does not reach back to are empty. */
export function barsOf(days: readonly UptimeDay[], most: number): Bar[] {
  const last = days.at(-1)?.day;
  if (last === undefined) return [];
  const known = new Map(days.map((day) => [day.day, day]));
  return Array.from({ length: most }, (_, i) => {
    const day = shifted(last, i + 1 - most);
    return barOf(day, known.get(day));
  });
}

function barOf(day: string, told: UptimeDay | undefined): Bar {
  // A day of which nothing is known for certain has no worst: it was before anything was recorded.
  const isEmpty = !told || total(told) === 0;
  return {
    day,
    look: isEmpty ? "none" : (told.worst ?? "none"),
    attained: told?.attained ?? null,
    seconds: told?.seconds ?? {},
  };
}

const total = ({ seconds }: Pick<UptimeDay, "seconds">): number =>
  STATUSES.reduce((sum, status) => sum + (seconds[status] ?? 0), 0);

/** How many of the days look how. */
export function tallyOf(bars: readonly Bar[]): Record<Bar["look"], number> {
  const counts = { operational: 0, degraded: 0, outage: 0, maintenance: 0, unknown: 0, none: 0 };
  for (const { look } of bars) counts[look] += 1;
  return counts;
}

/** The days by weeks, each from Monday to Sunday; null stands for days before the first and after the last. */
export function weeksOf(bars: readonly Bar[]): (Bar | null)[][] {
  const first = bars[0];
  if (!first) return [];
  const before = (new Date(`${first.day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const slots: (Bar | null)[] = [...Array.from({ length: before }, () => null), ...bars];
  while (slots.length % 7) slots.push(null);
  return Array.from({ length: slots.length / 7 }, (_, week) => slots.slice(week * 7, week * 7 + 7));
}

/** When a day begins and ends in the city (ms). */
export function dayBounds(day: string, timezone: string): { start: number; end: number } {
  const start = momentOf(`${day}T00:00`, timezone) ?? Date.parse(`${day}T00:00:00Z`);
  return { start, end: momentOf(`${shifted(day, 1)}T00:00`, timezone) ?? start + DAY };
}

export interface BudgetPoint {
  /** The end of a day, or now (ms). */
  at: number;
  /** 1 is the whole budget, 0 none, below 0 more than there was. */
  left: number;
}

/**
 * What was left of the error budget day by day of its window. The days tell when it was spent, the server how much:
 * what it says is left now is where the line ends.
 */
export function burnDown(
  days: readonly UptimeDay[],
  objective: Objective,
  now: number,
  timezone: string,
): BudgetPoint[] {
  const window = spanMs(objective.window);
  const { budget_left: left, target } = objective;
  if (window === null || left === null || target >= 1) return [];
  const within = days.filter(({ day }) => dayBounds(day, timezone).end > now - window);
  const lost = within.map((day) => (1 - (day.attained ?? 1)) * (total(day) - (day.seconds.maintenance ?? 0)));
  const all = lost.reduce((sum, one) => sum + one, 0);
  const points = [{ at: now - window, left: 1 }];
  let spent = 0;
  within.forEach(({ day }, i) => {
    spent += all > 0 ? ((lost[i] ?? 0) / all) * (1 - left) : 0;
    points.push({ at: Math.min(now, dayBounds(day, timezone).end), left: 1 - spent });
  });
  return [...points.filter(({ at }) => at < now), { at: now, left }];
}

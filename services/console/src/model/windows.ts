import type { Maintenance, Occurrence, Silence } from "../contract";
import { DAY, toMs } from "./time";

export const TIMELINE_DAYS = 14;
/** The server tells so many occurrences; after the last of them there may be more. */
const TOLD = 5;

export interface Bar {
  /** 0 to 1, from the timeline's beginning to its end. */
  from: number;
  to: number;
  start: number;
  end: number;
}

export interface Line {
  kind: "silence" | "maintenance";
  id: string;
  bars: Bar[];
  /** Where what is not told any more begins, 0 to 1; null when all is told. */
  unknownFrom: number | null;
}

/** The parts of spans that lie within the timeline. */
export function bars(spans: readonly Occurrence[], begin: number): Bar[] {
  const end = begin + TIMELINE_DAYS * DAY;
  return spans.flatMap((span) => {
    const [start, until] = [toMs(span.start) ?? 0, toMs(span.end) ?? 0];
    if (until <= begin || start >= end) return [];
    const share = (at: number) => Math.min(1, Math.max(0, (at - begin) / (end - begin)));
    return [{ from: share(start), to: share(until), start, end: until }];
  });
}

export function lineOfMaintenance({ id, schedule, next }: Maintenance, begin: number): Line {
  const end = begin + TIMELINE_DAYS * DAY;
  const last = toMs(next.at(-1)?.end) ?? 0;
  const goesOn = Boolean(schedule.rrule) && next.length >= TOLD && last < end;
  const unknownFrom = goesOn ? Math.max(0, (last - begin) / (end - begin)) : null;
  return { kind: "maintenance", id, bars: bars(next, begin), unknownFrom };
}

export function lineOfSilence({ id, starts_at, ends_at }: Silence, begin: number): Line {
  return { kind: "silence", id, bars: bars([{ start: starts_at, end: ends_at }], begin), unknownFrom: null };
}

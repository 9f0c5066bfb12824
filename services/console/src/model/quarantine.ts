import type { Query } from "../api";
import type { Rejection, Replayed, Verdict } from "../contract";
import type { DataFilters, Period } from "./place";
import { DAY, HOUR } from "./time";

const PERIOD_MS: Record<Period, number> = { hour: HOUR, day: DAY };
/** Whole minutes: the address that is asked stays the same for a while. */
const GRAIN_MS = 60_000;

/** The parameters that select refused readings which still wait to be mended. */
export function selected(filters: DataFilters, now: number): Query {
  const start = filters.period && Math.floor((now - PERIOD_MS[filters.period]) / GRAIN_MS) * GRAIN_MS;
  return {
    replayed: false,
    device: filters.device ?? undefined,
    code: filters.code ?? undefined,
    q: filters.words ?? undefined,
    start: start === null ? undefined : new Date(start).toISOString(),
  };
}

/** The same as the body of a replay, for one cause. */
export function replayForm(filters: DataFilters, cause: string, now: number, cursor: string | null): object {
  const { replayed: _, ...form } = selected(filters, now);
  const plain = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
  return { ...plain, cause, ...(cursor && { cursor }) };
}

/** A refused value as it was sent. */
export const asText = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** What became of one reading that was taken again. */
export type Outcome = { kind: "accepted" } | { kind: "refused"; why: Rejection | null };

export const outcomeOf = (verdict: Verdict): Outcome =>
  verdict.accepted > 0 ? { kind: "accepted" } : { kind: "refused", why: verdict.rejected[0] ?? null };

/** What became of many, over all requests so far; `next` goes on. */
export interface Tally {
  accepted: number;
  refused: number;
  skipped: number;
  remaining: number;
  why: Rejection | null;
  next: string | null;
}

export function tallied(before: Tally | null, answer: Replayed): Tally {
  return {
    accepted: (before?.accepted ?? 0) + answer.replayed,
    refused: (before?.refused ?? 0) + answer.refused,
    skipped: (before?.skipped ?? 0) + answer.skipped,
    remaining: answer.remaining,
    why: answer.verdicts[0]?.rejected[0] ?? before?.why ?? null,
    next: answer.next,
  };
}

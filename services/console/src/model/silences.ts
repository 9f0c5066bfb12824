import { type Alert, MATCHER_FIELDS, type Matcher, type MatcherField, type Silence } from "../contract";
import { HOUR, toMs } from "./time";
import { nextHour } from "./wall";

export type ScopeName =
  | "device"
  | "ruleDevice"
  | "ruleZone"
  | "rule"
  | "serviceZone"
  | "zone"
  | "incident"
  | "own";

export interface Scope {
  name: ScopeName;
  matcher: Matcher;
}

/** What an operator may mean who silences because of an alert: the narrowest that does first. */
export function scopesOf(alert: Alert): Scope[] {
  const { device, rule, zone, service } = alert;
  const all: (Scope | null)[] = [
    device === null ? null : { name: "ruleDevice", matcher: { rules: [rule], devices: [device] } },
    device === null ? null : { name: "device", matcher: { devices: [device] } },
    zone ? { name: "ruleZone", matcher: { rules: [rule], zones: [zone] } } : null,
    service && zone ? { name: "serviceZone", matcher: { services: [service], zones: [zone] } } : null,
    zone ? { name: "zone", matcher: { zones: [zone] } } : null,
    { name: "rule", matcher: { rules: [rule] } },
    alert.incident ? { name: "incident", matcher: { incidents: [alert.incident] } } : null,
  ];
  return all.filter((scope): scope is Scope => scope !== null);
}

export const DURATIONS = ["1h", "4h", "morning", "custom"] as const;
export type Duration = (typeof DURATIONS)[number];

/** The night's shift hands over then. */
export const MORNING_HOUR = 8;

/** When a silence of that length that begins now ends (ms); null where somebody says it by hand. */
export function endAfter(duration: Duration, now: number, timezone: string): number | null {
  if (duration === "custom") return null;
  if (duration === "morning") return nextHour(now, MORNING_HOUR, timezone);
  return now + (duration === "1h" ? HOUR : 4 * HOUR);
}

/** A matcher as a form has it: patterns with commas between them. */
export type MatcherForm = Record<MatcherField | "labels", string>;

export function formOf(matcher: Matcher): MatcherForm {
  const fields = MATCHER_FIELDS.map((field) => [field, (matcher[field] ?? []).join(", ")]);
  const labels = Object.entries(matcher.labels ?? {}).flatMap(([label, patterns]) =>
    patterns.map((pattern) => `${label}=${pattern}`),
  );
  return { ...(Object.fromEntries(fields) as Record<MatcherField, string>), labels: labels.join(", ") };
}

/** The inverse; what is empty asks nothing. */
export function matcherOf(form: MatcherForm): Matcher {
  const matcher: Matcher = {};
  for (const field of MATCHER_FIELDS) {
    const patterns = listed(form[field]);
    if (patterns.length) matcher[field] = patterns;
  }
  const labels: Record<string, string[]> = {};
  for (const pair of listed(form.labels)) {
    const [label = "", pattern = "*"] = pair.split("=", 2);
    labels[label] = [...(labels[label] ?? []), pattern];
  }
  return Object.keys(labels).length ? { ...matcher, labels } : matcher;
}

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

/** A matcher that asks nothing means every alert: nobody silences a whole city by leaving a form empty. */
export const asksNothing = (matcher: Matcher): boolean =>
  MATCHER_FIELDS.every((field) => !matcher[field]?.length) && !Object.keys(matcher.labels ?? {}).length;

/** The parts that a matcher asks, in a fixed order. */
export function partsOf(matcher: Matcher): { field: MatcherField | "label"; patterns: string[] }[] {
  const parts = MATCHER_FIELDS.flatMap((field) => {
    const patterns = matcher[field] ?? [];
    return patterns.length ? [{ field, patterns }] : [];
  });
  const labels = Object.entries(matcher.labels ?? {}).map(([label, patterns]) => ({
    field: "label" as const,
    patterns: patterns.map((pattern) => `${label}=${pattern}`),
  }));
  return [...parts, ...labels];
}

export interface Shelves {
  active: Silence[];
  pending: Silence[];
  expired: Silence[];
}

/** Those in force, the first to end first; those to come, the first to begin first; the past, newest first. */
export function shelved(silences: readonly Silence[], now: number): Shelves {
  const at = (instant: string | number) => toMs(instant) ?? 0;
  const stateOf = (one: Silence) =>
    one.state === "expired" || at(one.ends_at) <= now
      ? "expired"
      : at(one.starts_at) > now
        ? "pending"
        : "active";
  const of = (state: Silence["state"]) => silences.filter((one) => stateOf(one) === state);
  return {
    active: of("active").sort((a, b) => at(a.ends_at) - at(b.ends_at)),
    pending: of("pending").sort((a, b) => at(a.starts_at) - at(b.starts_at)),
    expired: of("expired").sort((a, b) => at(b.ends_at) - at(a.ends_at)),
  };
}

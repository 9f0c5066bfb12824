import type { Lang } from "../contract";
import type { ComparisonPart, ConditionPart, JoinedPart, RulePart } from "../contract.status";
import { percent, shown } from "./labels";

export const isJoined = (part: ConditionPart): part is JoinedPart => "join" in part;

/** What the words of the language are for yes and no, days, and where there is nothing to measure. */
export interface MeasureWords {
  yes: string;
  no: string;
  nothingToMeasure: string;
  intervals: (n: string) => string;
  milliseconds: (n: string) => string;
  days: (n: string) => string;
}

/** A measure's value or limit in its unit. */
export function measured(
  value: number | boolean | null,
  unit: string,
  lang: Lang,
  say: MeasureWords,
): string {
  if (value === null) return say.nothingToMeasure;
  if (typeof value === "boolean") return value ? say.yes : say.no;
  if (unit === "share") return percent(value);
  const number = shown(value, lang);
  if (unit === "intervals") return say.intervals(number);
  if (unit === "ms") return say.milliseconds(number);
  return unit === "days" ? say.days(number) : number;
}

/** What a comparison looks at, with the severities or statuses that count, in the reader's words. */
export function lookedAt(part: ComparisonPart, title: string, words: (of: string) => string): string {
  return part.of.length ? `${title} (${part.of.map(words).join(", ")})` : title;
}

/** The rules worth reading first: those that hold, wait or are held back; the others stand apart. */
export function ruleShelves(rules: readonly RulePart[]): { telling: RulePart[]; silent: RulePart[] } {
  return {
    telling: rules.filter(({ state }) => state !== "off"),
    silent: rules.filter(({ state }) => state === "off"),
  };
}

/** Whether a rule above decided before this one was asked. */
export function isPassedOver(rules: readonly RulePart[], rule: RulePart): boolean {
  const decided = rules.findIndex((one) => one.decided);
  return decided >= 0 && rules.indexOf(rule) > decided;
}

import type { Lang, Rule, Value } from "../contract";
import type { Messages } from "../i18n";
import { shown, words } from "./labels";
import { spanWords } from "./time";

/** What is needed to say a condition: the language, and what its metric and its zones are called. */
export interface Saying {
  say: Messages;
  lang: Lang;
  /** The metric's name. */
  metric: string;
  unit: string;
  /** Without what a list has no room for. */
  brief?: boolean;
  zoneName(id: string): string;
}

type Form = Record<string, unknown>;

/** A rule's `when` in words, without what clears it. */
export function conditionWords(when: Form | null, to: Saying): string {
  if (!when) return "–";
  const tell = Object.entries(MEASURES).find(([name]) => name in when)?.[1];
  return tell ? tell(when, to) : `${to.metric} ${compared(when, to)}`;
}

/** What clears it, where that is another value than what fired it. */
export function clearingWords(when: Form | null, { say, lang, unit }: Saying): string | null {
  const limit = (value: unknown) => withUnit(value, lang, when && isBare(when) ? "" : unit);
  if (!when) return null;
  if (when.clear_below !== undefined) return say.clearsBelow(limit(when.clear_below));
  if (when.clear_above !== undefined) return say.clearsAbove(limit(when.clear_above));
  const [low, high] = (when.clear_within as unknown[] | undefined) ?? [];
  return low === undefined ? null : say.clearsWithin(limit(low), limit(high));
}

const MEASURES: Record<string, (when: Form, to: Saying) => string> = {
  window: (when, to) => {
    const { agg, over, per, tumbling, coverage } = when.window as Form;
    const { say, lang, metric } = to;
    const named = say.aggregates[String(agg)] ?? String(agg);
    const parts = [
      `${say.windowOf(named, spanWords(String(over), lang), metric)} ${compared(when, to)}`,
      per ? say.perWords(spanWords(String(per), lang)) : "",
    ];
    const notes = [
      typeof coverage === "number" && !to.brief ? say.coverageWords(share(coverage)) : "",
      tumbling ? say.bucketsWords : "",
    ].filter(Boolean);
    return parts.filter(Boolean).join(" ") + (notes.length ? ` (${notes.join(", ")})` : "");
  },
  change: (when, to) => {
    const { over } = when.change as Form;
    return `${to.say.changeOf(to.metric, spanWords(String(over), to.lang))} ${compared(when, to)}`;
  },
  deviation: (when, to) => {
    const { agg, min_devices } = when.deviation as Form;
    const named = to.say.aggregates[String(agg ?? "median")] ?? String(agg);
    const least = min_devices === undefined ? "" : String(min_devices);
    return `${to.say.deviationOf(to.metric, named, least)} ${compared(when, to)}`;
  },
  anomaly: (when, to) => `${to.say.anomalyOf(to.metric)} ${compared(when, to)}`,
  stuck: (when, { say, lang, metric, unit }) => {
    const { over, tolerance } = when.stuck as Form;
    const least = tolerance ? withUnit(tolerance, lang, unit) : "";
    return say.stuckFor(metric, spanWords(String(over), lang), least);
  },
  absent: (when, { say, lang }) => {
    const { after, of } = when.absent as Form;
    const whose = say.absentOf[String(of ?? "device")] ?? String(of);
    return say.nothingHeard(whose, after ? spanWords(String(after), lang) : say.threeIntervals);
  },
  quorum: (when, to) => {
    const { of, at_least, share: part, radius } = when.quorum as Form;
    const { say } = to;
    const many =
      typeof part === "number" ? say.quorumShare(share(part)) : say.quorumAtLeast(String(at_least ?? "–"));
    const near = radius ? ` ${say.withinRadius(String(radius))}` : "";
    return `${many}${near}: ${conditionWords(of as Form, to)}`;
  },
  sequence: (when, { say, lang }) => {
    const { first, then, within } = when.sequence as Form;
    return say.first(String(first), String(then), spanWords(String(within), lang));
  },
  geofence: (when, { say, zoneName }) => {
    const { zone, is } = when.geofence as Form;
    return is === "out" ? say.outsideZone(zoneName(String(zone))) : say.insideZone(zoneName(String(zone)));
  },
  expr: (when) => String(when.expr),
  all: (when, { say }) => say.allOf((when.all as string[]).join(", ")),
  any: (when, { say }) => say.anyOf((when.any as string[]).join(", ")),
  not: (when, { say }) => say.notOf(String(when.not)),
};

/** What is compared has no unit: a score, a share, a number. */
function isBare(when: Form): boolean {
  const agg = (when.window as Form | undefined)?.agg;
  const relative = (when.change as Form | undefined)?.relative === true;
  return "anomaly" in when || relative || agg === "count";
}

function compared(when: Form, { say, lang, unit }: Saying): string {
  const limit = (value: unknown) => withUnit(value, lang, isBare(when) ? "" : unit);
  if (when.above !== undefined) return say.aboveWords(limit(when.above));
  if (when.below !== undefined) return say.belowWords(limit(when.below));
  if (Array.isArray(when.outside))
    return say.outsideWords(withUnit(when.outside[0], lang, ""), limit(when.outside[1]));
  if (when.equals !== undefined) return say.isWords(plain(when.equals, say, lang));
  const values = when.in;
  return Array.isArray(values)
    ? say.oneOfWords(values.map((value) => plain(value, say, lang)).join(", "))
    : "";
}

function plain(value: unknown, say: Messages, lang: Lang): string {
  if (typeof value === "boolean") return value ? say.yes : say.no;
  return shown(value as Value, lang);
}

const withUnit = (value: unknown, lang: Lang, unit: string): string =>
  `${shown(value as Value, lang)}${unit ? ` ${unit}` : ""}`;

const share = (part: number): string => `${Math.round(part * 100)} %`;

/** When a rule watches, in words. */
export function scheduleWords({ schedule }: Rule, say: Messages): string {
  if (!schedule) return say.always;
  const days = String(schedule.days ?? "").replaceAll(/[a-z]{3}/g, (day) => say.days[day] ?? day);
  const told = [
    days.replaceAll("-", "–").replaceAll(/,\s*/g, ", "),
    [schedule.hours ?? []].flat().map(String).join(", ").replaceAll("-", "–"),
    say.tariff[String(schedule.period ?? "")] ?? "",
    say.onHolidays[String(schedule.holidays ?? "")] ?? "",
  ];
  return told.filter(Boolean).join(", ");
}

/** Where a rule watches, in words; null for everywhere. */
export function whereWords({ where }: Rule, { say, zoneName }: Saying): string | null {
  const list = (value: unknown) => [value ?? []].flat().map(String);
  const labels = Object.entries((where.labels as Form | undefined) ?? {});
  const told = [
    list(where.zones).length ? `${say.whereZones} ${list(where.zones).map(zoneName).join(", ")}` : "",
    list(where.devices).length ? `${say.whereDevices} ${list(where.devices).join(", ")}` : "",
    ...labels.map(([name, value]) => `${words(name)} ${list(value).join(", ")}`),
  ];
  return told.filter(Boolean).join("; ") || null;
}

import { DOMAINS, type DomainId, type Lang, type Status } from "../contract";
import type { Kpi, KpiState } from "../contract.status";
import { shown } from "./labels";
import { toMs } from "./time";

/** Those of the whole city, by domain in their official order; domains without any are left out. */
export function byDomain(kpis: readonly Kpi[]): [DomainId, Kpi[]][] {
  return DOMAINS.map((domain): [DomainId, Kpi[]] => [
    domain,
    kpis.filter((kpi) => kpi.domain === domain && kpi.zone === null),
  ]).filter(([, found]) => found.length > 0);
}

/** Each KPI's values of the city over the periods, the oldest first. */
export function seriesOf(kpis: readonly Kpi[]): Map<string, Kpi[]> {
  const found = new Map<string, Kpi[]>();
  for (const kpi of kpis) {
    if (kpi.zone !== null) continue;
    found.set(kpi.id, [...(found.get(kpi.id) ?? []), kpi]);
  }
  for (const values of found.values()) values.sort((a, b) => startOf(a) - startOf(b));
  return found;
}

export const startOf = (kpi: Kpi): number => toMs(kpi.period.start) ?? 0;

/** What stands for how a KPI does; null where there is nothing to reach. */
export const STATE_LOOKS: Record<KpiState, Status | null> = {
  met: "operational",
  in_band: "operational",
  missed: "outage",
  out_of_band: "degraded",
  no_target: null,
  not_enough_data: "unknown",
};

/** What has no unit that anybody says. */
const UNSAID = new Set(["", "1", "ratio"]);

/** A value with its unit: `96.4 %`. */
export const valueText = (value: number | null, unit: string, lang: Lang): string =>
  value === null ? "–" : `${shown(value, lang)}${UNSAID.has(unit) ? "" : ` ${unit}`}`;

/** What is to be reached: `≥ 95 %`, `≤ 15 µg/m³`, `60–85 %`; null where nothing is. */
export function targetText({ direction, target, band, unit }: Kpi, lang: Lang): string | null {
  if (target === null) return band && bandText(band, unit, lang);
  return `${direction === "down" ? "≤" : "≥"} ${valueText(target, unit, lang)}`;
}

export function bandText([low, high]: [number | null, number | null], unit: string, lang: Lang): string {
  if (low === null) return `≤ ${valueText(high, unit, lang)}`;
  if (high === null) return `≥ ${valueText(low, unit, lang)}`;
  return `${shown(low, lang)}–${valueText(high, unit, lang)}`;
}

/** What limits of the target belong into a drawing. */
export const limitsOf = ({ target, band }: Kpi): number[] =>
  [target, band?.[0], band?.[1]].filter((limit): limit is number => typeof limit === "number");

export interface ZoneBar {
  kpi: Kpi;
  /** 0 to 1 of the bar's length; null without a value. */
  share: number | null;
}

/** The zones from best to worst, those without enough data last; bars begin at zero. */
export function zoneBars(kpis: readonly Kpi[]): { bars: ZoneBar[]; limits: number[] } {
  const zones = kpis.filter((kpi) => kpi.zone !== null);
  const first = zones[0];
  if (!first) return { bars: [], limits: [] };
  const values = zones.flatMap(({ value }) => (value === null ? [] : [value]));
  const limits = limitsOf(first);
  const top = Math.max(0, ...values, ...limits) || 1;
  const better = first.direction === "down" ? 1 : -1;
  const sorted = [...zones].sort(
    (a, b) =>
      Number(a.value === null) - Number(b.value === null) || better * ((a.value ?? 0) - (b.value ?? 0)),
  );
  return {
    bars: sorted.map((kpi) => ({
      kpi,
      share: kpi.value === null ? null : Math.min(1, Math.max(0, kpi.value / top)),
    })),
    limits: limits.map((limit) => limit / top),
  };
}

/** How many reach what they mean to, of those that have a target and enough data. */
export function scoreOf(kpis: readonly Kpi[]): { good: number; of: number; unknown: number } {
  const looks = kpis.map(({ state }) => STATE_LOOKS[state]);
  return {
    good: looks.filter((look) => look === "operational").length,
    of: looks.filter((look) => look !== null && look !== "unknown").length,
    unknown: looks.filter((look) => look === "unknown").length,
  };
}

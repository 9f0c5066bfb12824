import type { Alert, Device, Lang, Metric, ObservationType, Text, Value } from "../contract";

/** The text in the reader's language, else in the other. */
export const said = (text: Text | null | undefined, lang: Lang): string =>
  text ? text[lang] || text[lang === "en" ? "th" : "en"] : "";

/** A reason as a sentence begins. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** An identifier as words: `traffic-counts` → `Traffic counts`. */
export function words(id: string): string {
  return sentence(id.replaceAll(/[-_]+/g, " "));
}

/** The catalogue's entry of an alert's metric, measured or derived: that of its device's types, else of any type that has it. */
export function metricOf(
  alert: Alert,
  devices: ReadonlyMap<string, Device>,
  types: ReadonlyMap<string, ObservationType>,
): Metric | null {
  const metric = alert.evidence.metric;
  if (!metric) return null;
  const own = (alert.device && devices.get(alert.device)?.types) || [];
  const candidates = [...own.map((name) => types.get(name)), ...types.values()];
  for (const type of candidates) {
    const found = type?.metrics[metric] ?? type?.derived?.[metric];
    if (found) return found;
  }
  return null;
}

/** A value as text: numbers with three significant digits or so, in the reader's way. */
export function shown(value: Value | null | undefined, lang: Lang): string {
  if (typeof value === "number") return number(value, lang);
  if (typeof value === "boolean") return value ? "✓" : "✗";
  return value ?? "–";
}

function number(value: number, lang: Lang): string {
  const size = Math.abs(value);
  const decimals = size >= 1000 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString(lang === "th" ? "th-TH" : "en-GB", { maximumFractionDigits: decimals });
}

/** A share as per cent, with as many decimals as an objective needs: 0.9971 → `99.71 %`. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

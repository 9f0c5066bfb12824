import type { JSX } from "preact";
import type { Kpi, KpiState, Trend } from "../../contract.status";
import { bandText, STATE_LOOKS, startOf, targetText, valueText } from "../../model/kpis";
import { percent, said, sentence, words } from "../../model/labels";
import { type Span, spanAsked } from "../../model/periods";
import { useStore } from "../../store";
import { Icon, type IconName, StatusMark } from "../Icon";

/** The period that the address asks for. */
export function useSpan(): Span {
  const { kpiFilters, live, time } = useStore();
  const { period, at } = kpiFilters.value;
  return spanAsked(period, at, live.now.value, time.value.timezone);
}

/** What to ask of the server for a span that goes on, or is over. */
export function queryOf({ kind, start, end }: Span, now: number): Record<string, string> {
  if (now < end && now >= start) return { period: kind };
  return { period: kind, start: iso(start), end: iso(end) };
}

export const iso = (ms: number): string => new Date(ms).toISOString();

export function StateMark({ state }: { state: KpiState }): JSX.Element {
  const say = useStore().text.value;
  const word = say.kpiStates[state] ?? words(state);
  const look = STATE_LOOKS[state] ?? null;
  return look ? <StatusMark status={look} word={word} /> : <span class="muted">{word}</span>;
}

/** Better is up and green, whichever way its numbers go; the word says which it is. */
export function TrendMark({ kpi }: { kpi: Kpi }): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  const { trend, previous, unit } = kpi;
  if (!trend) return null;
  const before = typeof previous === "number" ? say.previousWas(valueText(previous, unit, lang)) : undefined;
  return (
    <span class={`mark trend ${trend === "same" ? "muted" : ""} ${TONES[trend]}`} title={before}>
      <Icon name={arrowOf(kpi)} size={15} />
      <span>{say.trends[trend]}</span>
    </span>
  );
}

const TONES: Record<Trend, string> = { better: "tone-operational", worse: "tone-degraded", same: "" };

/** The arrow goes as the number went. */
function arrowOf({ value, previous }: Kpi): IconName {
  if (typeof previous !== "number" || value === null || value === previous) return "level";
  return value > previous ? "up" : "down";
}

/** What is to be reached, in numbers or in words; and what is still acceptable. */
export function Target({ kpi }: { kpi: Kpi }): JSX.Element {
  const { lang, text } = useStore();
  const target = targetText(kpi, lang);
  const acceptable = kpi.target !== null && kpi.band ? bandText(kpi.band, kpi.unit, lang) : null;
  return (
    <>
      {target ?? said(kpi.goal, lang)}
      {acceptable && <span class="fine"> {text.value.acceptable(acceptable)}</span>}
    </>
  );
}

/** Why there is no value. */
export function WhyNot({ kpi }: { kpi: Kpi }): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  if (kpi.state !== "not_enough_data") return null;
  const { coverage, samples, reason } = kpi;
  const counted =
    coverage === null || samples === 0
      ? say.noSamples
      : say.coverageOnly(percent(Math.floor(coverage * 1000) / 1000));
  return <span class="fine">{sentence(said(reason, lang)) || counted}</span>;
}

/** What it is computed by, and where that comes from. */
export function AboutKpi({ kpi }: { kpi: Kpi }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  return (
    <dl class="about-kpi">
      <dt>{say.formula}</dt>
      <dd>{said(kpi.formula, lang) || "–"}</dd>
      <dt>{say.direction}</dt>
      <dd>{say.directions[kpi.direction ?? "up"]}</dd>
      <dt>{say.source}</dt>
      <dd>
        {kpi.source || "–"}
        {kpi.verified === false && <p class="fine">{say.unverified}</p>}
      </dd>
    </dl>
  );
}

const [WIDTH, HEIGHT] = [96, 26];

/** The last periods as a line; where there was not enough data it is broken. */
export function Spark({ values, label }: { values: Kpi[]; label: string }): JSX.Element | null {
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  const first = values[0];
  if (known.length < 2 || !first) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const begin = startOf(first);
  const length = startOf(values.at(-1) ?? first) - begin || 1;
  const x = (kpi: Kpi) => 3 + ((startOf(kpi) - begin) / length) * (WIDTH - 6);
  const y = (value: number) => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const last = values.findLast(({ value }) => value !== null);
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <path class="spark-line" d={brokenLine(values, x, y)} />
      {last && last.value !== null && <circle class="spark-dot" cx={x(last)} cy={y(last.value)} r={2.6} />}
    </svg>
  );
}

/** A line through the values that there are, with a gap wherever one is missing between two. */
export function brokenLine(values: Kpi[], x: (kpi: Kpi) => number, y: (value: number) => number): string {
  let drawing = false;
  return values
    .map((kpi) => {
      if (kpi.value === null) {
        drawing = false;
        return "";
      }
      const point = `${drawing ? "L" : "M"}${x(kpi).toFixed(1)} ${y(kpi.value).toFixed(1)}`;
      drawing = true;
      return point;
    })
    .join("");
}

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Alert } from "../contract";
import { bucketFor, type Dot, rangeOf, series, ticks, timeTicks } from "../model/chart";
import { said, shown, words } from "../model/labels";
import { HOUR, MINUTE, toMs } from "../model/time";
import { useStore } from "../store";
import { useLoaded, useSize } from "./hooks";

const MARGIN = { top: 14, right: 12, bottom: 22, left: 44 };

/** The readings around an alert against its threshold. */
export function EvidenceChart({ alert }: { alert: Alert }): JSX.Element {
  const { text } = useStore();
  const loaded = useDots(alert);
  const dots = useWithLive(
    alert,
    loaded.kind === "ready" && loaded.value.length > 1 ? loaded.value : own(alert),
  );
  if (loaded.kind === "loading") return <div class="bone chart" />;
  if (dots.length > 1) return <Chart alert={alert} dots={dots} />;
  return <p class="muted">{loaded.kind === "failed" ? text.value.readingsFailed : text.value.noReadings}</p>;
}

/** The device's readings from an hour before the alert until now, or until it ended. */
function useDots(alert: Alert) {
  const store = useStore();
  const { device, evidence } = alert;
  const starts = toMs(alert.starts_at) ?? Date.now();
  const key = `${alert.id} ${alert.state}`;
  return useLoaded(key, async (): Promise<Dot[]> => {
    if (!device || !evidence.metric) return [];
    const start = starts - HOUR;
    const end = Math.max(toMs(alert.ends_at) ?? store.live.now.value, starts) + MINUTE;
    const every = bucketFor(end - start);
    const query = { device, metric: evidence.metric, start: iso(start), end: iso(end), limit: 2000 };
    return series(
      await store.api.observations(every ? { ...query, every, agg: "mean" } : query),
      evidence.metric,
    );
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** The readings that the alert itself carries. */
function own(alert: Alert): Dot[] {
  const dots = alert.evidence.readings.map(({ time, value }) => ({ at: toMs(time) ?? 0, value }));
  return dots.filter((dot): dot is Dot => typeof dot.value === "number").sort((a, b) => a.at - b.at);
}

/** The stored readings, and what the stream brings since. */
function useWithLive(alert: Alert, dots: Dot[]): Dot[] {
  const { live } = useStore();
  const [heard, setHeard] = useState<Dot[]>([]);
  const { device, evidence } = alert;
  const { metric } = evidence;
  useEffect(() => {
    setHeard([]);
    if (!device || !metric) return undefined;
    return live.pulse.fresh.subscribe((readings) => {
      const own = series(
        readings.filter((reading) => reading.device === device),
        metric,
      );
      if (own.length) setHeard((before) => [...before, ...own]);
    });
  }, [live, device, metric]);
  const last = dots.at(-1)?.at ?? 0;
  return alert.state === "resolved" ? dots : [...dots, ...heard.filter((dot) => dot.at > last)];
}

function Chart({ alert, dots }: { alert: Alert; dots: Dot[] }): JSX.Element {
  const { lang, text, time } = useStore();
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const { metric, threshold } = alert.evidence;
  const limit = typeof threshold === "number" ? threshold : null;
  const span = { low: dots[0]?.at ?? 0, high: dots.at(-1)?.at ?? 1 };
  const range = rangeOf([...dots.map((dot) => dot.value), ...(limit === null ? [] : [limit])]);
  const x = (at: number) =>
    MARGIN.left + ((at - span.low) / (span.high - span.low || 1)) * (width - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    height -
    MARGIN.bottom -
    ((value - range.low) / (range.high - range.low)) * (height - MARGIN.top - MARGIN.bottom);
  const line = dots.map((dot) => `${x(dot.at).toFixed(1)} ${y(dot.value).toFixed(1)}`).join("L");
  const starts = toMs(alert.starts_at);
  const label = text.value.chartLabel(words(metric ?? ""), alert.device ?? said(alert.title, lang));
  const last = dots.at(-1);
  return (
    <div ref={ref} class="chart">
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {ticks(range, 4).map((tick) => (
            <g key={tick} class="chart-grid">
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
              <text x={MARGIN.left - 6} y={y(tick) + 4} text-anchor="end">
                {shown(tick, lang)}
              </text>
            </g>
          ))}
          {timeTicks(span, Math.max(2, Math.floor(width / 90))).map((tick) => (
            <text key={tick} class="chart-time" x={x(tick)} y={height - 6} text-anchor="middle">
              {time.value.short(tick)}
            </text>
          ))}
          {starts !== null && starts >= span.low && starts <= span.high && (
            <rect
              class={`chart-firing fill-${alert.severity}`}
              x={x(starts)}
              y={MARGIN.top}
              width={Math.max(1, x(Math.min(toMs(alert.ends_at) ?? span.high, span.high)) - x(starts))}
              height={height - MARGIN.top - MARGIN.bottom}
            />
          )}
          {limit !== null && (
            <g class={`chart-limit line-${alert.severity}`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(limit)} y2={y(limit)} />
              <text x={MARGIN.left + 6} y={y(limit) - 5}>
                {text.value.thresholdLine(shown(limit, lang))}
              </text>
            </g>
          )}
          <path class="chart-line" d={`M${line}`} />
          {last && <circle class="chart-last" cx={x(last.at)} cy={y(last.value)} r={3.5} />}
        </svg>
      )}
    </div>
  );
}

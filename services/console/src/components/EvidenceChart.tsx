import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Alert } from "../contract";
import { bucketFor, type Dot, series } from "../model/chart";
import { shown } from "../model/labels";
import { HOUR, MINUTE, toMs } from "../model/time";
import { useStore } from "../store";
import { Chart } from "./Chart";
import { useLoaded } from "./hooks";

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
  if (alert.evidence.readings.length > 0) return <Readings alert={alert} />;
  return <p class="muted">{loaded.kind === "failed" ? text.value.readingsFailed : text.value.noReadings}</p>;
}

/** Readings that are too few, or words, to draw. */
function Readings({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, time } = useStore();
  return (
    <ul class="readings">
      {alert.evidence.readings.map((reading) => (
        <li key={`${reading.time} ${reading.device ?? ""}`}>
          <time>{time.value.moment(toMs(reading.time) ?? 0, live.now.value)}</time>
          <b>{shown(reading.value, lang)}</b>
          {reading.device && <span class="muted">{reading.device}</span>}
        </li>
      ))}
    </ul>
  );
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

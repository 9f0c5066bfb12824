import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Alert } from "../contract";
import { bucketFor, type Dot, series } from "../model/chart";
import { metricOf, shown } from "../model/labels";
import { HOUR, MINUTE, toMs } from "../model/time";
import { membersOf } from "../model/why";
import { useStore } from "../store";
import { Chart } from "./Chart";
import { DeviceLink } from "./data/DeviceFilter";
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
  if (alert.evidence.devices) return <Members alert={alert} />;
  if (alert.evidence.readings.length > 0) return <Readings alert={alert} />;
  return <p class="muted">{loaded.kind === "failed" ? text.value.readingsFailed : text.value.noReadings}</p>;
}

/** The devices of a quorum, each with its reading. */
function Members({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, text } = useStore();
  const unit = metricOf(alert, live.devices.value, live.types.value)?.unit ?? "";
  const members = membersOf(alert.evidence);
  const { count, total } = alert.evidence;
  const most = Math.max(...members.map(({ value }) => (typeof value === "number" ? Math.abs(value) : 0)));
  return (
    <div class="members">
      <h4>
        {text.value.membersTitle}
        <span class="count">{text.value.membersOf(count ?? members.length, total ?? members.length)}</span>
      </h4>
      <ul>
        {members.map(({ device, value }) => (
          <li key={device} data-member={device}>
            <DeviceLink device={device} />
            <span class="bar">
              {typeof value === "number" && most > 0 && (
                <span class="bar-fill" style={{ width: `${(Math.abs(value) / most) * 100}%` }} />
              )}
            </span>
            {value !== null && (
              <b>
                {shown(value, lang)} {typeof value === "number" && unit}
              </b>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
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
    // Words are no line: what the alert carries is enough.
    const isWord = evidence.value !== null && typeof evidence.value !== "number";
    if (!device || !evidence.metric || isWord) return [];
    // An hour before, or all of the window that the rule looked at.
    const start = Math.min(starts - HOUR, toMs(evidence.from) ?? starts);
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

/** The readings that the alert itself carries; those of several devices are no line. */
function own(alert: Alert): Dot[] {
  if (!alert.device) return [];
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

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Ledger, Reading } from "../contract";
import { said, shown } from "../model/labels";
import { addsUp, KEPT_MS, rates, received } from "../model/rate";
import { MINUTE, SECOND, span, toMs } from "../model/time";
import { useStore } from "../store";
import { Follow } from "./Follow";
import { useSize } from "./hooks";
import { Icon } from "./Icon";

/** The line fills its box after this long, and begins to move after KEPT_MS. */
const LEAST_MS = 30_000;
const LEDGER_PARTS = ["received", "stored", "duplicate", "quarantined", "pending"] as const;
const SIGNS = { received: "", stored: "=", duplicate: "+", quarantined: "+", pending: "+" };

/** What arrives, and where it went. */
export function PulseCard(): JSX.Element {
  const { live, text } = useStore();
  const ledger = live.pulse.ledger.value;
  return (
    <section class="card pulse" aria-label={text.value.pulseTitle}>
      <div class="card-head">
        <h2>{text.value.pulseTitle}</h2>
        {ledger && <AddsUp ledger={ledger} />}
        <Follow />
      </div>
      <Rate />
      {ledger ? <LedgerRow ledger={ledger} /> : <div class="bone row" />}
      <Ticker />
    </section>
  );
}

function AddsUp({ ledger }: { ledger: Ledger }): JSX.Element {
  const { text } = useStore();
  const good = addsUp(ledger);
  return (
    <span class={`mark fine ${good ? "tone-operational" : "tone-degraded"}`}>
      <Icon name={good ? "check" : "degraded"} size={16} />
      {good ? text.value.addsUp : text.value.addsNotUp}
    </span>
  );
}

function Rate(): JSX.Element {
  const { live, lang, text } = useStore();
  const samples = live.pulse.samples.value;
  const now = received(samples, 10 * SECOND);
  const minute = received(samples, MINUTE);
  return (
    <div class="rate">
      <div class="rate-now">
        <b>{now ? shown(Math.round(now.perSecond * 10) / 10, lang) : "–"}</b>
        <span>
          {text.value.perSecond}
          <br />
          {minute && text.value.within(shown(minute.count, lang), span(nearest(minute.over), lang))}
        </span>
      </div>
      <Sparkline points={rates(samples)} label={text.value.rateLabel} />
    </div>
  );
}

/** Samples are about two seconds apart: 58 s is a minute. */
const nearest = (ms: number): number => (ms > MINUTE - 4 * SECOND ? MINUTE : ms);

function Sparkline({
  points,
  label,
}: {
  points: { at: number; perSecond: number }[];
  label: string;
}): JSX.Element {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const top = Math.max(1, ...points.map((point) => point.perSecond)) * 1.15;
  const first = points[0];
  const end = points.at(-1)?.at ?? 0;
  const shownMs = Math.min(KEPT_MS, Math.max(LEAST_MS, end - (first?.at ?? end)));
  const place = (point: { at: number; perSecond: number }) => {
    const x = width - ((end - point.at) / shownMs) * width;
    return `${x.toFixed(1)} ${(height - 2 - (point.perSecond / top) * (height - 6)).toFixed(1)}`;
  };
  const line = points.map(place).join("L");
  const from = first ? (width - ((end - first.at) / shownMs) * width).toFixed(1) : 0;
  return (
    <div ref={ref} class="sparkline">
      {width > 0 && points.length > 1 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <path class="spark-area" d={`M${from} ${height}L${line}L${width} ${height}Z`} />
          <path class="spark-line" d={`M${line}`} />
        </svg>
      )}
    </div>
  );
}

function LedgerRow({ ledger }: { ledger: Ledger }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const names = { ...say, pending: say.inWork };
  return (
    <dl class="ledger">
      {LEDGER_PARTS.map((part) => (
        <div
          key={part}
          class={part === "quarantined" && ledger[part] > 0 ? "has-some" : ""}
          data-ledger={part}
        >
          <dt>
            <i aria-hidden="true">{SIGNS[part]}</i> {names[part]}
          </dt>
          <dd>{shown(ledger[part], lang)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The newest readings; they hold still under the pointer, to be read. */
function Ticker(): JSX.Element {
  const { live, text } = useStore();
  const [held, setHeld] = useState<Reading[] | null>(null);
  const readings = held ?? live.pulse.ticker.value;
  const device = live.pulse.followed.value;
  return (
    <div
      class="ticker"
      onPointerEnter={() => setHeld(live.pulse.ticker.peek())}
      onPointerLeave={() => setHeld(null)}
    >
      <h3>{device === null ? text.value.latestReadings : text.value.latestReadingsOf(device)}</h3>
      {readings.length === 0 && <p class="muted">{text.value.noReadingsYet}</p>}
      <ul>
        {readings.map((reading) => (
          <TickerLine key={`${reading.device} ${reading.type} ${reading.time}`} reading={reading} />
        ))}
      </ul>
    </div>
  );
}

function TickerLine({ reading }: { reading: Reading }): JSX.Element {
  const { live, lang, time } = useStore();
  const metrics = live.types.value.get(reading.type)?.metrics ?? {};
  return (
    <li>
      <time>{time.value.clock(toMs(reading.time) ?? 0)}</time>
      <b>{reading.device}</b>
      <span class="ticker-values">
        {Object.entries(reading.values).map(([name, value]) => (
          <span key={name}>
            {said(metrics[name]?.title, lang) || name} <b>{shown(value, lang)}</b> {metrics[name]?.unit ?? ""}
          </span>
        ))}
      </span>
    </li>
  );
}

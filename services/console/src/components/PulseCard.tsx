import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Ledger, Reading } from "../contract";
import { said, shown } from "../model/labels";
import { addsUp, rates, received } from "../model/rate";
import { MINUTE, SECOND, span, toMs } from "../model/time";
import { useStore } from "../store";
import { Follow } from "./Follow";
import { Icon } from "./Icon";
import { Sparkline } from "./Sparkline";

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

/** Whether every reading received is in exactly one place. */
export function AddsUp({ ledger }: { ledger: Ledger }): JSX.Element {
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
      <Sparkline
        points={rates(samples).map(({ at, perSecond }) => ({ at, value: perSecond }))}
        label={text.value.rateLabel}
      />
    </div>
  );
}

/** Samples are about two seconds apart: 58 s is a minute. */
const nearest = (ms: number): number => (ms > MINUTE - 4 * SECOND ? MINUTE : ms);

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

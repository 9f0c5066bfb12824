import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Ledger } from "../../contract";
import type { Polled } from "../../live/poll";
import { type Waiting as Sample, trendOf, withWaiting } from "../../model/backlog";
import { brokerDrops } from "../../model/ledger";
import { useStore } from "../../store";
import { Icon, type IconName } from "../Icon";
import { Sparkline } from "../Sparkline";

/** What waits for its store and whether it grows, and what the broker itself lost. */
export function Waiting({ polled }: { polled: Polled<Ledger> }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const ledger = polled.error === null ? polled.value : null;
  const samples = useSamples(polled);
  return (
    <section class="card waiting" aria-label={say.waitsTitle}>
      <div class="waiting-part">
        <h2>{say.waitsTitle}</h2>
        {ledger ? <Pending pending={ledger.pending} samples={samples} /> : <Blank polled={polled} />}
      </div>
      {!polled.value || polled.value.broker ? (
        <div class="waiting-part">
          <h2>{say.brokerTitle}</h2>
          {ledger ? <Broker ledger={ledger} /> : <Blank polled={polled} />}
        </div>
      ) : null}
    </section>
  );
}

function Blank({ polled }: { polled: Polled<unknown> }): JSX.Element {
  const { text } = useStore();
  if (polled.error === null) return <div class="bone" />;
  return <Fact icon="unknown" words={text.value.unknownNow} />;
}

function Fact({ icon, words }: { icon: IconName; words: string }): JSX.Element {
  return (
    <p class={`waiting-fact mark tone-${icon}`}>
      <Icon name={icon} size={18} />
      <span>{words}</span>
    </p>
  );
}

/** What waited over the last minutes, one sample for each answer. */
function useSamples({ value, at, error }: Polled<Ledger>): Sample[] {
  const [samples, setSamples] = useState<Sample[]>([]);
  const pending = value?.pending;
  useEffect(() => {
    if (error === null && pending !== undefined && at !== null)
      setSamples((before) => withWaiting(before, { at, pending }));
  }, [at, error, pending]);
  return samples;
}

function Pending({ pending, samples }: { pending: number; samples: Sample[] }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const trend = trendOf(samples);
  const words = {
    growing: say.growing,
    draining: say.draining,
    steady: pending ? say.steady : say.steadyNone,
  };
  return (
    <>
      <div class={`rate trend-${trend}`}>
        <div class="rate-now">
          <b data-waiting="">{pending.toLocaleString(lang === "th" ? "th-TH" : "en-GB")}</b>
          <span>{say.waits(pending)}</span>
        </div>
        <Sparkline
          points={samples.map((sample) => ({ at: sample.at, value: sample.pending }))}
          label={say.trendLabel}
        />
      </div>
      <Fact icon={trend === "growing" ? "degraded" : "operational"} words={words[trend]} />
    </>
  );
}

function Broker({ ledger }: { ledger: Ledger }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const drops = brokerDrops(ledger);
  if (drops.kind === "away") return <Fact icon="unknown" words={say.brokerAway} />;
  if (drops.kind === "untold") return <Fact icon="unknown" words={say.brokerUntold} />;
  return (
    <>
      <Fact icon={drops.dropped ? "degraded" : "operational"} words={say.brokerDropped(drops.dropped)} />
      {drops.dropped > 0 && <p class="fine">{say.brokerDroppedNote}</p>}
    </>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ChannelHealth, Receiver } from "../../contract";
import { said, words } from "../../model/labels";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty } from "../Alerts";
import { Unknown } from "../data/Unknown";
import { usePolled } from "../hooks";
import { Icon, StatusMark } from "../Icon";

const ASK_MS = 5000;

/** Who can be told, over which channels, and whether these work. */
export function Receivers(): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const polled = usePolled("receivers", ASK_MS, () => api.receivers());
  const receivers = polled.value;
  return (
    <section class="card receivers" id="receivers" tabIndex={-1} aria-label={say.receiversTitle}>
      <div class="card-head">
        <h2>
          {say.receiversTitle}
          {receivers && <span class="count">{receivers.length}</span>}
        </h2>
      </div>
      <Unknown polled={polled} />
      {receivers?.length === 0 && (
        <Empty icon="unknown" title={say.noReceivers} detail={say.noReceiversText} />
      )}
      {receivers ? (
        <ul class="receiver-list">
          {receivers.map((receiver) => (
            <ReceiverCard key={receiver.name} receiver={receiver} again={polled.again} />
          ))}
        </ul>
      ) : (
        polled.error === null && <div class="bone row" />
      )}
    </section>
  );
}

function ReceiverCard({ receiver, again }: { receiver: Receiver; again: () => void }): JSX.Element {
  const { lang, text } = useStore();
  return (
    <li class="receiver" data-receiver={receiver.name}>
      <div class="receiver-head">
        <Icon name="user" size={20} />
        <div class="rule-what">
          <b>{said(receiver.title, lang) || receiver.name}</b>
          <span class="muted">{receiver.name}</span>
        </div>
        <Test receiver={receiver} again={again} />
      </div>
      {receiver.channels.length === 0 && (
        <p class="mark tone-degraded">
          <Icon name="degraded" size={16} />
          <span>{text.value.noChannel}</span>
        </p>
      )}
      <ul class="channels">
        {receiver.channels.map((channel, i) => (
          <Channel key={`${channel.kind} ${i}`} channel={channel} />
        ))}
      </ul>
    </li>
  );
}

/** A channel that works is calm; one that fails says why, and since when nothing went through. */
function Channel({ channel }: { channel: ChannelHealth }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const { id = "", kind, state, waiting, delivered, failed, last_error, last_delivered } = channel;
  const status = state === "failing" ? "outage" : state === "limited" ? "degraded" : "operational";
  const at = toMs(last_delivered);
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  return (
    <li class={`channel edge-${status}`} data-channel={kind}>
      <b class="channel-kind">{id && id !== kind ? id : kind}</b>
      <StatusMark status={status} word={say.channelStates[state] ?? words(state)} />
      <dl class="channel-counts">
        {(
          [
            ["waiting", waiting],
            ["delivered", delivered],
            ["failed", failed],
          ] as const
        ).map(([which, n]) => (
          <div key={which} class={n && which !== "delivered" ? `has-some is-${which}` : ""}>
            <dt>{say.noteStates[which]}</dt>
            <dd>{count(n)}</dd>
          </div>
        ))}
      </dl>
      <span class="muted channel-last">
        {at === null ? say.nothingDelivered : say.lastDelivered(time.value.moment(at, live.now.value))}
      </span>
      {last_error && status !== "operational" && <code class="log-error">{last_error}</code>}
    </li>
  );
}

function Test({ receiver, again }: { receiver: Receiver; again: () => void }): JSX.Element | null {
  const { api, session, text } = useStore();
  const say = text.value;
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ isGood: boolean; words: string } | null>(null);
  if (session.value?.role !== "admin") return null;
  const test = async () => {
    setBusy(true);
    setOutcome(null);
    try {
      const { items } = await api.testReceiver(receiver.name);
      const bad = items.filter(({ state }) => state === "failed");
      setOutcome(
        bad.length
          ? { isGood: false, words: bad.map(({ channel, error }) => `${channel}: ${error ?? ""}`).join(" ") }
          : { isGood: true, words: say.tested(items.filter(({ state }) => state === "delivered").length) },
      );
    } catch (error) {
      setOutcome({ isGood: false, words: (error as Error).message });
    } finally {
      setBusy(false);
      again();
    }
  };
  return (
    <div class="receiver-test">
      <span role="status" class={outcome?.isGood ? "mark tone-operational" : "log-error"}>
        {outcome && <Icon name={outcome.isGood ? "check" : "degraded"} size={16} />}
        {outcome?.words}
      </span>
      <button type="button" class="button" disabled={busy} onClick={() => void test()}>
        <Icon name="bell" size={17} />
        {busy ? say.testing : say.sendTest}
      </button>
    </div>
  );
}

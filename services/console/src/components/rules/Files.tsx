import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ProblemError } from "../../api";
import type { RuleChanges, RuleState } from "../../contract";
import type { Polled } from "../../live/poll";
import { ruleAddress } from "../../model/place";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { mayIntegrate } from "../data/Causes";
import { Unknown } from "../data/Unknown";
import { Icon } from "../Icon";
import { type Fact, FactList } from "../WhyFacts";

type AskedAgain<T> = Polled<T> & { again: () => void };

/** The files that the rules stand in: since when, what the last reload changed, and reloading now. */
export function Files({ polled }: { polled: AskedAgain<RuleState> }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const state = polled.value;
  return (
    <section class="card rule-files" aria-label={say.filesTitle} aria-busy={!state}>
      <div class="card-head">
        <h2>{say.filesTitle}</h2>
        {state && <span class="muted">{say.rulesInForce(state.rules)}</span>}
      </div>
      <Unknown polled={polled} />
      {state ? <State state={state} /> : polled.error === null && <div class="bone row" />}
      <Reload again={polled.again} />
    </section>
  );
}

function State({ state }: { state: RuleState }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const { last, packs, files } = state;
  const moment = (at: string | number) => time.value.moment(toMs(at) ?? 0, live.now.value);
  const facts: Fact[] = [
    [say.loadedAt, moment(state.loaded_at)],
    [
      say.lastReload,
      last ? (
        <>
          {say.reloadedBy(moment(last.at), last.by)}
          <span class={last.outcome === "refused" ? "outcome is-refused" : "outcome"}>
            <Icon name={last.outcome === "refused" ? "outage" : "check"} size={16} />
            {say.outcomes[last.outcome]}
          </span>
        </>
      ) : (
        say.neverReloaded
      ),
    ],
    [say.version, <code key="digest">{state.digest.slice(0, 19)}</code>],
  ];
  return (
    <div class="files-body">
      <FactList facts={facts} />
      {last?.outcome === "loaded" && <Changes changes={last} />}
      <Names title={say.cityFiles} names={files} />
      <Names title={say.packsTitle} names={packs} />
    </div>
  );
}

/** More names than these say no more than their number. */
const MOST_NAMES = 40;

function Changes({ changes }: { changes: RuleChanges }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const fates = (["added", "changed", "removed"] as const).filter((fate) => changes[fate].length > 0);
  return (
    <div class="changes">
      <h3>{say.changesTitle}</h3>
      {fates.map((fate) => (
        <p key={fate} data-fate={fate}>
          <b>{say.fates[fate]}</b>
          {changes[fate].slice(0, MOST_NAMES).map((id) =>
            fate === "removed" ? (
              <code key={id}>{id}</code>
            ) : (
              <a key={id} class="device-link" href={ruleAddress(id)}>
                {id}
              </a>
            ),
          )}
          {changes[fate].length > MOST_NAMES && (
            <span class="muted">{say.andMore(changes[fate].length - MOST_NAMES)}</span>
          )}
        </p>
      ))}
      <p class="muted">{say.keptCount(changes.kept.length)}</p>
    </div>
  );
}

function Names({ title, names }: { title: string; names: string[] }): JSX.Element {
  const { text } = useStore();
  return (
    <details class="names">
      <summary>
        <Icon name="next" size={15} />
        {title} <span class="count">{names.length}</span>
      </summary>
      {names.length ? (
        <ul>
          {names.map((name) => (
            <li key={name}>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      ) : (
        <p class="muted">{text.value.noFiles}</p>
      )}
    </details>
  );
}

function Reload({ again }: { again: () => void }): JSX.Element {
  const { api, live, session, text } = useStore();
  const say = text.value;
  const [done, setDone] = useState<RuleChanges | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const may = mayIntegrate(session.value?.role);
  const reload = async () => {
    setBusy(true);
    setDone(null);
    setFailure(null);
    try {
      setDone(await api.reloadRules());
    } catch (error) {
      setFailure(error instanceof ProblemError ? error.message : say.unreachableTitle);
    } finally {
      setBusy(false);
      again();
    }
  };
  return (
    <div class="reload">
      <button
        type="button"
        class="button"
        disabled={!may || busy || live.isStale.value}
        onClick={() => void reload()}
      >
        <Icon name="again" size={18} />
        {busy ? say.reloading : say.reload}
      </button>
      <p class="muted fine" role="status">
        {done
          ? say.reloaded(done.added.length, done.changed.length, done.removed.length)
          : may
            ? say.reloadNote
            : say.reloadRole}
      </p>
      {failure && (
        <div class="refusal" role="alert">
          <Icon name="outage" size={18} />
          <p>
            <b>{say.failed}.</b> <span lang="en">{failure}</span>
          </p>
        </div>
      )}
    </div>
  );
}

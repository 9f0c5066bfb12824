import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type DomainStatus, SEVERITIES } from "../../contract";
import { said, sentence } from "../../model/labels";
import { shelvedNotes } from "../../model/notes";
import { troubledOf } from "../../model/standing";
import { span, toMs } from "../../model/time";
import { wallSays } from "../../model/wallscreen";
import { turnWall, useStore } from "../../store";
import { Icon } from "../Icon";
import { useNotes } from "../public/NotesPage";

/** The mayor's screen: seven domains, big, without controls, and loud when it does not know. */
export function Wall(): JSX.Element {
  const { live } = useStore();
  useLeaving();
  useWakefulness();
  const says = wallSays(live.connection.value, live.domains.value);
  return (
    <main class={`wall ${says.kind === "stale" ? "is-stale" : ""}`} data-wall={says.kind}>
      <Top />
      <Loud />
      <section class="wall-domains">
        {(live.domains.value ?? []).map((domain) => (
          <Domain key={domain.domain} domain={domain} />
        ))}
        <Rest />
      </section>
    </main>
  );
}

/** Escape leaves; the pointer shows no button on a wall that nobody touches. */
function useLeaving(): void {
  const store = useStore();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") turnWall(store, false);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [store]);
}

/** A screen that nobody touches is not to fall asleep, where the browser lets us ask for that. */
function useWakefulness(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const ask = async () => {
      if (document.hidden || !("wakeLock" in navigator)) return;
      lock = await navigator.wakeLock.request("screen").catch(() => null);
    };
    void ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}

function Top(): JSX.Element {
  const { city, live, lang, text, time } = useStore();
  const say = text.value;
  const other = lang === "en" ? "th" : "en";
  const now = live.now.value;
  return (
    <header class="wall-top">
      <div>
        <h1>{said(city.value?.name, lang) || say.product}</h1>
        <p lang={other}>{said(city.value?.name, other)}</p>
      </div>
      <Overall />
      <time class="wall-clock" dateTime={new Date(now).toISOString()}>
        <b>{time.value.short(now)}</b>
        <span>{time.value.date(now)}</span>
      </time>
    </header>
  );
}

/** The whole city in one line; while it is not known, that. */
function Overall(): JSX.Element {
  const { live, text } = useStore();
  const say = text.value;
  const says = wallSays(live.connection.value, live.domains.value);
  if (says.kind === "stale" || says.kind === "waiting") {
    return (
      <p class="wall-overall tone-unknown">
        <Icon name="unknown" size={56} />
        {says.kind === "stale" ? say.statuses.unknown : say.wallWaiting}
      </p>
    );
  }
  const isWell = says.kind === "well";
  return (
    <p class={`wall-overall ${isWell ? "tone-operational" : "tone-degraded"}`} role="status">
      <Icon name={isWell ? "operational" : "degraded"} size={56} />
      {isWell ? say.wallOperational : say.wallTrouble(says.domains)}
    </p>
  );
}

/** That what is shown is old, louder than anything that is shown. */
function Loud(): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const connection = live.connection.value;
  if (connection.kind !== "stale") return null;
  const now = live.now.value;
  const { since } = connection;
  return (
    <div class="wall-loud" role="alert">
      <Icon name="offline" size={84} />
      <div>
        <b>{say.wallStale}</b>
        <p>
          {since === null
            ? say.wallNever
            : say.wallStaleText(time.value.moment(since, now), span(now - since, lang))}
        </p>
      </div>
    </div>
  );
}

function Domain({ domain }: { domain: DomainStatus }): JSX.Element {
  const { live, lang, text } = useStore();
  const say = text.value;
  const since = toMs(domain.since);
  const { services, troubled } = troubledOf(domain);
  return (
    <article class={`wall-domain is-${domain.status}`} data-domain={domain.domain}>
      <h2>
        <Icon name={domain.domain} size={44} />
        {say.domains[domain.domain]}
      </h2>
      <p class={`wall-status tone-${domain.status}`}>
        <Icon name={domain.status} size={64} />
        <span>
          {say.statuses[domain.status]}
          {since !== null && <small>{say.forSpan(span(live.now.value - since, lang))}</small>}
        </span>
      </p>
      <p class="wall-reason">
        {domain.status === "operational"
          ? say.wallServices(services)
          : sentence(said(domain.reason, lang)) || say.someTroubled(troubled, services)}
      </p>
    </article>
  );
}

/** The eighth field: what is open, and what the public is told. */
function Rest(): JSX.Element {
  const { live, lang, text } = useStore();
  const say = text.value;
  const counts = live.alerts.counts.value;
  const notes = useNotes();
  const open = notes.value ? shelvedNotes(notes.value).open : null;
  return (
    <article class="wall-domain wall-rest">
      <h2>{say.wallAlerts}</h2>
      <ul class="wall-alerts">
        {SEVERITIES.map((severity) => (
          <li key={severity} class={counts?.severities[severity] ? `tone-${severity}` : "muted"}>
            <Icon name={severity} size={40} />
            <b>
              {counts ? counts.severities[severity].toLocaleString(lang === "th" ? "th-TH" : "en-GB") : "–"}
            </b>
            <span>{say.severities[severity]}</span>
          </li>
        ))}
      </ul>
      {open && open.length > 0 && (
        <div class="wall-told">
          <Icon name="comment" size={40} />
          <p class="wall-note">
            <span class="hidden">{say.wallNotes}: </span>
            {said(open[0]?.title, lang)}
          </p>
        </div>
      )}
    </article>
  );
}

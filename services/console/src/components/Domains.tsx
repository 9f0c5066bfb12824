import type { JSX } from "preact";
import { DOMAINS, type DomainStatus } from "../contract";
import { evidenceOf } from "../model/domains";
import { said, sentence } from "../model/labels";
import { SECOND, span, toMs } from "../model/time";
import { useStore } from "../store";
import { Icon, StatusMark } from "./Icon";

/** The seven domains, in their official order. */
export function Domains(): JSX.Element {
  const { live, text } = useStore();
  const domains = live.domains.value;
  return (
    <section class="domains" aria-label={text.value.domainsTitle} aria-busy={!domains}>
      {domains
        ? domains.map((domain) => <Tile key={domain.domain} domain={domain} />)
        : DOMAINS.map((id) => <TileSkeleton key={id} title={text.value.domains[id]} />)}
    </section>
  );
}

function TileSkeleton({ title }: { title: string }): JSX.Element {
  return (
    <div class="tile is-loading">
      <div class="tile-title">{title}</div>
      <div class="bone wide" />
      <div class="bone" />
      <div class="bone" />
    </div>
  );
}

function Tile({ domain }: { domain: DomainStatus }): JSX.Element {
  const { selection, lang, text } = useStore();
  const chosen = selection.value?.kind === "domain" && selection.value.id === domain.domain;
  return (
    <button
      type="button"
      class={`tile is-${domain.status}`}
      data-domain={domain.domain}
      aria-pressed={chosen}
      onClick={() => {
        selection.value = chosen ? null : { kind: "domain", id: domain.domain };
      }}
    >
      <span class="tile-head">
        <span class="tile-icon">
          <Icon name={domain.domain} size={22} />
        </span>
        <span class="tile-title">{said(domain.title, lang) || text.value.domains[domain.domain]}</span>
      </span>
      <span class="tile-status">
        <StatusMark status={domain.status} word={text.value.statuses[domain.status]} />
        <Since domain={domain} />
      </span>
      <span class="tile-reason">{sentence(said(domain.reason, lang)) || text.value.noReason}</span>
      <TileEvidence domain={domain} />
    </button>
  );
}

function Since({ domain }: { domain: DomainStatus }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const since = toMs(domain.since);
  if (since === null) return null;
  const now = live.now.value;
  return (
    <span class="tile-since" title={text.value.since(time.value.moment(since, now))}>
      {text.value.forShort(span(now - since, lang))}
    </span>
  );
}

function TileEvidence({ domain }: { domain: DomainStatus }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const evidence = evidenceOf(domain);
  const heard =
    evidence.freshness === null ? say.neverHeard : say.freshest(span(evidence.freshness * SECOND, lang));
  return (
    <span class="tile-evidence">
      <span class="tile-reporting">
        {evidence.devices ? say.reporting(evidence.reporting, evidence.devices) : say.noDevices}
      </span>
      <Coverage reporting={evidence.reporting} devices={evidence.devices} />
      <span class="tile-foot">
        <span>{heard}</span>
        <span class={evidence.openAlerts ? "tile-alerts has-some" : "tile-alerts"}>
          {say.openAlertCount(evidence.openAlerts)}
        </span>
      </span>
    </span>
  );
}

/** How many of the devices report, as a bar; the words beside it say the same. */
export function Coverage({ reporting, devices }: { reporting: number; devices: number }): JSX.Element {
  const share = devices ? (100 * reporting) / devices : 0;
  return (
    <span class="bar" aria-hidden="true">
      <span class="bar-fill" style={{ width: `${share}%` }} />
    </span>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Query } from "../../api";
import type { Alert, Incident, Lang } from "../../contract";
import { byRule, MANY, type RuleShare } from "../../model/incidents";
import { said, words } from "../../model/labels";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { AlertMarks } from "../alerts/Marks";
import { usePolled } from "../hooks";
import { Icon, SeverityMark } from "../Icon";

const ASK_MS = 3000;
const PAGE = 50;

/** The alerts of an incident: one by one while they are few, by their rules when they are many. */
export function Members(props: { incident: Incident; counts: Record<string, number> }): JSX.Element {
  const { api, text } = useStore();
  const { incident, counts } = props;
  const say = text.value;
  const query = { incident: incident.id, state: "firing" };
  const polled = usePolled(incident.id, ASK_MS, () => api.alerts({ ...query, limit: PAGE }));
  const page = polled.value;
  if (!page) return <p class="muted">{polled.error === null ? say.loading : say.unknownNow}</p>;
  const isMany = page.next !== null || page.items.length > MANY;
  return (
    <>
      {isMany ? (
        <Shares shares={byRule(page.items, counts)} query={query} />
      ) : (
        <AlertLinks alerts={page.items} cause={incident.cause} />
      )}
      {page.items.length === 0 && <p class="muted">{say.noneOpen}</p>}
      {incident.alerts > incident.open && (
        <Later
          title={say.overAlerts(incident.alerts - incident.open)}
          query={{ incident: incident.id, state: "resolved" }}
        />
      )}
    </>
  );
}

function Shares({ shares, query }: { shares: RuleShare[]; query: Query }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const most = shares[0]?.count ?? 1;
  return (
    <ul class="shares">
      {shares.map((share) => (
        <li key={share.rule}>
          <Later
            title={titleOf(share, lang)}
            rule={share.rule}
            count={say.alertCount(share.count)}
            size={share.count / most}
            query={{ ...query, rule: share.rule }}
          />
        </li>
      ))}
    </ul>
  );
}

/** What all of them are called, as far as they are at hand; else the rule's name as words. */
function titleOf({ rule, alerts }: RuleShare, lang: Lang): string {
  const titles = new Set(alerts.map(({ title }) => said(title, lang)));
  const [title] = titles;
  return titles.size === 1 && title ? title : words(rule.split("/").at(-1) ?? rule);
}

/** Alerts that are asked for when somebody wants to see them, page by page. */
function Later(props: {
  title: string;
  query: Query;
  rule?: string;
  count?: string;
  size?: number;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="share" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="next" size={15} />
        <span class="share-title">
          {props.title} {props.rule && <span class="fine">{props.rule}</span>}
        </span>
        {props.count && <b>{props.count}</b>}
        {props.size !== undefined && (
          <span class="bar" aria-hidden="true">
            <span class="bar-fill" style={{ width: `${props.size * 100}%` }} />
          </span>
        )}
      </summary>
      {isOpen && <Paged query={props.query} />}
    </details>
  );
}

function Paged({ query }: { query: Query }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const [limit, setLimit] = useState(PAGE);
  const polled = usePolled(JSON.stringify([query, limit]), ASK_MS, () => api.alerts({ ...query, limit }));
  const page = polled.value;
  if (!page) return <p class="muted">{polled.error === null ? say.loading : say.unknownNow}</p>;
  return (
    <>
      <AlertLinks alerts={page.items} cause={null} />
      {page.next !== null && (
        <button type="button" class="button" onClick={() => setLimit(limit + PAGE)}>
          {say.showMore}
        </button>
      )}
    </>
  );
}

/** Alerts in short, the cause of the others first. */
function AlertLinks({ alerts, cause }: { alerts: Alert[]; cause: string | null }): JSX.Element {
  const isCause = (alert: Alert) => Number(alert.id === cause);
  return (
    <ul class="open-alerts">
      {[...alerts]
        .sort((a, b) => isCause(b) - isCause(a))
        .map((alert) => (
          <li key={alert.id}>
            <AlertLink alert={alert} />
          </li>
        ))}
    </ul>
  );
}

/** Leads to the alert's own panel; the list beside stays as it is. */
export function AlertLink({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, selection, text, time } = useStore();
  const say = text.value;
  const since = toMs(alert.starts_at) ?? 0;
  return (
    <button
      type="button"
      class="alert-link"
      data-member={alert.id}
      onClick={() => {
        selection.value = { kind: "alert", id: alert.id };
      }}
    >
      <SeverityMark severity={alert.severity} word={say.severities[alert.severity]} />
      <span class="alert-link-what">
        <span>{said(alert.title, lang)}</span>
        <span class="fine">
          {alert.device ?? say.wholeZone}
          {alert.acknowledged && ` · ${say.acknowledgedBy(alert.acknowledged.by)}`}
        </span>
        <AlertMarks alert={alert} />
      </span>
      <time class="muted">{time.value.moment(since, live.now.value)}</time>
    </button>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { StatusChange, SubjectKind } from "../../contract.status";
import { said, sentence } from "../../model/labels";
import { WELL } from "../../model/standing";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { usePolled } from "../hooks";
import { Icon, StatusMark } from "../Icon";
import { Part } from "../Panel";
import { useMoving } from "./parts";

const ASK_MS = 20_000;
const PAGE = 20;

interface Subject {
  kind: SubjectKind;
  id: string;
}

/** What became of a status, newest first; older ones when they are wanted. */
export function HistoryPart({ kind, id }: Subject): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const [most, setMost] = useState(PAGE);
  const polled = useMoving(
    usePolled(`history ${kind} ${id} ${most}`, ASK_MS, () => api.history(kind, id, { limit: most })),
  );
  return (
    <Part title={say.statusChanges}>
      <Asked polled={polled}>
        {({ items, next }) => (
          <>
            {items.length === 0 && <p class="muted">{say.noChanges}</p>}
            <Changes items={items} own={id} />
            {next && (
              <button type="button" class="button" onClick={() => setMost(most + 3 * PAGE)}>
                {say.moreChanges}
              </button>
            )}
          </>
        )}
      </Asked>
    </Part>
  );
}

/** Changes; those of something else than `own` name it. */
export function Changes({ items, own }: { items: StatusChange[]; own: string }): JSX.Element {
  return (
    <ol class="changes">
      {items.map((change) => (
        <Line key={`${change.kind} ${change.subject} ${change.at}`} change={change} own={own} />
      ))}
    </ol>
  );
}

function Line({ change, own }: { change: StatusChange; own: string }): JSX.Element {
  const store = useStore();
  const { live, lang, text, time } = store;
  const say = text.value;
  const { status, subject, kind, rule, reason } = change;
  const now = live.now.value;
  const [at, until] = [toMs(change.at) ?? now, toMs(change.until)];
  const name = kind === "service" ? store.serviceName(subject) : store.zoneName(subject);
  return (
    <li class={`change edge-${status}`} data-change={status}>
      <time class="muted" dateTime={new Date(at).toISOString()} title={time.value.date(at)}>
        {time.value.moment(at, now)}
      </time>
      <div class="change-what">
        <span class="panel-kind">
          <StatusMark status={status} word={say.statuses[status]} />
          {subject !== own && kind !== "domain" && <b>{name}</b>}
          <span class="muted">{until === null ? say.stillHolds : say.lasted(span(until - at, lang))}</span>
          {change.revised && <Revised change={change} />}
        </span>
        {reason && <p>{sentence(said(reason, lang))}</p>}
        {rule && rule !== WELL && <code class="fine">{rule}</code>}
      </div>
    </li>
  );
}

function Revised({ change }: { change: StatusChange }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const at = toMs(change.recorded);
  const title = say.revisedTitle(at === null ? "" : time.value.moment(at, live.now.value));
  return (
    <span class="revised" title={title}>
      <Icon name="again" size={14} />
      {say.revised}
      <span class="hidden">{title}</span>
    </span>
  );
}

import type { JSX } from "preact";
import { type Deadline, DOMAINS } from "../../contract";
import { percent, words } from "../../model/labels";
import { delta } from "../../model/time";
import { useStore } from "../../store";
import { Unknown } from "../data/Unknown";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";

const ASK_MS = 60_000;

/** How soon alerts were told and taken up in the last week, per domain. */
export function Deadlines(): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const polled = usePolled("deadlines", ASK_MS, () => api.deadlines());
  const all = polled.value?.filter(({ count }) => count > 0);
  return (
    <section class="card deadlines" aria-label={say.deadlinesTitle}>
      <div class="card-head">
        <h2>{say.deadlinesTitle}</h2>
        <span class="fine">{say.lastWeek}</span>
      </div>
      <Unknown polled={polled} />
      {all?.length === 0 && <p class="list-note muted">{say.noDeadlines}</p>}
      {all && all.length > 0 && <Table deadlines={all} />}
      {!all && polled.error === null && <div class="bone row" />}
    </section>
  );
}

function Table({ deadlines }: { deadlines: Deadline[] }): JSX.Element {
  const say = useStore().text.value;
  return (
    <div class="deadline-body">
      <table class="deadline-table">
        <thead>
          <tr>
            <td />
            <th scope="col">{say.half}</th>
            <th scope="col">99 %</th>
            <th scope="col">{say.inTime}</th>
          </tr>
        </thead>
        {DOMAINS.filter((domain) => deadlines.some((one) => one.domain === domain)).map((domain) => (
          <tbody key={domain}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <Icon name={domain} size={16} /> {say.domains[domain]}
              </th>
            </tr>
            {deadlines
              .filter((one) => one.domain === domain)
              .map((one) => (
                <Row key={one.stage} deadline={one} />
              ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row({ deadline }: { deadline: Deadline }): JSX.Element {
  const { lang, text } = useStore();
  const { stage, p50, p99, target } = deadline;
  const long = (seconds: number | null) => (seconds === null ? "–" : delta(seconds * 1000, lang).slice(1));
  const isLate = typeof target === "number" && target < 0.95;
  return (
    <tr>
      <th scope="row">{text.value.stages[stage] ?? words(stage)}</th>
      <td>{long(p50)}</td>
      <td>{long(p99)}</td>
      <td class={isLate ? "tone-degraded" : ""}>{typeof target === "number" ? percent(target) : "–"}</td>
    </tr>
  );
}

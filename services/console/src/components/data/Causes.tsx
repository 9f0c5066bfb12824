import type { JSX } from "preact";
import { address } from "../../api";
import type { Cause, Page } from "../../contract";
import { PERIODS, type Period } from "../../model/place";
import { selected } from "../../model/quarantine";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty, moveWithArrows } from "../Alerts";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { Unknown } from "./Unknown";

const CAUSES_MS = 5000;
/** The largest groups; whoever has more than these begins with them. */
const MOST_CAUSES = 200;

/** Who may see what devices sent. */
export const mayIntegrate = (role: string | undefined): boolean => role === "integrator" || role === "admin";

/** What was refused and still waits to be mended, by cause. */
export function Causes(): JSX.Element {
  const { session, text } = useStore();
  if (mayIntegrate(session.value?.role)) return <CauseCard />;
  const say = text.value;
  return (
    <section class="card causes is-closed" aria-label={say.refusedTitle}>
      <div class="card-head">
        <h2>{say.refusedTitle}</h2>
      </div>
      <p class="role-note muted">{say.refusedRole}</p>
    </section>
  );
}

function CauseCard(): JSX.Element {
  const { api, live, dataFilters, text } = useStore();
  const say = text.value;
  const { device, code, period, words } = dataFilters.value;
  const polled = usePolled(JSON.stringify([device, code, period, words]), CAUSES_MS, () =>
    api.causes({ ...selected(dataFilters.peek(), live.now.peek()), limit: MOST_CAUSES }),
  );
  const page = polled.value;
  return (
    <section class="card causes" aria-label={say.refusedTitle} aria-busy={!page}>
      <div class="card-head">
        <h2>
          {say.refusedTitle}
          {page && page.items.length > 0 && (
            <span class="count">{say.causes(page.items.length, page.next !== null)}</span>
          )}
        </h2>
        <CauseFilters />
      </div>
      <Unknown polled={polled} />
      {page ? <CauseList page={page} /> : polled.error === null && <div class="bone row" />}
    </section>
  );
}

function CauseFilters(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { code, period, words } = store.dataFilters.value;
  return (
    <div class="filters">
      <input
        class={words ? "chip is-on search" : "chip search"}
        type="search"
        maxLength={200}
        aria-label={say.searchWords}
        placeholder={say.searchWords}
        value={words ?? ""}
        onChange={(event) => store.filterData({ words: event.currentTarget.value.trim() || null })}
      />
      <select
        class={code ? "chip is-on" : "chip"}
        aria-label={say.filterCode}
        value={code ?? ""}
        onChange={(event) => store.filterData({ code: event.currentTarget.value || null })}
      >
        <option value="">{say.allCodes}</option>
        {Object.entries(say.codes).map(([name, word]) => (
          <option key={name} value={name}>
            {word}
          </option>
        ))}
      </select>
      <select
        class={period ? "chip is-on" : "chip"}
        aria-label={say.filterPeriod}
        value={period ?? ""}
        onChange={(event) =>
          store.filterData({ period: (event.currentTarget.value || null) as Period | null })
        }
      >
        <option value="">{say.anyTime}</option>
        {PERIODS.map((name) => (
          <option key={name} value={name}>
            {say.periods[name]}
          </option>
        ))}
      </select>
      <Exports />
    </div>
  );
}

/** All that the filters mean, as a file; of one cause when it is given. */
export function Exports({ cause }: { cause?: string }): JSX.Element {
  const { dataFilters, live, text } = useStore();
  const query = { ...selected(dataFilters.value, live.now.value), cause };
  return (
    <>
      {Object.entries({ csv: "CSV", jsonl: "JSONL" }).map(([format, word]) => (
        <a
          key={format}
          class="chip"
          download
          href={address("quarantine/export", { ...query, format })}
          aria-label={text.value.exportAs(word)}
          title={text.value.exportAs(word)}
        >
          <Icon name="save" size={15} />
          {word}
        </a>
      ))}
    </>
  );
}

function CauseList({ page }: { page: Page<Cause> }): JSX.Element {
  const { dataFilters, text } = useStore();
  const say = text.value;
  const { device, code, period, words } = dataFilters.value;
  if (page.items.length === 0) {
    if (device || code || period || words) return <Empty icon="operational" title={say.noCausesMatch} />;
    return <Empty icon="operational" title={say.noCauses} detail={say.noCausesText} />;
  }
  return (
    <>
      <div class="cause-columns" aria-hidden="true">
        <span>{say.count}</span>
        <span>{say.cause}</span>
        <span>
          {say.path}, {say.expected.toLowerCase()}
        </span>
        <span>{say.contract}</span>
        <span>{say.devices}</span>
        <span>{say.lastTime}</span>
      </div>
      <ul class="cause-list" onKeyDown={moveWithArrows}>
        {page.items.map((cause) => (
          <CauseRow key={cause.cause} cause={cause} />
        ))}
      </ul>
    </>
  );
}

/** One by its name, none as a dash, many as their number. */
function devicesOf({ devices, some_devices }: Cause, count: (n: number) => string): string {
  if (devices === 0) return "–";
  return (devices === 1 && some_devices[0]) || count(devices);
}

function CauseRow({ cause }: { cause: Cause }): JSX.Element {
  const { live, selection, lang, text, time } = useStore();
  const say = text.value;
  const chosen = selection.value?.kind === "cause" && selection.value.id === cause.cause;
  const now = live.now.value;
  const [first, last] = [cause.first, cause.last].map((at) => time.value.moment(toMs(at) ?? now, now));
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  return (
    <li>
      <button
        type="button"
        class="cause"
        data-cause={cause.cause}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "cause", id: cause.cause };
        }}
      >
        <b class="cause-count">{count(cause.count)}</b>
        <span class="cause-what">
          <b>{say.codes[cause.code] ?? cause.code}</b>
          <code>{cause.code}</code>
        </span>
        <span class="cause-where">
          {cause.path && <code>{cause.path}</code>}
          {cause.expected && <span>{cause.expected}</span>}
        </span>
        <span class="cause-contract">{cause.contract ?? "–"}</span>
        <span class="cause-devices" title={cause.some_devices.join(", ")}>
          <Icon name="sensor" size={15} />
          {devicesOf(cause, count)}
        </span>
        <span class="cause-last" title={`${say.firstTime} ${first}`}>
          {last}
        </span>
      </button>
    </li>
  );
}

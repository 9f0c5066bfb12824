import type { JSX } from "preact";
import { address } from "../../api";
import { DOMAINS, type DomainId } from "../../contract";
import { type Kpi, PERIOD_KINDS, type PeriodKind } from "../../contract.status";
import { byDomain, scoreOf, seriesOf, valueText } from "../../model/kpis";
import { percent, said } from "../../model/labels";
import { STEPS_BACK, shiftedFirst, spanFrom, spanTitle } from "../../model/periods";
import { wallOf } from "../../model/wall";
import { useStore } from "../../store";
import { Empty } from "../Alerts";
import { Asked } from "../Asked";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { ReportLink } from "../ReportLink";
import { KpiPanel } from "./KpiPanel";
import { AboutKpi, iso, queryOf, Spark, StateMark, Target, TrendMark, useSpan, WhyNot } from "./parts";

const ASK_MS = 60_000;
const LINES_MS = 900_000;
const MOST = 10_000;

/** The city's indicators: value, target, state, coverage and trend, of a period that is chosen. */
export function KpisPage(): JSX.Element {
  const { api, kpiFilters, live, selection, text } = useStore();
  const span = useSpan();
  const { domain } = kpiFilters.value;
  const query = { ...queryOf(span, live.now.value), ...(domain ? { domain } : {}), limit: MOST };
  const key = `kpis ${span.kind} ${span.first} ${domain}`;
  const polled = usePolled(key, ASK_MS, () => api.kpis(query));
  const lines = useLines(polled.value !== null);
  const chosen = selection.value?.kind === "kpi" ? selection.value.id : null;
  const kpi = polled.value?.find(({ id, zone }) => id === chosen && zone === null);
  return (
    <main class="board kpis-board">
      <section class="card kpis" id="kpis" tabIndex={-1} aria-label={text.value.kpisTitle}>
        <Tools kpis={polled.value ?? []} />
        <div class="kpi-list">
          <Asked polled={polled}>{(kpis) => <Sections kpis={kpis} lines={lines} />}</Asked>
        </div>
      </section>
      {chosen !== null && polled.value && (
        <aside class="side">
          <KpiPanel key={chosen} id={chosen} kpi={kpi ?? null} line={lines && (lines.get(chosen) ?? [])} />
        </aside>
      )}
    </main>
  );
}

/** Each indicator over the periods before; null until that is known. Asked for once the present is there: it may take long. */
function useLines(isWanted: boolean): Map<string, Kpi[]> | null {
  const { api, kpiFilters, live, time } = useStore();
  const span = useSpan();
  const { domain } = kpiFilters.value;
  const first = shiftedFirst(span.kind, span.first, 1 - STEPS_BACK[span.kind]);
  const { start } = spanFrom(span.kind, first, time.value.timezone);
  const end = Math.min(span.end, live.now.value);
  const query = {
    ...{ period: span.kind, start: iso(start), end: iso(end), limit: MOST },
    ...(domain ? { domain } : {}),
  };
  const polled = usePolled(`lines ${span.kind} ${span.first} ${domain} ${isWanted}`, LINES_MS, () =>
    isWanted ? api.kpis(query) : Promise.resolve(null),
  );
  return polled.value && seriesOf(polled.value);
}

function Tools({ kpis }: { kpis: Kpi[] }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { domain } = store.kpiFilters.value;
  const score = scoreOf(kpis.filter(({ zone }) => zone === null));
  return (
    <div class="card-head kpi-tools">
      <h2>
        {say.kpisTitle}
        {score.of > 0 && <span class="count">{say.kpiScore(score.good, score.of)}</span>}
        {score.unknown > 0 && <span class="muted kpi-unknown"> {say.kpiUnknown(score.unknown)}</span>}
      </h2>
      <div class="standing-tools">
        <Period />
        <select
          class={domain ? "chip is-on" : "chip"}
          aria-label={say.filterDomain}
          value={domain ?? ""}
          onChange={(event) =>
            store.filterKpis({ domain: (event.currentTarget.value || null) as DomainId | null })
          }
        >
          <option value="">{say.allDomains}</option>
          {DOMAINS.map((id) => (
            <option key={id} value={id}>
              {say.domains[id]}
            </option>
          ))}
        </select>
        <Exports />
        <ReportLink />
      </div>
    </div>
  );
}

/** Which kind of period, and which one: back, forth, and to now. */
function Period(): JSX.Element {
  const store = useStore();
  const { lang, live, text, time } = store;
  const say = text.value;
  const span = useSpan();
  const goesOn = live.now.value < span.end;
  const go = (by: number) => {
    const first = shiftedFirst(span.kind, span.first, by);
    const isNow = spanFrom(span.kind, first, time.value.timezone).end > live.now.value;
    store.filterKpis({ at: isNow ? null : first });
  };
  const choose = (period: PeriodKind) => {
    // What is looked at stays in sight: the new period is the one that the old one's last day is in.
    const last = Math.min(span.end - 1, live.now.value);
    store.filterKpis({ period, at: goesOn ? null : wallOf(last, time.value.timezone).slice(0, 10) });
  };
  return (
    <span class="period">
      <select
        class="chip"
        aria-label={say.period}
        value={span.kind}
        onChange={(event) => choose(event.currentTarget.value as PeriodKind)}
      >
        {PERIOD_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {say.kpiPeriods[kind]}
          </option>
        ))}
      </select>
      <button type="button" class="chip" aria-label={say.earlier} title={say.earlier} onClick={() => go(-1)}>
        <Icon name="previous" size={15} />
      </button>
      <b class="period-name" aria-live="polite">
        {spanTitle(span, lang)}
        {goesOn && <span class="muted"> {say.soFar}</span>}
      </b>
      <button
        type="button"
        class="chip"
        aria-label={say.laterPeriod}
        title={say.laterPeriod}
        disabled={goesOn}
        onClick={() => go(1)}
      >
        <Icon name="next" size={15} />
      </button>
    </span>
  );
}

const FORMATS = ["csv", "parquet", "json"] as const;

/** Files of what is looked at, with every zone. */
function Exports(): JSX.Element {
  const { kpiFilters, live, text } = useStore();
  const say = text.value;
  const span = useSpan();
  const { domain } = kpiFilters.value;
  const query = { ...queryOf(span, live.now.value), ...(domain ? { domain } : {}) };
  return (
    <span class="exports">
      <Icon name="save" size={16} />
      <span class="hidden">{say.exportLabel}</span>
      {FORMATS.map((format) => (
        <a
          key={format}
          class="chip"
          download
          href={address("kpis/export", { ...query, format })}
          aria-label={say.exportFormat(format.toUpperCase())}
        >
          {format.toUpperCase()}
        </a>
      ))}
    </span>
  );
}

function Sections({ kpis, lines }: { kpis: Kpi[]; lines: Map<string, Kpi[]> | null }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const groups = byDomain(kpis);
  if (groups.length === 0) return <Empty icon="unknown" title={say.noKpis} detail={say.noKpisText} />;
  const heads = [say.kpi, say.value, say.target, say.state, say.trend, say.coverage, say.overTime];
  return (
    <>
      <div class="kpi-heads" aria-hidden="true">
        {heads.map((head) => (
          <span key={head}>{head}</span>
        ))}
      </div>
      {groups.map(([domain, found]) => (
        <section key={domain} class="kpi-domain" data-kpis={domain}>
          <h3>
            <Icon name={domain} size={18} />
            {say.domains[domain]}
          </h3>
          <ul>
            {found.map((kpi) => (
              <Row key={kpi.id} kpi={kpi} line={lines?.get(kpi.id) ?? []} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Row({ kpi, line }: { kpi: Kpi; line: Kpi[] }): JSX.Element {
  const { lang, selection, text } = useStore();
  const say = text.value;
  const name = said(kpi.title, lang);
  const isChosen = selection.value?.kind === "kpi" && selection.value.id === kpi.id;
  return (
    <li class={isChosen ? "kpi-row is-chosen" : "kpi-row"} data-kpi={kpi.id}>
      <span class="kpi-name">
        <button
          type="button"
          class="text-link"
          aria-pressed={isChosen}
          onClick={() => {
            selection.value = isChosen ? null : { kind: "kpi", id: kpi.id };
          }}
        >
          {name}
        </button>
        <details class="about">
          <summary aria-label={say.aboutKpi(name)} title={say.aboutKpi(name)}>
            <Icon name="info" size={16} />
          </summary>
          <AboutKpi kpi={kpi} />
        </details>
      </span>
      <span class="kpi-value">
        {kpi.value === null ? <WhyNot kpi={kpi} /> : <b>{valueText(kpi.value, kpi.unit, lang)}</b>}
      </span>
      <span class="kpi-target muted">
        <span class="hidden">{say.target}</span>
        <Target kpi={kpi} />
      </span>
      <span class="kpi-state">
        <StateMark state={kpi.state} />
      </span>
      <span class="kpi-trend">
        <TrendMark kpi={kpi} />
      </span>
      <span class="kpi-coverage fine" title={say.coverage}>
        {kpi.coverage !== null && <span class="hidden">{say.coverage}</span>}
        {kpi.coverage === null ? "" : percent(Math.round(kpi.coverage * 1000) / 1000)}
      </span>
      <Spark values={line} label={say.kpiLine(name, line.length)} />
    </li>
  );
}

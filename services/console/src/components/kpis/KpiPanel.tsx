import type { JSX } from "preact";
import type { Kpi } from "../../contract.status";
import { plotted, ticks } from "../../model/chart";
import { limitsOf, startOf, valueText, zoneBars } from "../../model/kpis";
import { percent, said, shown, words } from "../../model/labels";
import { firstOf, spanTitle } from "../../model/periods";
import { wallOf } from "../../model/wall";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { usePolled, useSize } from "../hooks";
import { Icon } from "../Icon";
import { Panel, Part } from "../Panel";
import { AboutKpi, brokenLine, queryOf, StateMark, Target, TrendMark, useSpan, WhyNot } from "./parts";

const ASK_MS = 120_000;

/** One indicator: how it went over time, how the zones compare, and what it means. */
export function KpiPanel(props: { id: string; kpi: Kpi | null; line: Kpi[] | null }): JSX.Element {
  const { id, kpi, line } = props;
  const { lang, text } = useStore();
  const say = text.value;
  if (!kpi) {
    return (
      <Panel label={id} head={<h2>{words(id)}</h2>}>
        <p>{say.kpiGone}</p>
      </Panel>
    );
  }
  const name = said(kpi.title, lang);
  return (
    <Panel label={name} head={<Head kpi={kpi} name={name} />}>
      <Sums kpi={kpi} />
      <Part title={say.overTime}>
        <OverTime line={line} name={name} />
      </Part>
      <Part title={say.compareZones}>
        <Zones id={id} />
      </Part>
      <Part title={say.formula}>
        <AboutKpi kpi={kpi} />
      </Part>
    </Panel>
  );
}

function Head({ kpi, name }: { kpi: Kpi; name: string }): JSX.Element {
  const { text } = useStore();
  return (
    <>
      <span class="panel-kind">
        <Icon name={kpi.domain} size={20} />
        <span class="muted">{text.value.domains[kpi.domain]}</span>
        <StateMark state={kpi.state} />
        <TrendMark kpi={kpi} />
      </span>
      <h2>{name}</h2>
    </>
  );
}

function Sums({ kpi }: { kpi: Kpi }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const { value, unit, coverage, samples } = kpi;
  const count = samples?.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  return (
    <>
      <dl class="arithmetic">
        <div>
          <dt>{say.value}</dt>
          <dd>
            <b>{value === null ? say.kpiStates.not_enough_data : valueText(value, unit, lang)}</b>
          </dd>
        </div>
        {(kpi.target !== null || kpi.band || kpi.goal) && (
          <div>
            <dt>{say.target}</dt>
            <dd>
              <b>
                <Target kpi={kpi} />
              </b>
            </dd>
          </div>
        )}
        <div class="is-window">
          <dt>{say.coverage}</dt>
          <dd>
            <b>{coverage === null ? "–" : percent(Math.round(coverage * 1000) / 1000)}</b>{" "}
            {count && say.samples(count)}
          </dd>
        </div>
      </dl>
      <WhyNot kpi={kpi} />
    </>
  );
}

function OverTime({ line, name }: { line: Kpi[] | null; name: string }): JSX.Element {
  const say = useStore().text.value;
  if (!line) return <p class="muted">{say.computing}</p>;
  const known = line.filter(({ value }) => value !== null);
  return known.length > 1 ? <Line line={line} name={name} /> : <p class="muted">{say.noLine}</p>;
}

/** The periods from left to right, with what is to be reached across. */
function Line({ line, name }: { line: Kpi[]; name: string }): JSX.Element {
  const { lang, text, time } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const first = line[0];
  const limits = first ? limitsOf(first) : [];
  const known = line.flatMap((kpi) => (kpi.value === null ? [] : [{ at: startOf(kpi), value: kpi.value }]));
  const plot = plotted(known, { values: limits, times: line.map(startOf) }, size);
  const title = (kpi: Kpi, brief: boolean) =>
    spanTitle(
      {
        kind: kpi.period.kind,
        first: firstOf(kpi.period.kind, wallOf(startOf(kpi), time.value.timezone).slice(0, 10)),
      },
      lang,
      brief,
    );
  const every = Math.max(1, Math.ceil((line.length * 62) / Math.max(1, size.width)));
  return (
    <div ref={ref} class="chart kpi-chart">
      {size.width > 0 && (
        <svg
          width={size.width}
          height={size.height}
          role="img"
          aria-label={text.value.kpiLine(name, line.length)}
        >
          <g class="chart-grid">
            {ticks(plot.values, 3).map((tick) => (
              <g key={tick}>
                <line x1={plot.left} x2={plot.right} y1={plot.y(tick)} y2={plot.y(tick)} />
                <text x={plot.left - 6} y={plot.y(tick) + 4} text-anchor="end">
                  {shown(tick, lang)}
                </text>
              </g>
            ))}
            {line.map(
              (kpi, i) =>
                (line.length - 1 - i) % every === 0 && (
                  <text
                    key={startOf(kpi)}
                    x={plot.x(startOf(kpi))}
                    y={size.height - 5}
                    text-anchor={i === line.length - 1 ? "end" : "middle"}
                  >
                    {title(kpi, true)}
                  </text>
                ),
            )}
          </g>
          <g class="chart-limit kpi-limit">
            {limits.map((limit) => (
              <line key={limit} x1={plot.left} x2={plot.right} y1={plot.y(limit)} y2={plot.y(limit)} />
            ))}
          </g>
          <path class="chart-line" d={brokenLine(line, (kpi) => plot.x(startOf(kpi)), plot.y)} />
          {line.map(
            (kpi) =>
              kpi.value !== null && (
                <circle
                  key={startOf(kpi)}
                  class="chart-last"
                  cx={plot.x(startOf(kpi))}
                  cy={plot.y(kpi.value)}
                  r={3.2}
                >
                  <title>
                    {title(kpi, false)}: {valueText(kpi.value, kpi.unit, lang)}
                  </title>
                </circle>
              ),
          )}
        </svg>
      )}
    </div>
  );
}

/** Every zone's value as a bar, the best first. */
function Zones({ id }: { id: string }): JSX.Element {
  const { api, live } = useStore();
  const span = useSpan();
  const query = { ...queryOf(span, live.now.value), kpi: id, zone: "*", limit: 1000 };
  const polled = usePolled(`zones ${id} ${span.kind} ${span.first}`, ASK_MS, () => api.kpis(query));
  return <Asked polled={polled}>{(kpis) => <ZoneBars kpis={kpis} />}</Asked>;
}

function ZoneBars({ kpis }: { kpis: Kpi[] }): JSX.Element {
  const store = useStore();
  const { lang, text } = store;
  const { bars, limits } = zoneBars(kpis);
  if (bars.length === 0) return <p class="muted">{text.value.noZoneValues}</p>;
  return (
    <ul class="zone-bars">
      {bars.map(({ kpi, share }) => (
        <li key={kpi.zone} data-zone-bar={kpi.zone}>
          <span>{store.zoneName(kpi.zone)}</span>
          <span class={`zone-bar state-${kpi.state}`} aria-hidden="true">
            {share !== null && <span class="zone-bar-fill" style={{ width: `${share * 100}%` }} />}
            {limits.map((limit) => (
              <span key={limit} class="objective-target" style={{ left: `${limit * 100}%` }} />
            ))}
          </span>
          <b class="zone-bar-value">{valueText(kpi.value, kpi.unit, lang)}</b>
          <StateMark state={kpi.state} />
          <WhyNot kpi={kpi} />
        </li>
      ))}
    </ul>
  );
}

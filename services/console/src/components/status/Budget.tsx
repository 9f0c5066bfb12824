import type { JSX } from "preact";
import type { BurnRate, Objective } from "../../contract";
import { plotted, timeTicks } from "../../model/chart";
import { percent, shown } from "../../model/labels";
import { SECOND, span, spanWords } from "../../model/time";
import { type BudgetPoint, burnDown } from "../../model/uptime";
import { useStore } from "../../store";
import { useSize } from "../hooks";
import { Icon } from "../Icon";
import { Part } from "../Panel";
import { useUptime } from "./parts";

interface Of {
  objective: Objective;
}

/** What a service means to reach, what is left of what it may fail by, and how fast that goes. */
export function BudgetPart({ id, objective }: Of & { id: string }): JSX.Element {
  const { live, text, time } = useStore();
  const uptime = useUptime("service", id);
  const now = live.now.value;
  const points = uptime.value ? burnDown(uptime.value, objective, now, time.value.timezone) : [];
  return (
    <Part title={text.value.errorBudget}>
      <Sums objective={objective} />
      {points.length > 2 && <Drawing points={points} objective={objective} />}
      <Burns burn={objective.burn ?? []} />
    </Part>
  );
}

function Sums({ objective }: Of): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const {
    target,
    attained,
    budget_left: left,
    month,
    good_seconds: good,
    counted_seconds: counted,
  } = objective;
  const missed = attained !== null && attained < target;
  return (
    <>
      <dl class="arithmetic budget-sums">
        <div class={missed ? "is-value edge-outage" : "is-value edge-operational"}>
          <dt>{say.attainedNow}</dt>
          <dd>
            <b>{attained === null ? say.notYetMeasured : percent(attained)}</b>
          </dd>
        </div>
        <div>
          <dt>{say.targetNow}</dt>
          <dd>
            <b>{say.targetOver(percent(target), spanWords(objective.window, lang))}</b>
          </dd>
        </div>
        {left !== null && (
          <div class={left > 0 ? "" : "is-value edge-outage"}>
            <dt>{say.budgetLeftNow}</dt>
            <dd>
              <b>{left > 0 ? percent(left) : say.budgetGone}</b>
            </dd>
          </div>
        )}
        {month && (
          <div>
            <dt>{say.thisMonth}</dt>
            <dd>
              <b>{month.attained === null ? "–" : percent(month.attained)}</b>
            </dd>
          </div>
        )}
      </dl>
      {good && counted ? (
        <p class="fine">{say.goodOf(span(good * SECOND, lang), span(counted * SECOND, lang))}</p>
      ) : null}
    </>
  );
}

/** The budget day by day; below nought there was none left. */
function Drawing({ points, objective }: Of & { points: BudgetPoint[] }): JSX.Element {
  const { lang, text, time } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const dots = points.map(({ at, left }) => ({ at, value: left * 100 }));
  const plot = plotted(dots, { values: [0, 100], times: [] }, size);
  const line = dots.map(({ at, value }) => `${plot.x(at).toFixed(1)} ${plot.y(value).toFixed(1)}`).join("L");
  const left = objective.budget_left ?? 0;
  const zero = plot.y(0);
  return (
    <div ref={ref} class="chart budget-chart">
      {size.width > 0 && (
        <svg
          width={size.width}
          height={size.height}
          role="img"
          aria-label={text.value.budgetDrawn(spanWords(objective.window, lang), percent(left))}
        >
          <g class="chart-grid">
            {[0, 50, 100].map((tick) => (
              <g key={tick}>
                <line x1={plot.left} x2={plot.right} y1={plot.y(tick)} y2={plot.y(tick)} />
                <text x={plot.left - 6} y={plot.y(tick) + 4} text-anchor="end">
                  {tick} %
                </text>
              </g>
            ))}
            {timeTicks(plot.times, Math.max(2, Math.floor(size.width / 110))).map((at) => (
              <text key={at} x={plot.x(at)} y={size.height - 6} text-anchor="middle">
                {time.value.day(at)}
              </text>
            ))}
          </g>
          <path
            class="budget-area"
            d={`M${plot.x(dots[0]?.at ?? 0)} ${zero}L${line}L${plot.right} ${zero}Z`}
          />
          <path class={left > 0 ? "chart-line" : "chart-line is-spent"} d={`M${line}`} />
          <line class="budget-zero" x1={plot.left} x2={plot.right} y1={zero} y2={zero} />
        </svg>
      )}
    </div>
  );
}

function Burns({ burn }: { burn: BurnRate[] }): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  if (burn.length === 0) return null;
  const rate = (value: number | null) => (value === null ? "–" : `${shown(value, lang)}×`);
  return (
    <div class="burns">
      <h4>{say.burnTitle}</h4>
      <table class="small-table">
        <thead>
          <tr>
            <th scope="col">{say.burnLong}</th>
            <th scope="col">{say.burnShort}</th>
            <th scope="col">{say.burnLimit}</th>
            <th scope="col">
              <span class="hidden">{say.state}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {burn.map((one) => (
            <tr key={one.id} data-burn={one.id}>
              <td>
                {spanWords(one.long, lang)}: <b>{rate(one.rate_long)}</b>
              </td>
              <td>
                {spanWords(one.short, lang)}: <b>{rate(one.rate_short)}</b>
              </td>
              <td>{rate(one.limit)}</td>
              <td class={one.firing ? `tone-${one.severity}` : "muted"}>
                {one.firing && <Icon name={one.severity} size={16} />}{" "}
                {one.firing ? say.burning : say.calmBurn}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="fine">{say.burnHint}</p>
    </div>
  );
}

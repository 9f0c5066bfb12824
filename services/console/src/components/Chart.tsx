import type { JSX } from "preact";
import type { Alert } from "../contract";
import { type Dot, type Plot, plotted, ticks, timeTicks } from "../model/chart";
import { said, shown, words } from "../model/labels";
import { MINUTE, toMs } from "../model/time";
import { aggregateOf, expectationOf, limitOf, type Mark, marksOf } from "../model/why";
import { useStore } from "../store";
import { useSize } from "./hooks";

/** Room that a time takes along the axis, in pixels. */
const TIME_WIDTH = 90;

interface Part {
  plot: Plot;
  alert: Alert;
}

/**
 * Readings as a line, and over them what the rule made of them: its limit, its window, what it expected, and
 * when the alert began, fired and ended.
 */
export function Chart({ alert, dots }: { alert: Alert; dots: Dot[] }): JSX.Element {
  const { lang, text } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const plot = plotted(dots, heldBy(alert), size);
  const line = dots.map(({ at, value }) => `${plot.x(at).toFixed(1)} ${plot.y(value).toFixed(1)}`);
  const last = dots.at(-1);
  const named = words(alert.evidence.metric ?? "");
  return (
    <div ref={ref} class="chart">
      {size.width > 0 && (
        <svg
          width={size.width}
          height={size.height}
          role="img"
          aria-label={text.value.chartLabel(named, alert.device ?? said(alert.title, lang))}
        >
          <Values plot={plot} />
          <Times plot={plot} />
          <Firing plot={plot} alert={alert} />
          <Limit plot={plot} alert={alert} />
          <path class="chart-line" d={`M${line.join("L")}`} />
          <Aggregated plot={plot} alert={alert} />
          <Expected plot={plot} alert={alert} />
          {last && <circle class="chart-last" cx={plot.x(last.at)} cy={plot.y(last.value)} r={3.5} />}
          <Marks plot={plot} alert={alert} />
        </svg>
      )}
    </div>
  );
}

/** What must be in the picture beside the readings. */
function heldBy(alert: Alert): { values: number[]; times: number[] } {
  const { evidence } = alert;
  const expected = expectationOf(evidence);
  const values = [
    limitOf(evidence),
    aggregateOf(evidence)?.value,
    expected?.low,
    expected?.high,
    expected?.expected,
  ];
  return {
    values: values.filter((value): value is number => typeof value === "number"),
    times: marksOf(alert).map(({ at }) => at),
  };
}

/** A window's value, over the time that it is the value of. */
function Aggregated({ plot, alert }: Part): JSX.Element | null {
  const { lang, text } = useStore();
  const made = aggregateOf(alert.evidence);
  if (!made) return null;
  const [from, to] = [
    plot.x(Math.max(made.from, plot.times.low)),
    plot.x(Math.min(made.to, plot.times.high)),
  ];
  const y = plot.y(made.value);
  return (
    <g class="chart-window">
      <path d={`M${from} ${y - 5}v10M${from} ${y}H${to}M${to} ${y - 5}v10`} />
      <text x={Math.max(from + 6, plot.left + 6)} y={y - 7}>
        {text.value.aggregates[made.agg]} {shown(made.value, lang)}
      </text>
    </g>
  );
}

/** What was expected of the reading that the alert stands on, and how far from it was still usual. */
function Expected({ plot, alert }: Part): JSX.Element | null {
  const { lang, text } = useStore();
  const told = expectationOf(alert.evidence);
  if (!told || told.at < plot.times.low || told.at > plot.times.high) return null;
  const [x, y] = [plot.x(told.at), plot.y(told.expected)];
  const [top, bottom] = [plot.y(told.high), plot.y(told.low)];
  const left = x > (plot.left + plot.right) / 2;
  return (
    <g class="chart-expected">
      <rect x={x - 6} y={top} width={12} height={Math.max(2, bottom - top)} rx={3} />
      <path d={`M${x - 10} ${y}h20`} />
      <text x={left ? x - 14 : x + 14} y={y + 4} text-anchor={left ? "end" : "start"}>
        {text.value.expectedMark(shown(told.expected, lang))}
      </text>
    </g>
  );
}

const SIGNS: Record<Mark, JSX.Element> = {
  starts: <circle r={4} />,
  fired: <path d="M-5-4.500H5L0 5z" />,
  ended: <rect x={-4} y={-4} width={8} height={8} />,
};

function Marks({ plot, alert }: Part): JSX.Element {
  return (
    <g>
      {marksOf(alert).map(({ mark, at }) => (
        <g key={mark} class={`chart-mark is-${mark} line-${alert.severity}`} data-mark={mark}>
          <line x1={plot.x(at)} x2={plot.x(at)} y1={plot.top} y2={plot.bottom} />
          <g transform={`translate(${plot.x(at).toFixed(1)} ${plot.top - 6})`}>{SIGNS[mark]}</g>
        </g>
      ))}
    </g>
  );
}

/** When it began, fired and ended, with the signs that stand for them in the chart. */
export function Legend({ alert }: { alert: Alert }): JSX.Element {
  const { live, text, time } = useStore();
  return (
    <p class="chart-legend">
      {marksOf(alert).map(({ mark, at }) => (
        <span key={mark} class={`line-${alert.severity}`}>
          <svg
            class={`chart-mark is-${mark}`}
            width={12}
            height={12}
            viewBox="-6 -6 12 12"
            aria-hidden="true"
          >
            {SIGNS[mark]}
          </svg>
          {text.value.marks[mark]} <b>{time.value.moment(at, live.now.value)}</b>
        </span>
      ))}
    </p>
  );
}

function Values({ plot }: { plot: Plot }): JSX.Element {
  const { lang } = useStore();
  return (
    <g class="chart-grid">
      {ticks(plot.values, 4).map((tick) => (
        <g key={tick}>
          <line x1={plot.left} x2={plot.right} y1={plot.y(tick)} y2={plot.y(tick)} />
          <text x={plot.left - 6} y={plot.y(tick) + 4} text-anchor="end">
            {shown(tick, lang)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Times({ plot }: { plot: Plot }): JSX.Element {
  const { time } = useStore();
  const moments = timeTicks(plot.times, Math.max(2, Math.floor((plot.right - plot.left) / TIME_WIDTH)));
  const [first = 0, second = Number.POSITIVE_INFINITY] = moments;
  return (
    <g>
      {moments.map((at) => (
        <text key={at} x={plot.x(at)} y={plot.bottom + 16} text-anchor={anchor(plot, at)}>
          {second - first < MINUTE ? time.value.clock(at) : time.value.short(at)}
        </text>
      ))}
    </g>
  );
}

/** The last time must not stick out at the right. */
const anchor = (plot: Plot, at: number): "end" | "middle" =>
  plot.x(at) > plot.right - TIME_WIDTH / 3 ? "end" : "middle";

function Firing({ plot, alert }: Part): JSX.Element | null {
  const starts = toMs(alert.starts_at);
  if (starts === null || starts > plot.times.high) return null;
  const from = plot.x(Math.max(starts, plot.times.low));
  const to = plot.x(Math.min(toMs(alert.ends_at) ?? plot.times.high, plot.times.high));
  return (
    <rect
      class={`chart-firing fill-${alert.severity}`}
      x={from}
      y={plot.top}
      width={Math.max(1, to - from)}
      height={plot.bottom - plot.top}
    />
  );
}

function Limit({ plot, alert }: Part): JSX.Element | null {
  const { lang, text } = useStore();
  const threshold = limitOf(alert.evidence);
  if (threshold === null) return null;
  const y = plot.y(threshold);
  // The window's value has its words above its line: below the limit's there is room then.
  const above = (aggregateOf(alert.evidence)?.value ?? threshold) <= threshold;
  return (
    <g class={`chart-limit line-${alert.severity}`}>
      <line x1={plot.left} x2={plot.right} y1={y} y2={y} />
      <text x={plot.left + 6} y={above ? y - 6 : y + 15}>
        {text.value.thresholdLine(shown(threshold, lang))}
      </text>
    </g>
  );
}

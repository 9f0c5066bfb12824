import type { JSX } from "preact";
import type { Alert } from "../contract";
import { type Dot, type Plot, plotted, ticks, timeTicks } from "../model/chart";
import { said, shown, words } from "../model/labels";
import { MINUTE, toMs } from "../model/time";
import { useStore } from "../store";
import { useSize } from "./hooks";

/** Room that a time takes along the axis, in pixels. */
const TIME_WIDTH = 90;

interface Part {
  plot: Plot;
  alert: Alert;
}

/** Readings as a line, the threshold across it, and the time in which the alert fires. */
export function Chart({ alert, dots }: { alert: Alert; dots: Dot[] }): JSX.Element {
  const { lang, text } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const { metric, threshold } = alert.evidence;
  const plot = plotted(dots, typeof threshold === "number" ? threshold : null, size);
  const line = dots.map(({ at, value }) => `${plot.x(at).toFixed(1)} ${plot.y(value).toFixed(1)}`);
  const last = dots.at(-1);
  return (
    <div ref={ref} class="chart">
      {size.width > 0 && (
        <svg
          width={size.width}
          height={size.height}
          role="img"
          aria-label={text.value.chartLabel(words(metric ?? ""), alert.device ?? said(alert.title, lang))}
        >
          <Values plot={plot} />
          <Times plot={plot} />
          <Firing plot={plot} alert={alert} />
          <Limit plot={plot} alert={alert} />
          <path class="chart-line" d={`M${line.join("L")}`} />
          {last && <circle class="chart-last" cx={plot.x(last.at)} cy={plot.y(last.value)} r={3.5} />}
        </svg>
      )}
    </div>
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
  const { threshold } = alert.evidence;
  if (typeof threshold !== "number") return null;
  const y = plot.y(threshold);
  return (
    <g class={`chart-limit line-${alert.severity}`}>
      <line x1={plot.left} x2={plot.right} y1={y} y2={y} />
      <text x={plot.left + 6} y={y - 5}>
        {text.value.thresholdLine(shown(threshold, lang))}
      </text>
    </g>
  );
}

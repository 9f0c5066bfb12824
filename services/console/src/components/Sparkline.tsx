import type { JSX } from "preact";
import { KEPT_MS } from "../model/rate";
import { useSize } from "./hooks";

/** The line fills its box after this long, and begins to move after KEPT_MS. */
const LEAST_MS = 30_000;

interface Point {
  /** Ms. */
  at: number;
  value: number;
}

/** The last minutes as a line, from zero up. */
export function Sparkline({ points, label }: { points: Point[]; label: string }): JSX.Element {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const top = Math.max(1, ...points.map((point) => point.value)) * 1.15;
  const first = points[0];
  const end = points.at(-1)?.at ?? 0;
  const shownMs = Math.min(KEPT_MS, Math.max(LEAST_MS, end - (first?.at ?? end)));
  const place = (point: Point) => {
    const x = width - ((end - point.at) / shownMs) * width;
    return `${x.toFixed(1)} ${(height - 2 - (point.value / top) * (height - 6)).toFixed(1)}`;
  };
  const line = points.map(place).join("L");
  const from = first ? (width - ((end - first.at) / shownMs) * width).toFixed(1) : 0;
  return (
    <div ref={ref} class="sparkline">
      {width > 0 && points.length > 1 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <path class="spark-area" d={`M${from} ${height}L${line}L${width} ${height}Z`} />
          <path class="spark-line" d={`M${line}`} />
        </svg>
      )}
    </div>
  );
}

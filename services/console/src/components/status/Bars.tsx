import type { JSX } from "preact";
import { STATUSES } from "../../contract";
import type { UptimeDay } from "../../contract.status";
import { type Bar, barsOf, tallyOf } from "../../model/uptime";
import { useStore } from "../../store";
import { DAYS } from "./parts";

const HEIGHT = 20;
const WIDTH = 0.68;
type Look = Bar["look"];

/** A day's shape tells its status without its colour: full, three quarters, a third, split, hollow, flat. */
function shapeOf(look: Look): [y: number, height: number][] {
  if (look === "degraded") return [[HEIGHT * 0.3, HEIGHT * 0.7]];
  if (look === "outage") return [[HEIGHT * 0.65, HEIGHT * 0.35]];
  if (look === "none") return [[HEIGHT - 2, 2]];
  if (look === "maintenance")
    return [
      [0, HEIGHT * 0.42],
      [HEIGHT * 0.58, HEIGHT * 0.42],
    ];
  return look === "unknown" ? [[1, HEIGHT - 2]] : [[0, HEIGHT]];
}

function Shape({ look, x }: { look: Look; x: number }): JSX.Element {
  return (
    <g class={`day-${look}`}>
      {shapeOf(look).map(([y, height]) => (
        <rect key={y} x={x + 0.16} y={y} width={WIDTH} height={height} />
      ))}
    </g>
  );
}

/** What the days were, in words. */
export function useTallyWords(): (bars: readonly Bar[]) => string {
  const say = useStore().text.value;
  return (bars) => {
    const counts = tallyOf(bars);
    const looks = [...STATUSES, "none"] as const;
    const told = looks.filter((look) => counts[look] > 0);
    return told.map((look) => say.dayCount(counts[look], say.dayLooks[look] ?? look)).join(", ");
  };
}

/** The last 90 days as bars, oldest first. */
export function UptimeBars({ days }: { days: readonly UptimeDay[] }): JSX.Element {
  const say = useStore().text.value;
  const words = useTallyWords();
  const bars = barsOf(days, DAYS);
  return (
    <svg
      class="uptime-bars"
      viewBox={`0 0 ${DAYS} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={say.uptimeTold(DAYS, words(bars))}
    >
      {bars.map((bar, i) => (
        <Shape key={bar.day} look={bar.look} x={i} />
      ))}
    </svg>
  );
}

/** From when to when the bars are. */
export function BarEnds(): JSX.Element {
  const say = useStore().text.value;
  return (
    <p class="bar-ends fine" aria-hidden="true">
      <span>{say.daysAgo(DAYS)}</span>
      <span>{say.today}</span>
    </p>
  );
}

/** What the shapes stand for. */
export function BarKey(): JSX.Element {
  const say = useStore().text.value;
  return (
    <ul class="bar-key fine">
      {([...STATUSES, "none"] as const).map((look) => (
        <li key={look}>
          <svg viewBox={`0 0 1 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <Shape look={look} x={0} />
          </svg>
          {say.dayLooks[look]}
        </li>
      ))}
    </ul>
  );
}

import type { JSX } from "preact";
import type { Maintenance, Silence } from "../../contract";
import { said } from "../../model/labels";
import { DAY } from "../../model/time";
import { dayStart } from "../../model/wall";
import { type Line, lineOfMaintenance, lineOfSilence, TIMELINE_DAYS } from "../../model/windows";
import { useStore } from "../../store";
import { useSize } from "../hooks";

/** Beside the names where there is room for them, else below. */
const GUTTER = 230;
const WITH_GUTTER = 700;
const ROW_BESIDE = 26;
const ROW_BELOW = 34;
const HEAD = 26;
const BAR = 14;
/** Shorter ones are drawn this wide, so that they can be seen. */
const LEAST = 5;
/** Room that a day's name takes. */
const DAY_WIDTH = { en: 46, th: 70 };
/** More rows are no picture. */
const MOST_ROWS = 12;

/** When which alerts are held back in the next two weeks. */
export function Timeline(props: { windows: Maintenance[]; silences: Silence[] }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const say = text.value;
  const begin = dayStart(live.now.value, time.value.timezone);
  const now = (live.now.value - begin) / (TIMELINE_DAYS * DAY);
  const lines = named(props, begin, lang).slice(0, MOST_ROWS);
  if (lines.length === 0) return null;
  const gutter = size.width >= WITH_GUTTER ? GUTTER : 0;
  const row = gutter ? ROW_BESIDE : ROW_BELOW;
  const width = Math.max(size.width - gutter, 1);
  const height = HEAD + lines.length * row + 4;
  return (
    <div ref={ref} class="timeline">
      {size.width > 0 && (
        <svg width={size.width} height={height} role="img" aria-label={say.timelineLabel(lines.length)}>
          <g transform={`translate(${gutter} 0)`}>
            <Days begin={begin} width={width} height={height} />
            {lines.map((line, i) => (
              <Row key={line.id} line={line} y={HEAD + i * row} row={row} width={width} gutter={gutter} />
            ))}
            <line class="timeline-now" x1={now * width} x2={now * width} y1={HEAD - 6} y2={height} />
          </g>
        </svg>
      )}
    </div>
  );
}

type Named = Line & { name: string };

function named(
  props: { windows: Maintenance[]; silences: Silence[] },
  begin: number,
  lang: "en" | "th",
): Named[] {
  const windows = props.windows.map((window) => ({
    ...lineOfMaintenance(window, begin),
    name: said(window.title, lang),
  }));
  const silences = props.silences
    .filter(({ state }) => state !== "expired")
    .map((silence) => ({ ...lineOfSilence(silence, begin), name: silence.reason }));
  return [...silences, ...windows].filter(({ bars }) => bars.length > 0);
}

function Days(props: { begin: number; width: number; height: number }): JSX.Element {
  const { lang, time } = useStore();
  const { begin, width, height } = props;
  const step = width / TIMELINE_DAYS;
  const every = Math.max(1, Math.ceil(DAY_WIDTH[lang] / step));
  const format = new Intl.DateTimeFormat(lang === "th" ? "th-TH" : "en-GB", {
    timeZone: time.value.timezone,
    weekday: "short",
    day: "numeric",
  });
  return (
    <g class="timeline-days">
      {Array.from({ length: TIMELINE_DAYS }, (_, day) => {
        // From the middle of the day, so that a clock change moves no name.
        const middle = begin + day * DAY + DAY / 2;
        return (
          <g key={day} transform={`translate(${day * step} 0)`}>
            <line y1={day % every === 0 ? 4 : HEAD - 8} y2={height} />
            {day % every === 0 && (
              <text x={5} y={15}>
                {format.format(middle)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function Row(props: { line: Named; y: number; row: number; width: number; gutter: number }): JSX.Element {
  const { line, y, row, width, gutter } = props;
  const { selection, time } = useStore();
  const { bars, unknownFrom, kind, id, name } = line;
  const top = y + row - BAR - 4;
  const middle = top + BAR / 2;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows below do the same for the keyboard
    <g
      class={`timeline-row is-${kind}`}
      onClick={() => {
        selection.value = { kind, id };
      }}
    >
      {unknownFrom !== null && (
        <line class="timeline-on" x1={unknownFrom * width + 4} x2={width} y1={middle} y2={middle} />
      )}
      {bars.map(({ from, to, start, end }) => (
        <rect
          key={start}
          x={Math.min(from * width, width - LEAST)}
          y={top}
          width={Math.max(LEAST, (to - from) * width)}
          height={BAR}
          rx={3}
        >
          <title>{`${name}: ${time.value.date(start)} ${time.value.short(start)}–${time.value.short(end)}`}</title>
        </rect>
      ))}
      <foreignObject
        class="timeline-name"
        x={gutter ? 8 - gutter : 4}
        y={gutter ? top - 3 : y - 1}
        width={gutter ? gutter - 16 : width - 8}
        height={20}
      >
        <span title={name}>{name}</span>
      </foreignObject>
    </g>
  );
}

import type { JSX } from "preact";
import type { ProblemName, Quality } from "../../contract";
import { percent, said } from "../../model/labels";
import { isKnown } from "../../model/quality";
import { SECOND, span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { DeviceLink } from "./DeviceFilter";

/** One device: where it is, how much of its data is there, and what is wrong in words. */
export function QualityRow({ quality }: { quality: Quality }): JSX.Element {
  const store = useStore();
  return (
    <li class="quality-row" data-quality={quality.device}>
      <div class="quality-head">
        <DeviceLink device={quality.device} />
        <span class="where-item muted">
          <Icon name={quality.domain} size={15} />
          {store.text.value.domains[quality.domain]}
        </span>
        <span class="where-item muted">
          <Icon name="pin" size={15} />
          {store.zoneName(quality.zone)}
        </span>
        <Completeness quality={quality} />
      </div>
      <Wrong quality={quality} />
    </li>
  );
}

function Completeness({ quality }: { quality: Quality }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const share = quality.completeness;
  if (share === null) return <span class="completeness muted">{say.notTold}</span>;
  const tone = quality.problems.includes("incomplete") ? "edge-degraded" : "";
  return (
    <span class={`completeness ${tone}`} title={say.receivedOf(quality.received, quality.expected)}>
      <span class="bar" aria-hidden="true">
        <span class="bar-fill" style={{ width: `${share * 100}%` }} />
      </span>
      {/* Not 100 while anything is missing. */}
      {say.complete(percent(Math.floor(share * 1000) / 1000))}
    </span>
  );
}

function Wrong({ quality }: { quality: Quality }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (quality.problems.length === 0) {
    const known = isKnown(quality);
    return (
      <p class={`mark fine tone-${known ? "operational" : "unknown"}`}>
        <Icon name={known ? "check" : "unknown"} size={16} />
        {known ? say.nothingWrong : say.nothingKnown}
      </p>
    );
  }
  return (
    <ul class="problems">
      {quality.problems.map((problem) => (
        <li key={problem}>
          <Icon name={problem === "stuck" || problem === "clock" ? "degraded" : "warning"} size={16} />
          <span>
            <Words problem={problem} quality={quality} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Words({ problem, quality }: { problem: ProblemName; quality: Quality }): JSX.Element {
  const { text } = useStore();
  const stuck = useStuckWords(quality);
  const clock = useClockWords(quality);
  const gaps = useGapWords(quality);
  const say = text.value;
  const words: Record<ProblemName, string> = {
    stuck,
    clock,
    incomplete: say.receivedOf(quality.received, quality.expected),
    gaps,
    refused: say.refusedCount(quality.refused),
  };
  return <>{words[problem]}</>;
}

function useMoment(): (at: string | number) => string {
  const { live, time } = useStore();
  const now = live.now.value;
  return (at) => time.value.moment(toMs(at) ?? now, now);
}

function useStuckWords({ stuck }: Quality): string {
  const { live, lang, text } = useStore();
  const moment = useMoment();
  const named = (type: string, metric: string) =>
    said(live.types.value.get(type)?.metrics[metric]?.title, lang) || metric;
  return stuck
    .map(({ type, metric, since }) => text.value.stuckSince(named(type, metric), moment(since)))
    .join("; ");
}

function useClockWords({ clock }: Quality): string {
  const { lang, text } = useStore();
  const say = text.value;
  if (clock.offset === null) return say.clockWrong;
  const size = span(Math.abs(clock.offset) * SECOND, lang);
  const words = clock.state === "ahead" ? say.clockAhead(size) : say.clockBehind(size);
  const drift = Math.abs(clock.drift ?? 0);
  return drift >= 1 ? `${words}, ${say.clockDrifts(span(drift * SECOND, lang))}` : words;
}

function useGapWords({ gaps }: Quality): string {
  const { lang, text } = useStore();
  const moment = useMoment();
  const say = text.value;
  const words = say.gapCount(gaps.count, span(gaps.longest * SECOND, lang));
  if (!gaps.last) return words;
  const { start, end } = gaps.last;
  return `${words}, ${end === null ? say.gapOpen(moment(start)) : say.gapLast(moment(start), moment(end))}`;
}

import type { Explanation, Hearing } from "../contract";

/** Those who hear at the same moment, so long after the alert fired (ms). */
export interface HearingStep {
  after: number;
  hearings: Hearing[];
}

/** A later wave is a repetition of an earlier one: it is told as such, not as a step of its own. */
export const REPEAT = "repeat";

/** Who hears first, next and then, if nobody acknowledges; repetitions are left to `repeatsOf`. */
export function stepsOf({ timeline }: Pick<Explanation, "timeline">): HearingStep[] {
  const steps: HearingStep[] = [];
  for (const hearing of timeline.filter(({ reason }) => reason !== REPEAT)) {
    const last = steps.at(-1);
    if (last?.after === hearing.after) last.hearings.push(hearing);
    else steps.push({ after: hearing.after, hearings: [hearing] });
  }
  return steps;
}

/** Every how long (ms) the message comes again while nobody acknowledges, the shortest first. */
export function repeatsOf({ timeline }: Pick<Explanation, "timeline">): number[] {
  const spans = timeline.flatMap(({ reason, every }) => (reason === REPEAT && every ? [every] : []));
  return [...new Set(spans)].sort((a, b) => a - b);
}

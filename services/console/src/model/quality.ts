import { PROBLEMS, type Quality } from "../contract";

/** Whether anything can be told of a device's data yet. */
export const isKnown = (quality: Quality): boolean =>
  quality.completeness !== null || quality.problems.length > 0;

const worst = (quality: Quality): number => {
  const [first] = quality.problems;
  return first ? PROBLEMS.indexOf(first) : PROBLEMS.length;
};

/** The worst problem first, then the least complete, then by name. */
export const worstFirst = (found: readonly Quality[]): Quality[] =>
  [...found].sort(
    (a, b) =>
      worst(a) - worst(b) || (a.completeness ?? 1) - (b.completeness ?? 1) || (a.device < b.device ? -1 : 1),
  );

/** What can be said of devices together. */
export interface Survey {
  devices: number;
  /** Devices of which nothing can be told yet. */
  unknown: string[];
  /** There are more devices than were looked at. */
  more: boolean;
}

export function surveyOf(found: readonly Quality[], more: boolean): Survey {
  const unknown = found.filter((quality) => !isKnown(quality)).map(({ device }) => device);
  return { devices: found.length, unknown, more };
}

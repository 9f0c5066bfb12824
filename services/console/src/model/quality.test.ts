import { expect, it } from "vitest";
import type { Quality } from "../contract";
import { surveyOf, worstFirst } from "./quality";

const quality = (device: string, more: Partial<Quality> = {}): Quality =>
  ({ device, completeness: 1, problems: [], ...more }) as Quality;

it("puts the worst first", () => {
  const found = [
    quality("c", { problems: ["refused"] }),
    quality("b", { problems: ["gaps"], completeness: 0.95 }),
    quality("d", { problems: ["stuck", "refused"] }),
    quality("a", { problems: ["gaps"], completeness: 0.7 }),
  ];
  expect(worstFirst(found).map(({ device }) => device)).toEqual(["d", "a", "b", "c"]);
});

it("counts as unknown what nothing can be told of", () => {
  const found = [
    quality("a"),
    quality("b", { completeness: null }),
    quality("c", { completeness: null, problems: ["clock"] }),
  ];
  expect(surveyOf(found, true)).toEqual({ devices: 3, unknown: ["b"], more: true });
});

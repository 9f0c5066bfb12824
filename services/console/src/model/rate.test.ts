import { describe, expect, it } from "vitest";
import { addsUp, KEPT_MS, rates, received, type Sample, sampled } from "./rate";

const every2s = (counts: number[]): Sample[] => counts.map((count, i) => ({ at: i * 2000, received: count }));

describe("sampled", () => {
  it("forgets what is too old", () => {
    const samples = sampled([{ at: 0, received: 1 }], { at: KEPT_MS + 1, received: 5 });
    expect(samples).toEqual([{ at: KEPT_MS + 1, received: 5 }]);
  });

  it("begins anew when the count goes back", () => {
    expect(sampled(every2s([10, 20]), { at: 6000, received: 3 })).toEqual([{ at: 6000, received: 3 }]);
  });
});

describe("received", () => {
  it("needs two samples", () => {
    expect(received([], 10_000)).toBeNull();
    expect(received(every2s([10]), 10_000)).toBeNull();
  });

  it("counts within the span only", () => {
    expect(received(every2s([0, 100, 104, 108]), 4000)).toEqual({ count: 8, over: 4000, perSecond: 2 });
    expect(received(every2s([0, 100, 104, 108]), 60_000)).toEqual({ count: 108, over: 6000, perSecond: 18 });
  });
});

it("gives the rate between neighbours", () => {
  expect(rates(every2s([0, 10, 10]))).toEqual([
    { at: 2000, perSecond: 5 },
    { at: 4000, perSecond: 0 },
  ]);
});

it("checks the ledger", () => {
  const ledger = { received: 10, stored: 6, duplicate: 1, quarantined: 2, pending: 1 };
  expect(addsUp(ledger)).toBe(true);
  expect(addsUp({ ...ledger, stored: 5 })).toBe(false);
});

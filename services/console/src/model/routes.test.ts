import { expect, it } from "vitest";
import type { Hearing } from "../contract";
import { repeatsOf, stepsOf } from "./routes";

const told = (after: number, receiver: string, reason = "firing", every: number | null = null): Hearing => ({
  after,
  at: after,
  receiver,
  channels: [],
  route: "r",
  reason,
  every,
});

const timeline = [
  told(0, "crew"),
  told(0, "office"),
  told(300_000, "duty", "escalation"),
  told(900_000, "crew", "repeat", 900_000),
  told(900_000, "office", "repeat", 900_000),
];

it("tells those together who hear at the same moment, repetitions by themselves", () => {
  expect(stepsOf({ timeline }).map(({ hearings }) => hearings.map(({ receiver }) => receiver))).toEqual([
    ["crew", "office"],
    ["duty"],
  ]);
  expect(repeatsOf({ timeline })).toEqual([900_000]);
  expect(stepsOf({ timeline: [] })).toEqual([]);
});

import { expect, it } from "vitest";
import { picked } from "./picking";

const order = ["a", "b", "c", "d"];

it("picks and drops one", () => {
  expect([...picked(new Set(), order, "b", null)]).toEqual(["b"]);
  expect([...picked(new Set(["b"]), order, "b", null)]).toEqual([]);
});

it("picks every row between two, in either direction, and drops them alike", () => {
  expect([...picked(new Set(["b"]), order, "d", "b")]).toEqual(["b", "c", "d"]);
  expect([...picked(new Set(["d"]), order, "b", "d")].sort()).toEqual(["b", "c", "d"]);
  expect([...picked(new Set(order), order, "c", "b")]).toEqual(["a", "d"]);
});

it("picks one alone when the row before is gone", () => {
  expect([...picked(new Set(), order, "c", "gone")]).toEqual(["c"]);
});

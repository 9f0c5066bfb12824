import { describe, expect, it } from "vitest";
import { leadOf, offsetFrom } from "./clock";

const at = Date.parse("2026-11-21T05:00:00Z");
const header = (ms: number) => new Date(ms).toUTCString();

describe("offsetFrom", () => {
  it("takes what the second's coarseness explains for none", () => {
    expect(offsetFrom(header(at), at + 900, at + 990)).toBe(0);
  });

  it("finds a computer that goes wrong", () => {
    expect(offsetFrom(header(at + 60_000), at + 400, at + 600)).toBe(60_000);
    expect(offsetFrom(header(at - 60_000), at + 400, at + 600)).toBe(-60_000);
  });

  it("knows nothing without a Date", () => {
    expect(offsetFrom(null, at, at)).toBeNull();
    expect(offsetFrom("soon", at, at)).toBeNull();
  });
});

describe("leadOf", () => {
  it("allows readings what the contract allows them", () => {
    expect(leadOf(at, at + 60_000)).toBe(0);
    expect(leadOf(at, at - 3_600_000)).toBe(0);
  });

  it("follows a city whose time runs faster", () => {
    expect(leadOf(at, at + 120_000)).toBe(120_000);
  });
});

import { describe, expect, it } from "vitest";
import { backoff, connectionAt, GRACE_MS } from "./connection";

describe("connectionAt", () => {
  it("is live while the stream is open", () => {
    expect(connectionAt(9_000_000, { open: true, heard: 1, broken: 1 })).toEqual({ kind: "live" });
  });

  it("is connecting at first, then plainly without connection", () => {
    const contact = { open: false, heard: null, broken: 1000 };
    expect(connectionAt(1000 + GRACE_MS - 1, contact)).toEqual({ kind: "connecting" });
    expect(connectionAt(1000 + GRACE_MS, contact)).toEqual({ kind: "stale", since: null });
  });

  it("takes a short break for a hiccup, and then everything for old", () => {
    const contact = { open: false, heard: 900, broken: 1000 };
    expect(connectionAt(1000 + GRACE_MS - 1, contact)).toEqual({ kind: "reconnecting", since: 900 });
    expect(connectionAt(1000 + GRACE_MS, contact)).toEqual({ kind: "stale", since: 900 });
  });

  it("tells since when by the city's clock", () => {
    expect(connectionAt(9000, { open: false, heard: 900, broken: 1000 }, 60_000)).toEqual({
      kind: "stale",
      since: 60_900,
    });
  });
});

describe("backoff", () => {
  it("doubles, up to a quarter of a minute", () => {
    expect([0, 1, 2, 3, 4, 50].map(backoff)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
  });
});

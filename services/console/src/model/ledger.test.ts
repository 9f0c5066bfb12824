import { expect, it } from "vitest";
import type { Account, Ledger } from "../contract";
import { accountRows, brokerDrops, shares } from "./ledger";

const account = (stored: number, duplicate = 0, quarantined = 0, pending = 0): Account => ({
  received: stored + duplicate + quarantined + pending,
  stored,
  duplicate,
  quarantined,
  pending,
});
const ledger = (more: Partial<Ledger>): Ledger => ({ ...account(0), ...more });

it("has a row for each of the seven, in order, heard or not", () => {
  const rows = accountRows(ledger({ domains: { mobility: account(3), environment: account(0) } }));
  expect(rows.map(({ domain }) => domain)[1]).toBe("mobility");
  expect(rows).toHaveLength(7);
  expect(rows.filter((row) => row.account).map(({ domain }) => domain)).toEqual(["mobility"]);
});

it("adds what belongs to no domain when there is any", () => {
  expect(accountRows(ledger({ domains: { unknown: account(0, 0, 2) } })).at(-1)?.domain).toBe("unknown");
});

it("draws the ends as shares", () => {
  expect(shares(account(6, 0, 3, 1))).toEqual([
    { end: "stored", share: 0.6 },
    { end: "quarantined", share: 0.3 },
    { end: "pending", share: 0.1 },
  ]);
  expect(shares(account(0))).toEqual([]);
});

it.each([
  [
    { connected: true, dropped: 0 },
    { kind: "known", dropped: 0 },
  ],
  [{ connected: true }, { kind: "untold" }],
  [{ connected: false, dropped: 4 }, { kind: "away" }],
  [{}, { kind: "untold" }],
])("knows of a broker that says %j: %j", (broker, drops) => {
  expect(brokerDrops(ledger({ broker }))).toEqual(drops);
});

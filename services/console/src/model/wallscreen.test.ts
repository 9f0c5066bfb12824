import { expect, it } from "vitest";
import type { DomainStatus, Status } from "../contract";
import { wallSays } from "./wallscreen";

const domains = (...statuses: Status[]) => statuses.map((status) => ({ status }) as DomainStatus);

it("says that it does not know before all else", () => {
  expect(wallSays({ kind: "stale", since: 5 }, domains("operational"))).toEqual({ kind: "stale", since: 5 });
  expect(wallSays({ kind: "connecting" }, null)).toEqual({ kind: "waiting" });
});

it("says that all is well only while every domain is known to be", () => {
  const live = { kind: "live" } as const;
  expect(wallSays(live, domains("operational", "maintenance"))).toEqual({ kind: "well" });
  expect(wallSays(live, domains("unknown", "operational", "outage"))).toEqual({
    kind: "trouble",
    domains: 2,
  });
});

import { describe, expect, it } from "vitest";
import { Api, isUnauthorised, ProblemError, UnreachableError } from "./api";

interface Call {
  url: string;
  init: RequestInit;
}

function answering(...answers: (() => Response)[]): { api: Api; calls: Call[] } {
  const calls: Call[] = [];
  const fetcher = async (url: RequestInfo | URL, init?: RequestInit) => {
    calls.push({ url: String(url), init: init ?? {} });
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  };
  return { api: new Api(() => "th", fetcher), calls };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status });

describe("Api", () => {
  it("asks in the reader's language and follows the cursor", async () => {
    const { api, calls } = answering(
      json({ items: [{ id: "a" }], next: "c/1" }),
      json({ items: [{ id: "b" }], next: null }),
    );
    expect((await api.maintenance()).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(calls.map(({ url }) => url)).toEqual([
      "/api/v1/maintenance?limit=500",
      "/api/v1/maintenance?limit=500&cursor=c%2F1",
    ]);
    expect(calls[0]?.init.headers).toMatchObject({ "Accept-Language": "th" });
  });

  it("posts a step with its note and the number that the operator saw", async () => {
    const { api, calls } = answering(json({ id: "a/b" }));
    await api.act("alerts", "a/b", "acknowledge", { note: "on my way", number: 3 });
    expect(calls[0]?.url).toBe("/api/v1/alerts/a%2Fb/acknowledge");
    expect(calls[0]?.init).toMatchObject({ method: "POST", body: '{"note":"on my way","number":3}' });
  });

  it("hands on what a problem says", async () => {
    const detail = "operator-3 acknowledged this alert a moment ago.";
    const { api } = answering(json({ status: 409, title: "Conflict", detail }, 409));
    const error = await api.act("incidents", "a", "close", {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ status: 409, message: detail });
  });

  it("knows a missing session from other refusals", async () => {
    const { api } = answering(json({}, 401), () => new Response("gateway", { status: 502 }));
    expect(isUnauthorised(await api.session().catch((caught: unknown) => caught))).toBe(true);
    expect(await api.session().catch((caught: unknown) => caught)).toMatchObject({
      status: 502,
      message: "HTTP 502",
    });
  });

  it("asks what statuses were of services, zones and domains", async () => {
    const page = json({ items: [{ day: "2026-11-21" }], next: null });
    const { api, calls } = answering(page, page, page, json({ rules: [] }));
    expect(await api.uptime("domain", "energy", 90)).toEqual([{ day: "2026-11-21" }]);
    await api.history("service", "a b", { limit: 20 });
    await api.history("zone", "samyan", {});
    await api.explain("a b");
    expect(calls.map(({ url }) => url)).toEqual([
      "/api/v1/domains/energy/uptime?days=90&limit=90",
      "/api/v1/services/a%20b/history?limit=20",
      "/api/v1/zones/samyan/history",
      "/api/v1/services/a%20b/explain",
    ]);
  });

  it("goes on with a note, and takes it away, with the number that the operator saw", async () => {
    const { api, calls } = answering(json({}), json({}));
    await api.updateNote("01J", { state: "resolved", text: { en: "Done.", th: "เสร็จแล้ว" }, number: 3 });
    await api.withdrawNote("01J", 4);
    expect(calls.map(({ url, init }) => [init.method, url])).toEqual([
      ["PUT", "/api/v1/notes/01J"],
      ["DELETE", "/api/v1/notes/01J?number=4"],
    ]);
    expect(JSON.parse(String(calls[0]?.init.body))).toMatchObject({ number: 3, state: "resolved" });
  });

  it("posts what is to be taken again", async () => {
    const { api, calls } = answering(json({ accepted: 1 }), json({ replayed: 2 }));
    await api.replay("01J");
    await api.replayAll({ cause: "00ff" });
    expect(calls.map(({ url }) => url)).toEqual([
      "/api/v1/quarantine/01J/replay",
      "/api/v1/quarantine/replay",
    ]);
    expect(calls.map(({ init }) => [init.method, init.body])).toEqual([
      ["POST", undefined],
      ["POST", '{"cause":"00ff"}'],
    ]);
  });

  it("leaves out what is not asked for", async () => {
    const { api, calls } = answering(json({ items: [], next: null }));
    await api.causes({ device: undefined, replayed: false, limit: 5 });
    expect(calls[0]?.url).toBe("/api/v1/quarantine/causes?replayed=false&limit=5");
  });

  it("reads what Nakhon can't do from a refusal, and nothing from a gateway's", async () => {
    const { api, calls } = answering(
      json({ ready: true, reasons: [] }),
      json({ ready: false, reasons: ["broker: away"] }, 503),
      () => new Response("gateway", { status: 503 }),
    );
    expect(await api.troubles()).toEqual([]);
    expect(await api.troubles()).toEqual(["broker: away"]);
    await expect(api.troubles()).rejects.toMatchObject({ status: 503 });
    expect(calls[0]?.url).toBe("/readyz");
  });

  it("tells no answer from a refusal", async () => {
    await expect(answering().api.session()).rejects.toBeInstanceOf(UnreachableError);
  });
});

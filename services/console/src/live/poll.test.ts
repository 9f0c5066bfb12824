import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Poll } from "./poll";

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const page = new EventTarget();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", page);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("Poll", () => {
  it("asks at once and then again and again, until it is stopped", async () => {
    const load = vi.fn(async () => load.mock.calls.length);
    const poll = new Poll(load, 3000, () => true);
    poll.start();
    await pass(0);
    expect(poll.state.value.value).toBe(1);
    await pass(6000);
    expect(poll.state.value.value).toBe(3);
    poll.stop();
    await pass(6000);
    expect(load).toHaveBeenCalledTimes(3);
  });

  it("asks nothing while nobody looks, and at once when somebody does again", async () => {
    let looking = false;
    const load = vi.fn(async () => 1);
    const poll = new Poll(load, 3000, () => looking);
    poll.start();
    await pass(9000);
    expect(load).toHaveBeenCalledTimes(1);
    looking = true;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(load).toHaveBeenCalledTimes(2);
    poll.stop();
  });

  it("keeps the last answer beside the failure, and says when it came", async () => {
    const load = vi.fn<() => Promise<string>>().mockResolvedValueOnce("good");
    load.mockRejectedValueOnce(new Error("away")).mockResolvedValue("better");
    const poll = new Poll(load, 3000, () => true);
    poll.start();
    await pass(0);
    const at = poll.state.value.at;
    await pass(3000);
    expect(poll.state.value).toEqual({ value: "good", at, error: new Error("away") });
    await pass(3000);
    expect(poll.state.value).toMatchObject({ value: "better", error: null });
    poll.stop();
  });

  it("spares a server whose answers take long", async () => {
    const load = vi.fn(() => new Promise<void>((done) => setTimeout(done, 2000)));
    const poll = new Poll(load, 3000, () => true);
    poll.start();
    await pass(19_999);
    expect(load).toHaveBeenCalledTimes(1);
    await pass(1001);
    expect(load).toHaveBeenCalledTimes(2);
    poll.stop();
  });

  it("does not ask again while an answer is awaited", async () => {
    const load = vi.fn(() => new Promise<void>(() => undefined));
    const poll = new Poll(load, 3000, () => true);
    poll.start();
    await pass(9000);
    expect(load).toHaveBeenCalledTimes(1);
    poll.stop();
  });
});

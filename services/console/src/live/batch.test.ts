import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Batch } from "./batch";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Batch", () => {
  it("hands on what came within one picture, together and in order", () => {
    const take = vi.fn();
    const batch = new Batch<number>(take);
    for (const n of [1, 2, 3]) batch.add(n);
    expect(take).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(take.mock.calls).toEqual([[[1, 2, 3]]]);
  });

  it("takes its time after a burst, and is quick again after a calm", () => {
    const take = vi.fn();
    const batch = new Batch<number>(take);
    for (let n = 0; n < 50; n += 1) batch.add(n);
    vi.advanceTimersByTime(20);
    batch.add(50);
    vi.advanceTimersByTime(200);
    expect(take).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60);
    expect(take).toHaveBeenCalledTimes(2);
    batch.add(51);
    vi.advanceTimersByTime(20);
    expect(take).toHaveBeenCalledTimes(3);
  });

  it("hands on at once when asked, and nothing when nothing waits", () => {
    const take = vi.fn();
    const batch = new Batch<number>(take);
    batch.add(1);
    batch.flush();
    batch.flush();
    vi.advanceTimersByTime(20);
    expect(take).toHaveBeenCalledTimes(1);
  });
});

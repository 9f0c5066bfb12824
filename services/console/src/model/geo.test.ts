import { describe, expect, it } from "vitest";
import type { Zone } from "../contract";
import { bounds, fitted, path, placeLabels, rings, scaleBar } from "./geo";

const name = { en: "Samyan", th: "สามย่าน" };
const square: [number, number][] = [
  [100, 13],
  [101, 13],
  [101, 14],
  [100, 14],
  [100, 13],
];
const hole: [number, number][] = [
  [100.4, 13.4],
  [100.6, 13.4],
  [100.5, 13.6],
  [100.4, 13.4],
];

describe("rings", () => {
  it.each<[string, Partial<Zone>, number]>([
    ["a polygon, without its holes", { geometry: { type: "Polygon", coordinates: [square, hole] } }, 1],
    ["polygons", { geometry: { type: "MultiPolygon", coordinates: [[square], [hole]] } }, 2],
    ["a feature", { geometry: { type: "Feature", geometry: { type: "Polygon", coordinates: [square] } } }, 1],
    ["nothing", {}, 0],
  ])("%s", (_, zone, count) => {
    expect(rings({ id: "samyan", name, ...zone })).toHaveLength(count);
  });

  it("makes a circle of a centre and a radius in metres", () => {
    const [ring] = rings({ id: "samyan", name, center: [100.53, 13.73], radius: 600 });
    const plan = fitted(ring ?? [], 1000, 1000, 0);
    const box = bounds([ring ?? []], plan?.project ?? (() => ({ x: 0, y: 0 })));
    expect(box.width / (plan?.scale ?? 1)).toBeCloseTo(1200, -1);
    expect(box.height).toBeCloseTo(box.width, 0);
  });
});

describe("fitted", () => {
  it("puts north up, keeps proportions and stays within the margin", () => {
    const plan = fitted(square, 400, 300, 20);
    const box = bounds([square], plan?.project ?? (() => ({ x: 0, y: 0 })));
    expect(plan?.project(100, 14).y).toBeLessThan(plan?.project(100, 13).y ?? 0);
    expect(box.height).toBeCloseTo(260);
    expect(box.width / box.height).toBeCloseTo(Math.cos((13.5 * Math.PI) / 180), 3);
    expect(box.x + box.width / 2).toBeCloseTo(200);
  });

  it("has nothing to say without places or room", () => {
    expect(fitted([], 400, 300, 20)).toBeNull();
    expect(fitted(square, 30, 300, 20)).toBeNull();
  });

  it("survives a single place", () => {
    expect(fitted([[100.5, 13.7]], 400, 300, 20)?.project(100.5, 13.7).x).toBeGreaterThan(0);
  });
});

it("writes a path", () => {
  expect(
    path(
      [
        [1, 2],
        [3.1234, 4],
      ],
      (x, y) => ({ x, y }),
    ),
  ).toBe("M1.0 2.0L3.1 4.0Z");
});

describe("placeLabels", () => {
  const frame = { width: 200, height: 100 };
  const request = (id: string, x: number, y: number) => ({
    id,
    at: { x, y },
    reach: { x: 10, y: 10 },
    width: 60,
    height: 16,
  });

  it("prefers the right, and turns left at the edge", () => {
    const places = placeLabels([request("middle", 80, 50), request("edge", 185, 80)], frame);
    expect(places.get("middle")?.x).toBe(94);
    expect(places.get("edge")?.x).toBe(111);
  });

  it("never lets two labels nor a label and a place overlap", () => {
    const places = placeLabels([request("a", 60, 50), request("b", 100, 50)], frame);
    const [a, b] = [places.get("a"), places.get("b")];
    expect(a && a.x + a.width <= 90 ? true : a && (a.y + a.height <= 40 || a.y >= 60)).toBe(true);
    expect(b?.x).toBe(114);
  });

  it("leaves out a label that has no room", () => {
    expect(placeLabels([request("a", 20, 20)], { width: 40, height: 40 }).size).toBe(0);
  });
});

it("chooses a round scale", () => {
  expect(scaleBar(0.05, 110)).toBe(2000);
  expect(scaleBar(0.1, 110)).toBe(1000);
  expect(scaleBar(0.2, 110)).toBe(500);
});

import type { Ring, Zone } from "../contract";

export interface Point {
  x: number;
  y: number;
}

/** Positions (longitude, latitude) to a plane in which shapes keep their proportions. */
export type Projection = (lon: number, lat: number) => Point;

const METRES_PER_DEGREE = 111_320;

/** The outer rings of a zone; one given by centre and radius becomes a circle of 32 corners. */
export function rings(zone: Zone): Ring[] {
  const geometry = zone.geometry?.type === "Feature" ? zone.geometry.geometry : zone.geometry;
  if (geometry?.type === "Polygon") return geometry.coordinates.slice(0, 1);
  if (geometry?.type === "MultiPolygon")
    return geometry.coordinates.flatMap((polygon) => polygon.slice(0, 1));
  if (zone.center && zone.radius) return [circle(zone.center, zone.radius)];
  return [];
}

function circle([lon, lat]: [number, number], radius: number): Ring {
  const dLat = radius / METRES_PER_DEGREE;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: 32 }, (_, i) => {
    const angle = (i * Math.PI) / 16;
    return [lon + dLon * Math.cos(angle), lat + dLat * Math.sin(angle)];
  });
}

export interface Fit {
  project: Projection;
  /** Pixels per metre. */
  scale: number;
}

/** Fit positions into a box of `width` × `height` with a margin on every side; null without positions. */
export function fitted(
  positions: [number, number][],
  width: number,
  height: number,
  margin: number,
): Fit | null {
  if (positions.length === 0 || width <= 2 * margin || height <= 2 * margin) return null;
  const lons = positions.map(([lon]) => lon);
  const lats = positions.map(([, lat]) => lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const spanX = Math.max((east - west) * squeeze, 1e-4);
  const spanY = Math.max(north - south, 1e-4);
  const k = Math.min((width - 2 * margin) / spanX, (height - 2 * margin) / spanY);
  const left = (width - spanX * k) / 2;
  const top = (height - spanY * k) / 2;
  return {
    project: (lon, lat) => ({ x: left + (lon - west) * squeeze * k, y: top + (north - lat) * k }),
    scale: k / METRES_PER_DEGREE,
  };
}

/** An SVG path through a ring. */
export function path(ring: Ring, project: Projection): string {
  const corners = ring.map(([lon, lat]) => {
    const { x, y } = project(lon, lat);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${corners.join("L")}Z`;
}

/** The box around the rings, in the plane. */
export function bounds(shape: Ring[], project: Projection): Box {
  const points = shape.flat().map(([lon, lat]) => project(lon, lat));
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LabelRequest {
  id: string;
  /** The middle of what the label belongs to. */
  at: Point;
  /** How far it reaches to either side, and up and down. */
  reach: Point;
  width: number;
  height: number;
}

/**
 * Places for labels, first come first served: right, left, below or above their point, in the frame and
 * upon no other label nor point. One that finds none is left out.
 */
export function placeLabels(
  requests: LabelRequest[],
  frame: { width: number; height: number },
): Map<string, Box> {
  const taken: Box[] = requests.map(({ at, reach }) => ({
    x: at.x - reach.x,
    y: at.y - reach.y,
    width: 2 * reach.x,
    height: 2 * reach.y,
  }));
  const placed = new Map<string, Box>();
  requests.forEach((request, own) => {
    const others = taken.filter((_, i) => i !== own);
    const box = candidates(request).find(
      (b) => inside(b, frame) && !others.some((other) => overlap(b, other)),
    );
    if (!box) return;
    taken.push(box);
    placed.set(request.id, box);
  });
  return placed;
}

function candidates({ at, reach, width, height }: LabelRequest): Box[] {
  const place = (x: number, y: number): Box => ({ x, y, width, height });
  const [right, left] = [at.x + reach.x + 4, at.x - reach.x - 4 - width];
  const [below, above] = [at.y + reach.y + 2, at.y - reach.y - 2 - height];
  return [
    place(right, at.y - height / 2),
    place(left, at.y - height / 2),
    place(at.x - width / 2, below),
    place(at.x - width / 2, above),
    place(right, below - height / 2),
    place(right, above + height / 2),
    place(left, below - height / 2),
    place(left, above + height / 2),
    place(at.x - reach.x, below),
    place(at.x - reach.x, above),
    place(at.x + reach.x - width, below),
    place(at.x + reach.x - width, above),
  ];
}

const inside = (box: Box, frame: { width: number; height: number }): boolean =>
  box.x >= 0 && box.y >= 0 && box.x + box.width <= frame.width && box.y + box.height <= frame.height;

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** A round length in metres that takes at most `pixels` on the map. */
export function scaleBar(scale: number, pixels: number): number {
  const most = pixels / scale;
  const power = 10 ** Math.floor(Math.log10(most));
  return (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1) * power;
}

import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Device, Zone } from "../contract";
import { loadByZone, rank, type ZoneLoad } from "../model/alerts";
import {
  type Box,
  bounds,
  type Fit,
  fitted,
  type Point,
  path,
  placeLabels,
  rings,
  scaleBar,
} from "../model/geo";
import { said } from "../model/labels";
import { useStore } from "../store";
import { type Size, useSize, wantsStillness } from "./hooks";

const MARGIN = 34;
const LABEL_HEIGHT = 18;
const LABEL_SIZE = 12.5;
const GRID_METRES = 1000;
const QUIET: ZoneLoad = { count: 0, worst: null };

interface Shape {
  zone: Zone;
  d: string;
  at: Point;
  reach: Point;
  load: ZoneLoad;
}

/** The city's zones, coloured by the worst alert that is open in them; a click filters the alerts. */
export function ZoneMap(): JSX.Element {
  const { live, text } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const zones = live.zones.value;
  return (
    <section class="card map" aria-label={text.value.mapTitle} aria-busy={!zones}>
      <div class="card-head">
        <h2>{text.value.mapTitle}</h2>
        <span class="fine map-legend">
          <i class="legend-dot" aria-hidden="true" /> {text.value.deviceDot}
        </span>
      </div>
      <div ref={ref} class="map-frame">
        {zones && zones.length === 0 && <p class="empty">{text.value.noZones}</p>}
        {zones && zones.length > 0 && size.width > 0 && <Drawing zones={zones} size={size} />}
      </div>
    </section>
  );
}

function Drawing({ zones, size }: { zones: Zone[]; size: Size }): JSX.Element | null {
  const { live, lang } = useStore();
  const plan = useMemo(
    () =>
      fitted(
        zones.flatMap((zone) => rings(zone).flat()),
        size.width,
        size.height,
        MARGIN,
      ),
    [zones, size],
  );
  const counts = live.alerts.counts.value;
  const loads = useMemo(() => (counts ? loadByZone(counts) : new Map<string, ZoneLoad>()), [counts]);
  if (!plan) return null;
  const shapes = zones.flatMap((zone) => shapeOf(zone, plan, loads.get(zone.id) ?? QUIET));
  const labels = placeLabels(
    [...shapes].sort(byLoad).map((shape) => ({
      id: shape.zone.id,
      at: shape.at,
      reach: shape.reach,
      width: textWidth(said(shape.zone.name, lang)),
      height: LABEL_HEIGHT,
    })),
    size,
  );
  return (
    <svg width={size.width} height={size.height} class="map-drawing" role="presentation">
      <Grid step={GRID_METRES * plan.scale} size={size} />
      {shapes.map((shape) => (
        <ZoneShape key={shape.zone.id} shape={shape} />
      ))}
      <Dots plan={plan} />
      {shapes.map((shape) => (
        <ZoneLabel key={shape.zone.id} shape={shape} box={labels.get(shape.zone.id)} />
      ))}
      <ScaleBar scale={plan.scale} size={size} />
    </svg>
  );
}

/** In the font of the labels (side.css). */
function textWidth(text: string): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return text.length * LABEL_SIZE * 0.6;
  context.font = `${LABEL_SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return context.measureText(text).width + 2;
}

/** Zones in trouble get their labels first. */
const byLoad = (a: Shape, b: Shape): number =>
  (a.load.worst ? rank(a.load.worst) : 9) - (b.load.worst ? rank(b.load.worst) : 9) ||
  b.load.count - a.load.count;

function shapeOf(zone: Zone, plan: Fit, load: ZoneLoad): Shape[] {
  const outline = rings(zone);
  if (outline.length === 0) return [];
  const d = outline.map((ring) => path(ring, plan.project)).join("");
  return [{ zone, d, ...placeOf(bounds(outline, plan.project)), load }];
}

/** A badge reaches 12 pixels, however small the zone. */
const placeOf = (box: Box): { at: Point; reach: Point } => ({
  at: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
  reach: { x: Math.max(12, box.width / 2), y: Math.max(12, box.height / 2) },
});

function ZoneShape({ shape }: { shape: Shape }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { id, name } = shape.zone;
  const { worst, count } = shape.load;
  const chosen = store.filters.value.zone === id;
  const toggle = () => store.filter({ zone: chosen ? null : id });
  const label = say.zoneLoad(said(name, store.lang), count, worst ? say.severities[worst] : "");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button can't be drawn inside an SVG
    <g
      class={`zone ${worst ? `zone-${worst}` : "zone-quiet"} ${chosen ? "is-chosen" : ""}`}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      aria-label={label}
      data-zone={id}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        toggle();
      }}
    >
      <title>{label}</title>
      <path d={shape.d} />
    </g>
  );
}

function ZoneLabel({ shape, box }: { shape: Shape; box: Box | undefined }): JSX.Element {
  const { lang } = useStore();
  const { worst, count } = shape.load;
  return (
    <g class="zone-label" aria-hidden="true">
      {worst && (
        <g class={`zone-badge fill-${worst}`}>
          <circle cx={shape.at.x} cy={shape.at.y} r={11} />
          <text x={shape.at.x} y={shape.at.y + 4} text-anchor="middle">
            {count}
          </text>
        </g>
      )}
      {box && (
        <text x={box.x + box.width / 2} y={box.y + 13} text-anchor="middle">
          {said(shape.zone.name, lang)}
        </text>
      )}
    </g>
  );
}

/** Every device as a dot that lights up when it reports. */
function Dots({ plan }: { plan: Fit }): JSX.Element {
  const { live } = useStore();
  const dots = useRef(new Map<string, SVGCircleElement>());
  const devices = live.devices.value;
  useEffect(
    () =>
      live.pulse.fresh.subscribe((readings) => {
        if (wantsStillness() || document.hidden) return;
        for (const reading of readings.slice(0, 60)) dots.current.get(reading.device)?.animate(BLINK, 1400);
      }),
    [live],
  );
  const located = useMemo(() => [...devices.values()].filter((device) => device.location), [devices]);
  return useMemo(
    () => (
      <g class="map-devices" aria-hidden="true">
        {located.map((device) => (
          <DeviceDot key={device.id} device={device} plan={plan} keep={dots.current} />
        ))}
      </g>
    ),
    [located, plan],
  );
}

const BLINK: Keyframe[] = [
  { opacity: 1, r: "4px" },
  { opacity: 0.45, r: "1.8px" },
];

function DeviceDot(props: { device: Device; plan: Fit; keep: Map<string, SVGCircleElement> }): JSX.Element {
  const { device, plan, keep } = props;
  const [lon, lat] = device.location ?? [0, 0];
  const { x, y } = plan.project(lon, lat);
  return (
    <circle
      ref={(element) => {
        if (element) keep.set(device.id, element);
        else keep.delete(device.id);
      }}
      cx={x.toFixed(1)}
      cy={y.toFixed(1)}
      r={1.8}
    />
  );
}

/** Faint lines a kilometre apart. */
function Grid({ step, size }: { step: number; size: Size }): JSX.Element | null {
  if (step < 12) return null;
  const lines = (length: number) =>
    Array.from({ length: Math.ceil(length / step) }, (_, i) => (i + 0.5) * step);
  const across = lines(size.width).map((x) => `M${x.toFixed(1)} 0V${size.height}`);
  const down = lines(size.height).map((y) => `M0 ${y.toFixed(1)}H${size.width}`);
  return <path class="map-grid" d={[...across, ...down].join("")} aria-hidden="true" />;
}

function ScaleBar({ scale, size }: { scale: number; size: Size }): JSX.Element {
  const metres = scaleBar(scale, 110);
  const length = metres * scale;
  const y = size.height - 10;
  return (
    <g class="map-scale" aria-hidden="true">
      <path d={`M10 ${y - 4}v4h${length.toFixed(1)}v-4`} />
      <text x={16 + length} y={y + 1}>
        {metres >= 1000 ? `${metres / 1000} km` : `${metres} m`}
      </text>
    </g>
  );
}

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Device, Lang, Status, Zone } from "../contract";
import type { Messages } from "../i18n";
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
import { rankOf } from "../model/standing";
import { useStore } from "../store";
import { Unknown } from "./data/Unknown";
import { type Size, useSize, wantsStillness } from "./hooks";
import { Icon } from "./Icon";
import { useZoneStatuses } from "./status/ZonePanel";

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
  /** Where the map is of statuses. */
  status: Status | null;
}

type Of = "alerts" | "status";
type Statuses = ReadonlyMap<string, Status>;

/**
 * The city's zones, coloured by the worst alert that is open in them, a click filters the alerts; or by their
 * status, a click tells of the zone.
 */
export function ZoneMap(): JSX.Element {
  const { live, text } = useStore();
  const [of, setOf] = useState<Of>("alerts");
  const zones = live.zones.value;
  return (
    <section class="card map" aria-label={text.value.mapTitle} aria-busy={!zones}>
      <div class="card-head">
        <h2>{text.value.mapTitle}</h2>
        <span class="fine map-legend">
          <i class="legend-dot" aria-hidden="true" /> {text.value.deviceDot}
        </span>
        <Chooser of={of} choose={setOf} />
      </div>
      {of === "status" ? <StatusFrame /> : <Frame statuses={null} />}
    </section>
  );
}

function Chooser({ of, choose }: { of: Of; choose: (of: Of) => void }): JSX.Element {
  const say = useStore().text.value;
  const names = { alerts: say.mapAlerts, status: say.mapStatus };
  return (
    <fieldset class="chips map-of">
      <legend class="hidden">{say.mapOf}</legend>
      {(["alerts", "status"] as const).map((name) => (
        <button
          key={name}
          type="button"
          class={of === name ? "chip is-on" : "chip"}
          aria-pressed={of === name}
          onClick={() => choose(name)}
        >
          {names[name]}
        </button>
      ))}
    </fieldset>
  );
}

function StatusFrame(): JSX.Element {
  const polled = useZoneStatuses();
  const statuses = useMemo(
    () => new Map(polled.value?.map(({ zone, status }) => [zone, status])),
    [polled.value],
  );
  return (
    <>
      <Unknown polled={polled} />
      <Frame statuses={statuses} />
    </>
  );
}

function Frame({ statuses }: { statuses: Statuses | null }): JSX.Element {
  const { live, text } = useStore();
  const [ref, size] = useSize<HTMLDivElement>();
  const zones = live.zones.value;
  return (
    <div ref={ref} class="map-frame">
      {zones && zones.length === 0 && <p class="empty">{text.value.noZones}</p>}
      {zones && zones.length > 0 && size.width > 0 && (
        <Drawing zones={zones} size={size} statuses={statuses} />
      )}
    </div>
  );
}

function Drawing(props: { zones: Zone[]; size: Size; statuses: Statuses | null }): JSX.Element | null {
  const { zones, size, statuses } = props;
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
  const shapes = zones.flatMap((zone) => shapeOf(zone, plan, loads.get(zone.id) ?? QUIET, statuses));
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
  (a.status && b.status ? rankOf(a.status) - rankOf(b.status) : 0) ||
  (a.load.worst ? rank(a.load.worst) : 9) - (b.load.worst ? rank(b.load.worst) : 9) ||
  b.load.count - a.load.count;

function shapeOf(zone: Zone, plan: Fit, load: ZoneLoad, statuses: Statuses | null): Shape[] {
  const outline = rings(zone);
  if (outline.length === 0) return [];
  const d = outline.map((ring) => path(ring, plan.project)).join("");
  // Of a zone that nothing is told of, nothing is known.
  const status = statuses && (statuses.get(zone.id) ?? "unknown");
  return [{ zone, d, ...placeOf(bounds(outline, plan.project)), load, status }];
}

/** A badge reaches 12 pixels, however small the zone. */
const placeOf = (box: Box): { at: Point; reach: Point } => ({
  at: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
  reach: { x: Math.max(12, box.width / 2), y: Math.max(12, box.height / 2) },
});

function ZoneShape({ shape }: { shape: Shape }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { id } = shape.zone;
  const { selection, filters } = store;
  const isSelected = selection.value?.kind === "zone" && selection.value.id === id;
  const chosen = shape.status ? isSelected : filters.value.zone === id;
  const toggle = () => {
    if (!shape.status) store.filter({ zone: chosen ? null : id });
    else selection.value = chosen ? null : { kind: "zone", id };
  };
  const label = labelOf(shape, store.lang, say);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button can't be drawn inside an SVG
    <g
      class={`zone ${lookOf(shape)} ${chosen ? "is-chosen" : ""}`}
      role="button"
      tabindex={0}
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

function lookOf({ status, load }: Shape): string {
  if (status) return `zone-status tone-${status}`;
  return load.worst ? `zone-${load.worst}` : "zone-quiet";
}

function labelOf({ zone, status, load }: Shape, lang: Lang, say: Messages): string {
  const name = said(zone.name, lang);
  if (status) return say.zoneStands(name, say.statuses[status]);
  return say.zoneLoad(name, load.count, load.worst ? say.severities[load.worst] : "");
}

function ZoneLabel({ shape, box }: { shape: Shape; box: Box | undefined }): JSX.Element {
  const { lang } = useStore();
  const { worst, count } = shape.load;
  return (
    <g class="zone-label" aria-hidden="true">
      {shape.status && (
        <g
          class={`zone-symbol tone-${shape.status}`}
          transform={`translate(${(shape.at.x - 11).toFixed(1)} ${(shape.at.y - 11).toFixed(1)})`}
        >
          <circle cx={11} cy={11} r={12} />
          <Icon name={shape.status} size={22} />
        </g>
      )}
      {!shape.status && worst && (
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

import type { JSX } from "preact";
import type { Severity, Status } from "../contract";

/** Drawn on a grid of 24, with lines; `fill` marks the shapes that are solid. */
const SHAPES = {
  environment: (
    <>
      <path d="M5 19c0-8 4.5-13 14-14 .6 9.6-4.2 14-11 14" />
      <path d="M5 19c2.5-4.5 5-6.5 8.5-8.5" />
    </>
  ),
  mobility: (
    <>
      <rect x="5" y="4" width="14" height="13" rx="2.5" />
      <path d="M5 11h14M7.5 17v2.500M16.5 17v2.5" />
      <path d="M8.5 14h.01M15.5 14h.01" stroke-width="2.4" />
    </>
  ),
  energy: <path d="M13 3 5.5 13.500h5.500l-1 7.5 7.5-10.500H12z" />,
  living: (
    <>
      <path d="M4 11.5 12 5l8 6.500M6 10v9.500h12V10" />
      <path d="M12 16.800c-1.8-1.2-2.9-2.2-2.9-3.400a1.5 1.5 0 0 1 2.9-.6 1.5 1.5 0 0 1 2.9.6c0 1.2-1.1 2.2-2.9 3.400z" />
    </>
  ),
  people: (
    <>
      <circle cx="9" cy="8.5" r="3" />
      <path d="M3.5 19c.3-3.3 2.5-5.2 5.5-5.200s5.2 1.9 5.5 5.2" />
      <path d="M15.3 5.900a2.7 2.7 0 0 1 .3 5.200M17 14.200c2 .6 3.3 2.2 3.5 4.8" />
    </>
  ),
  governance: (
    <>
      <path d="M4 9.5 12 4.500l8 5zM4.5 19.500h15" />
      <path d="M6.5 12v5M10.2 12v5M13.8 12v5M17.5 12v5" />
    </>
  ),
  economy: (
    <>
      <path d="M4.5 19.500h15M6.5 16v-3.500M11 16V9.500M15.5 16v-5" />
      <path d="m6 8.5 4.5-4 4 3 4.5-4M15.8 3.500H19v3.2" />
    </>
  ),

  operational: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="m8.2 12.3 2.6 2.6 5-5.4" />
    </>
  ),
  degraded: (
    <>
      <path d="M12 4.2 20.8 19.500H3.200z" />
      <path d="M12 10v4.200M12 16.800v.01" />
    </>
  ),
  outage: (
    <>
      <path d="M8.3 3.500h7.400l4.8 4.800v7.400l-4.8 4.800H8.300l-4.8-4.800V8.300z" />
      <path d="m9.2 9.2 5.6 5.600M14.8 9.200l-5.6 5.6" />
    </>
  ),
  maintenance: (
    <path d="M14.2 6.600a4.6 4.6 0 0 1 5.7-1.100l-2.9 2.9.4 2.2 2.2.4 1-1a4.6 4.6 0 0 1-6.2 3.900l-6.3 6.300a1.9 1.9 0 0 1-2.7-2.700l6.3-6.300a4.6 4.6 0 0 1 2.5-4.600z" />
  ),
  unknown: (
    <>
      <circle cx="12" cy="12" r="8.5" stroke-dasharray="3.2 2.6" />
      <path d="M9.7 9.700c.2-1.3 1.1-2.1 2.4-2.100s2.3.9 2.3 2.100c0 1.8-2.3 1.9-2.3 3.600M12.1 16v.01" />
    </>
  ),

  critical: (
    <>
      <path d="M8.3 3.500h7.400l4.8 4.800v7.400l-4.8 4.800H8.300l-4.8-4.800V8.300z" fill="currentColor" />
      <path d="M12 7.500v5.500M12 16.300v.01" class="cut" />
    </>
  ),
  major: (
    <>
      <path d="M12 4.2 20.8 19.500H3.200z" fill="currentColor" />
      <path d="M12 10v4M12 16.800v.01" class="cut" />
    </>
  ),
  minor: (
    <>
      <path d="M12 3.5 20.5 12 12 20.5 3.5 12z" />
      <path d="M12 8.200v4.600M12 15.600v.01" />
    </>
  ),
  warning: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7.500v5.300M12 15.900v.01" />
    </>
  ),

  bell: (
    <path d="M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.5 1.500H5zM10.200 20.500h3.600M12 3.200v2" />
  ),
  muted: (
    <path d="M6.500 16.500V11a5.500 5.500 0 0 1 1-3.200M10 5.900a5.500 5.500 0 0 1 7.500 5.100v3.200M5 18h12.500M10.200 20.500h3.600M4 4l16 16" />
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7.200V12l3.200 2.200" />
    </>
  ),
  flapping: <path d="M3.500 14h3l2.500-7 4 11 2.700-7.500 1.600 3.500h3.200" />,
  stack: <path d="m12 4 8.500 4.200L12 12.400 3.500 8.200zM4 12.300l8 4 8-4M4 16.200l8 4 8-4" />,
  root: (
    <>
      <circle cx="12" cy="5.500" r="2.500" />
      <circle cx="5.500" cy="18.500" r="2" />
      <circle cx="12" cy="18.500" r="2" />
      <circle cx="18.500" cy="18.500" r="2" />
      <path d="M12 8v8.500M12 12H5.500v4.500M12 12h6.500v4.500" />
    </>
  ),
  under: <path d="M6 4.500v8a3 3 0 0 0 3 3h9M14.500 11.500l4 4-4 4" />,
  service: (
    <>
      <rect x="4" y="5" width="16" height="6" rx="1.800" />
      <rect x="4" y="13.500" width="16" height="6" rx="1.800" />
      <path d="M7.500 8v.01M7.500 16.500v.01" stroke-width="2.4" />
    </>
  ),
  comment: <path d="M5 5h14v10.500h-7.500L7.500 19.500v-4H5z" />,
  flood: (
    <path d="M3 9.500c2 0 2-1.500 4.500-1.500S10 9.500 12 9.500s2-1.500 4.500-1.500S19 9.500 21 9.500M3 14c2 0 2-1.500 4.500-1.500S10 14 12 14s2-1.500 4.500-1.500S19 14 21 14M3 18.500c2 0 2-1.500 4.500-1.500s2.500 1.500 4.500 1.500 2-1.500 4.500-1.500 2.500 1.500 4.500 1.500" />
  ),
  plus: <path d="M12 5v14M5 12h14" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  check: <path d="m5 12.5 4.5 4.500L19 7.5" />,
  next: <path d="m9.5 6 6 6-6 6" />,
  again: <path d="M19 12a7 7 0 1 1-2.2-5.100M19.5 4v4.200h-4.2" />,
  save: <path d="M12 4.500v9.500M8 10.500l4 4 4-4M5 19.500h14" />,
  pin: (
    <>
      <path d="M12 20.500c4.2-4.3 6.3-7.5 6.3-10.300a6.3 6.3 0 0 0-12.6 0c0 2.8 2.1 6 6.3 10.300z" />
      <circle cx="12" cy="10" r="2.2" />
    </>
  ),
  sensor: (
    <>
      <circle cx="12" cy="12" r="2" />
      <path d="M8.3 15.700a5.2 5.2 0 0 1 0-7.400M15.7 8.300a5.2 5.2 0 0 1 0 7.400M5.5 18.500a9.2 9.2 0 0 1 0-13M18.5 5.500a9.2 9.2 0 0 1 0 13" />
    </>
  ),
  user: (
    <>
      <circle cx="12" cy="8.5" r="3.5" />
      <path d="M5 19.500c.4-3.8 3.2-6 7-6s6.6 2.2 7 6" />
    </>
  ),
  leave: (
    <path d="M13.5 4.500h-7a1.5 1.5 0 0 0-1.5 1.500v12a1.5 1.5 0 0 0 1.5 1.500h7M10 12h10M16.5 8.5 20 12l-3.5 3.5" />
  ),
  dark: <path d="M19.5 14.300A8 8 0 0 1 9.7 4.500a8 8 0 1 0 9.8 9.800z" />,
  light: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.400M5.6 18.4 7 17M17 7l1.4-1.4" />
    </>
  ),
  system: (
    <>
      <circle cx="12" cy="12" r="8" />
      <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
    </>
  ),
  soundOn: (
    <path d="M4.5 9.500v5h3.300l4.7 4v-13l-4.7 4zM16 9a4.2 4.2 0 0 1 0 6M18.5 6.500a7.8 7.8 0 0 1 0 11" />
  ),
  soundOff: <path d="M4.5 9.500v5h3.300l4.7 4v-13l-4.7 4zM16 9.500l5 5M21 9.500l-5 5" />,
  report: <path d="M7 3.500h7l4 4v13H7zM14 3.500v4h4M9.800 12h5.500M9.800 15h5.500M9.800 18h3" />,
  wall: (
    <>
      <rect x="3" y="4.500" width="18" height="12" rx="1.800" />
      <path d="M12 16.500v3.500M8 20h8" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="8.500" />
      <path d="M12 11v5.500M12 7.700v.01" />
    </>
  ),
  previous: <path d="m14.500 6-6 6 6 6" />,
  up: <path d="M12 19V6M6.500 11.500 12 6l5.500 5.500" />,
  down: <path d="M12 5v13M6.500 12.500 12 18l5.500-5.500" />,
  level: <path d="M5 12h14" />,
  offline: (
    <>
      <path d="M4 4.5 19.5 20M8.5 14.500a5 5 0 0 1 4-1.400M5.3 11.200A9.5 9.5 0 0 1 9 9M12.5 8a9.6 9.6 0 0 1 6.2 3.200M2.5 8.200A13.5 13.5 0 0 1 6 5.900M10.5 4.600a13.6 13.6 0 0 1 11 3.6" />
      <path d="M12 18v.01" stroke-width="2.6" />
    </>
  ),
} as const;

export type IconName = keyof typeof SHAPES;

/** A picture that always stands beside a word, hence silent to screen readers. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class={`icon icon-${name}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}

/** A status as colour, icon and word. */
export function StatusMark({ status, word }: { status: Status; word: string }): JSX.Element {
  return (
    <span class={`mark tone-${status}`}>
      <Icon name={status} size={18} />
      <span>{word}</span>
    </span>
  );
}

/** A severity as colour, icon and word. */
export function SeverityMark({ severity, word }: { severity: Severity; word: string }): JSX.Element {
  return (
    <span class={`mark tone-${severity}`}>
      <Icon name={severity} size={18} />
      <span>{word}</span>
    </span>
  );
}

import type { JSX } from "preact";

/** Seven lines, one a domain, that make a skyline. */
export function Logo({ size = 36 }: { size?: number }): JSX.Element {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M6.5 24v-4M9.700 24v-7M12.900 24V13M16 24V7.500M19.100 24V13M22.300 24v-7M25.500 24v-4" />
    </svg>
  );
}

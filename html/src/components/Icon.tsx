/*
 * The app's icons: strokes of 1.5 on a 20 grid, hidden from screen readers,
 * since a text always stands beside or behind them.
 */

const PATHS = {
  sun: "M10 3v1.5M10 15.5V17M3 10h1.5M15.5 10H17M5 5l1 1M14 14l1 1M15 5l-1 1M6 14l-1 1M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z",
  auto: "M3.5 5h13v8.5h-13zM7.5 16.5h5",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2 2 3 4.3 3 7s-1 5-3 7c-2-2-3-4.3-3-7s1-5 3-7Z",
  plus: "M10 4v12M4 10h12",
  close: "m5 5 10 10M15 5 5 15",
  left: "m12 4.5-5.5 5.5 5.5 5.5",
  right: "m8 4.5 5.5 5.5L8 15.5",
  down: "m4.5 8 5.5 5.5L15.5 8",
  up: "M10 16V4.5M5 9l5-5 5 5",
  fall: "M10 4v11.5M5 11l5 5 5-5",
  check: "m4.5 10.5 4 4 7-8.5",
  warning: "M10 3 2.5 16.5h15L10 3Zm0 5v4m0 2.2v.3",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-7.5V14m0-7.3v.3",
  folder: "M3 15.5v-11h5l1.8 2H17v9z",
  project: "m10 3 6.5 3.5v7L10 17l-6.5-3.5v-7L10 3Zm0 7 6.5-3.5M10 10v7M10 10 3.5 6.5",
  search: "M13 9a4 4 0 1 1-8 0 4 4 0 0 1 8 0Zm-1 3 4 4",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  table: "M3.5 4.5h13v11h-13zM3.5 8h13M3.5 11.7h13M8 8v7.500",
  picture: "M3.5 4.5h13v11h-13zM4 13l3.500-3.500 3 3 2.500-2.500L16 13M12.500 7.500h.3",
  edit: "m4 16 .8-3.2L13.5 4 16 6.500l-8.700 8.700L4 16Z",
  move: "M3 10h13M11 5l5 5-5 5",
  trash: "M4 5.500h12M8 5.500V4h4v1.500M5.500 5.500 6.200 16.500h7.600l.7-11M8.500 8.500v5M11.500 8.500v5",
  eye: "M2.500 10S5.500 5 10 5s7.500 5 7.500 5-3 5-7.500 5-7.500-5-7.500-5Zm9.500 0a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  refresh: "M16 10a6 6 0 1 1-2-4.500M16 3v3.500h-3.500",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4.300l2.700 1.700",
  key: "M11.500 8.500a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0Zm-1 2.500 5.500 5.500m-2.500-2.500 1.500-1.500",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

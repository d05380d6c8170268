/** Line drawings of 20 units, one path each; what they mean is said beside them. */
const PATHS = {
  search: "M8.5 3a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M13 13l4.5 4.5",
  close: "m5 5 10 10M15 5 5 15",
  menu: "M3 6h14M3 10h14M3 14h14",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  trails: "M3 16c3-1 3-6 7-6s4-5 7-6",
  labels: "M3 5h9l5 5-5 5H3z",
  night: "M15.5 12.5A6.5 6.5 0 0 1 7.5 4.5a6.5 6.5 0 1 0 8 8",
  day: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18" +
    "M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  system: "M3 4.5h14v9H3zM7.5 16.5h5",
  help: "M7.2 7.3a2.9 2.9 0 1 1 4.3 2.5c-1 .6-1.5 1.1-1.5 2.2M10 15.2v.1",
  follow: "M10 2.5v3M10 14.5v3M2.5 10h3M14.5 10h3M10 6a4 4 0 1 1 0 8 4 4 0 0 1 0-8",
  cockpit: "M3 14h14M5 14a5 5 0 0 1 10 0M10 9V6M3.5 9.5l2 1.5M16.5 9.5l-2 1.5",
  share: "M8 12l7-7M10.5 4.5H15.5V9.5M13 11v4.5H4.5V7H9",
  camera: "M3 6.5h3L7.5 4h5L14 6.5h3v9H3zM10 8.3a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2",
  download: "M10 3v9M6.5 9 10 12.5 13.5 9M4 16h12",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  previous: "M14 4 7 10l7 6zM5 4v12",
  next: "M6 4l7 6-7 6zM15 4v12",
  high: "M10 3 18 16.5H2zM10 8v4M10 14.2v.1",
  medium: "M10 2.5 17.5 10 10 17.5 2.5 10zM10 6.5v4M10 13v.1",
  low: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 9v4.5M10 6.5v.1",
  up: "M4 12.5l6-6 6 6",
  down: "M4 7.5l6 6 6-6",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing without a meaning of its own for a screen reader. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

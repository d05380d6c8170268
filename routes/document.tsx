import type { ComponentChildren } from "preact";

export interface HubOptions {
  /** The hub's address, for a page that is served elsewhere. */
  readonly hubUrl?: string;
  /** Else the hub is on the page's own host, at this port. */
  readonly backendPort: number;
}

interface DocumentProps extends HubOptions {
  readonly title: string;
  readonly description: string;
  /** Beside the style that all pages share. */
  readonly styles: readonly string[];
  /** The script's entry; none for a page that needs none. */
  readonly script?: string;
  readonly children: ComponentChildren;
}

/** What every page has around its body. Nothing in it is inline script or style. */
export function Document(
  { title, description, styles, script, hubUrl, backendPort, children }: DocumentProps,
) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>{title}</title>
        <meta name="description" content={description} />
        <meta name="color-scheme" content="dark light" />
        <meta name="theme-color" content="#060b14" />
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        {["base", ...styles].map((name) => (
          <link key={name} rel="stylesheet" href={`/static/${name}.css`} />
        ))}
        {script && <script type="module" src={`/assets/${script}`} />}
      </head>
      <body data-hub-url={hubUrl} data-backend-port={backendPort}>{children}</body>
    </html>
  );
}

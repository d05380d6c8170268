import { type ComponentChildren, type ComponentType, h, hydrate } from "preact";

/** Marks where an island stands in the server's page: its content is taken over by `hydrateIslands`. */
export function Island({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="island" data-island={name}>{children}</div>;
}

/** Brings the islands of the server's page to life, each by its name. */
export function hydrateIslands(islands: Readonly<Record<string, ComponentType>>) {
  for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const island = islands[place.dataset.island ?? ""];
    if (island) hydrate(h(island, null), place);
  }
}

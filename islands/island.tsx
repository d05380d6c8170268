import { type ComponentChildren, type ComponentType, h, hydrate, render } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Marks where an island stands in the server's page: its content is taken over by `hydrateIslands`. */
export function Island({ name, children }: { name: string; children?: ComponentChildren }) {
  return <div class="island" data-island={name}>{children}</div>;
}

type Islands = Readonly<Record<string, ComponentType>>;

/** Brings the islands of the server's page to life, each by its name. */
export function hydrateIslands(islands: Islands) {
  forEachPlace(islands, (island, place) => hydrate(h(island, null), place));
}

/** The same where what the server wrote is out of date by now: hydration would keep its attributes. */
export function replaceIslands(islands: Islands) {
  forEachPlace(islands, (island, place) => {
    place.replaceChildren();
    render(h(island, null), place);
  });
}

function forEachPlace(islands: Islands, act: (island: ComponentType, place: HTMLElement) => void) {
  for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const island = islands[place.dataset.island ?? ""];
    if (island) act(island, place);
  }
}

/** A component whose script is asked for when it is first shown; nothing until it has come. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | undefined;
  return function Lazy() {
    const [, setLoaded] = useState(loaded !== undefined);
    useEffect(() => {
      if (loaded) return;
      load().then((component) => {
        loaded = component;
        setLoaded(true);
      }, () => {
        // Without network there is nothing to show: the next time it is asked for again.
      });
    }, []);
    return loaded ? h(loaded, null) : null;
  };
}

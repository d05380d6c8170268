import { useEffect, useRef } from "preact/hooks";
import type { RunningScene } from "./globe/scene.ts";
import { scene, view, viewRequest } from "./state.ts";

/** The globe's place in the page. What draws it is loaded once this stands: most of the page's script. */
export function Globe() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    let close = () => {};
    start(place.current!).then(
      (started) => gone ? started() : close = started,
      () => scene.value = "unavailable",
    );
    return () => {
      gone = true;
      close();
    };
  }, []);
  return (
    <div
      ref={place}
      id="globe"
      class="globe"
      tabIndex={scene.value === "ready" ? 0 : -1}
      role="application"
      aria-label="Globe. Arrow keys turn it, plus and minus zoom. The list holds the same aircraft."
    />
  );
}

/** Asked of a canvas of its own, before anything is downloaded: the scene needs WebGL 2. */
function hasWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

async function start(place: HTMLElement): Promise<() => void> {
  if (!hasWebGl()) throw new Error("WebGL 2 is missing");
  const { createScene } = await import("./globe/scene.ts");
  let running: RunningScene | undefined;
  const draw = () => running = createScene(place, again);
  // The browser gives a canvas back that it had to take away; what was on it has to be made anew.
  const again = () => {
    running?.close();
    scene.value = "loading";
    viewRequest.value = view.peek();
    draw();
  };
  draw();
  return () => running?.close();
}

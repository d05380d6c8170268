/** Starts the Chromium that the browser tests drive. */
import { type Browser, chromium } from "playwright-core";

const INSTALL = "apt-get install --no-install-recommends chromium fonts-dejavu-core " +
  "fonts-liberation, or set CHROMIUM to one that is there";

/** No network of its own, and WebGL in software: a test machine has no GPU. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WITH_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const WITHOUT_WEBGL = ["--disable-gpu", "--disable-3d-apis"];

/**
 * Where Chromium is, or undefined without one: then the tests are skipped, loudly.
 * @throws Error in its stead where CI is set
 */
export async function findChromium(): Promise<string | undefined> {
  const path = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  const there = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
  if (there) return path;
  const message = `The browser tests need Chromium, and ${path} is not there: ${INSTALL}`;
  if (Deno.env.get("CI") === "true") throw new Error(message);
  // deno-lint-ignore no-console -- a test that does not run has to be seen
  console.warn(`SKIPPED: ${message}`);
  return undefined;
}

/** A browser with or without WebGL, to be closed by who asked for it. */
export async function launch(executablePath: string, webGl: boolean): Promise<Browser> {
  const args = [...ARGUMENTS, ...(webGl ? WITH_WEBGL : WITHOUT_WEBGL)];
  return await chromium.launch({ executablePath, args });
}

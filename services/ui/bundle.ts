/** The page's script: what is in `islands/`, bundled by esbuild when the role starts or before. */
import * as esbuild from "esbuild";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type Asset, type Assets, ENTRIES, gzip } from "./assets.ts";
import { linkPackages } from "./npm_farm.ts";

/** What the islands import from npm. */
const PACKAGES = ["preact", "@preact/signals", "three", "three-globe"];
const islandFile = (name: string) =>
  fileURLToPath(new URL(`../../islands/${name}`, import.meta.url));
/** What the browser runs first, by the name it is served under. */
const ENTRY_POINTS: Readonly<Record<(typeof ENTRIES)[number], string>> = {
  "main.js": islandFile("main.tsx"),
  "pages.js": islandFile("pages.tsx"),
};

/**
 * Bundles the islands; links to the npm packages are put under `dataDir`.
 * @throws Error with esbuild's messages, or naming the package that is missing
 */
export async function bundleIslands(dataDir: string): Promise<Assets> {
  const packages = await linkPackages(PACKAGES, dataDir, ENTRY_POINTS["main.js"]);
  try {
    // Each by itself: what two entries share would be cut into many small files.
    const bundles = await Promise.all(ENTRIES.map((entry) => bundle(entry, packages)));
    return new Map(bundles.flat());
  } finally {
    // It keeps a child process waiting for the next build; there is none.
    await esbuild.stop();
  }
}

async function bundle(entry: (typeof ENTRIES)[number], packages: string) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: { [entry.replace(/\.js$/, "")]: ENTRY_POINTS[entry] },
    outdir: "/assets",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    chunkNames: "[name]-[hash]",
    minify: true,
    metafile: true,
    logLevel: "silent",
    legalComments: "eof",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    nodePaths: [packages],
    preserveSymlinks: true,
    plugins: [withoutWebGpu],
  });
  const imports = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output.imports]),
  );
  // What esbuild adds of its own for CommonJS packages. It does nothing by itself, but every file
  // would load it.
  const helpers = Object.entries(metafile.outputs)
    .filter(([, { inputs }]) => Object.keys(inputs).length === 0).map(([path]) => basename(path));
  return await Promise.all(outputFiles.map(async ({ path, contents }) => {
    const name = basename(path);
    const whole = new TextDecoder().decode(contents);
    const unused = helpers.filter((helper) => whole.includes(`import"./${helper}";`));
    const code = new TextEncoder().encode(
      unused.reduce((text, helper) => text.replace(`import"./${helper}";`, ""), whole),
    );
    const asset: Asset = {
      code,
      gzip: await gzip(code),
      imports: (imports.get(name) ?? [])
        .map(({ path, kind }) => ({ name: basename(path), later: kind === "dynamic-import" }))
        .filter((imported) => !unused.includes(imported.name)),
    };
    return [name, asset] as const;
  }));
}

/**
 * three-globe imports WebGPU's renderer and shading language for layers that we do not use. Without
 * them it is a third smaller. A class that is asked for there is one that nothing constructs.
 */
const withoutWebGpu: esbuild.Plugin = {
  name: "without-webgpu",
  setup(build) {
    build.onResolve({ filter: /^three\/(webgpu|tsl)$/ }, ({ path }) => ({
      path,
      namespace: "without-webgpu",
    }));
    build.onLoad({ filter: /.*/, namespace: "without-webgpu" }, () => ({
      contents: "module.exports = new Proxy({}, { get: () => class {} });",
      loader: "js",
    }));
  },
};

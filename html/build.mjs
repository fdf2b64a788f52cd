/*
 * Builds the web app: node build.mjs [--watch] [output folder]
 *
 * The output folder (argument, BILLING_WEB_OUT or ../build/web) receives the
 * app, the notices of what others have written, compressed variants of every
 * hashed file, assets.json, and a C source that embeds all of them into the
 * module.
 */

import * as esbuild from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cSource } from "./tools/csource.mjs";
import { describe, fingerprint } from "./tools/assets.mjs";
import { notices } from "./tools/notices.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const watch = args.includes("--watch");
const out = resolve(
  args.find((arg) => !arg.startsWith("--")) ??
    process.env.BILLING_WEB_OUT ??
    join(root, "../build/web"),
);

const options = {
  absWorkingDir: root,
  entryPoints: {
    boot: "src/boot.ts",
    main: "src/main.tsx",
    app: "src/styles/app.css",
  },
  outdir: join(out, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2021", "chrome103", "firefox103", "safari15.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  /* third-party.txt has them, whole */
  legalComments: "none",
  metafile: true,
  charset: "utf8",
  logLevel: "warning",
};

/* What a file imports outright: fetched along with it, not after it. */
function preloads(output) {
  return output.imports
    .filter((found) => found.kind === "import-statement")
    .map(
      (found) =>
        `<link rel="modulepreload" href="assets/${basename(found.path)}">`,
    )
    .join("\n");
}

/* The names that the page's template asks for, found in esbuild's report. */
function entries(metafile) {
  const found = {};

  for (const [file, output] of Object.entries(metafile.outputs)) {
    if (output.entryPoint === undefined) {
      continue;
    }

    const name = "assets/" + basename(file);
    if (output.entryPoint === "src/boot.ts") {
      found.BOOT = name;
    } else if (output.entryPoint === "src/main.tsx") {
      found.MAIN = name;
      found.PRELOAD = preloads(output);
    } else if (output.entryPoint === "src/styles/app.css") {
      found.STYLE = name;
    }
  }

  return found;
}

async function page(metafile) {
  const icon = await readFile(join(root, "src/icon.svg"));
  const iconName = `assets/icon-${fingerprint(icon).slice(0, 8)}.svg`;
  await writeFile(join(out, iconName), icon);

  const names = { ...entries(metafile), ICON: iconName };
  const template = await readFile(join(root, "src/index.html"), "utf8");
  const html = template.replace(/__BILLING_([A-Z]+)__/g, (mark, name) => {
    if (name === "BASE") {
      return mark;
    }
    if (names[name] === undefined) {
      throw new Error(`nothing is built for ${mark}`);
    }
    return names[name];
  });
  await writeFile(join(out, "index.html"), html);
}

async function finish(result) {
  if (result.errors.length > 0) {
    return;
  }

  await page(result.metafile);
  await writeFile(
    join(out, "third-party.txt"),
    await notices(root, result.metafile),
  );
  const assets = await describe(out, !watch);
  await writeFile(
    join(out, "assets.json"),
    JSON.stringify(assets, null, 2) + "\n",
  );
  await writeFile(
    join(out, "billing_assets.c"),
    cSource(out, assets),
  );

  const plain = assets.reduce((sum, asset) => sum + asset.size, 0);
  console.log(`web: ${assets.length} files, ${plain} bytes in ${out}`);
}

await rm(join(out, "assets"), { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });

if (watch) {
  const plugin = {
    name: "finish",
    setup: (build) => {
      build.onEnd(finish);
    },
  };
  const context = await esbuild.context({ ...options, plugins: [plugin] });
  await context.watch();
} else {
  await finish(await esbuild.build(options));
}

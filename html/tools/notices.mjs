/*
 * What others have written and the module brings along: their notices, as one
 * text.  Packages are those that esbuild has put into the app; what the C part
 * is linked with lies in third-party/.
 */

import { readFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";

const RULE = "-".repeat(72);

const HEAD = `ngx_http_billing_module is under the licence in its file LICENSE.  Its
binary holds parts of the software below, under these licences.
`;

function packages(metafile) {
  const names = Object.keys(metafile.inputs).flatMap((path) => {
    const found = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    return found ? [found[1]] : [];
  });

  return [...new Set(names)].sort();
}

async function ofPackage(root, name) {
  const folder = join(root, "node_modules", name);
  const { version } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const files = await readdir(folder);
  const file = files.find((one) => /^(licen[cs]e|copying)\b/i.test(one));

  if (file === undefined) {
    throw new Error(`${name} ${version} has no file with its licence`);
  }
  return [`${name} ${version}`, await readFile(join(folder, file), "utf8")];
}

async function ofFile(root, file) {
  return [
    basename(file, ".txt"),
    await readFile(join(root, "third-party", file), "utf8"),
  ];
}

export async function notices(root, metafile) {
  const files = (await readdir(join(root, "third-party"))).sort();
  const parts = await Promise.all([
    ...packages(metafile).map((name) => ofPackage(root, name)),
    ...files.map((file) => ofFile(root, file)),
  ]);

  return [
    HEAD,
    ...parts.map(([name, text]) => `${RULE}\n${name}\n${RULE}\n\n${text.trim()}\n`),
  ].join("\n");
}

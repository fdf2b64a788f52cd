/*
 * The list of built files: type, hash and compressed variants of each.
 *
 * The page itself gets no variants: the module writes its base path into it.
 */

import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

const ENCODERS = {
  gzip: { suffix: ".gz", encode: (data) => promisify(gzip)(data, { level: 9 }) },
  brotli: {
    suffix: ".br",
    encode: (data) =>
      promisify(brotliCompress)(data, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
          [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
        },
      }),
  },
};

export function fingerprint(data) {
  return createHash("sha256").update(data).digest("hex").slice(0, 32);
}

async function variants(out, path, data) {
  const found = {};

  for (const [name, { suffix, encode }] of Object.entries(ENCODERS)) {
    const packed = await encode(data);
    if (packed.length < data.length) {
      await writeFile(join(out, path + suffix), packed);
      found[name] = { file: path + suffix, size: packed.length };
    }
  }

  return found;
}

async function entry(out, path, compress) {
  const data = await readFile(join(out, path));
  const type = TYPES[extname(path)];

  if (type === undefined) {
    throw new Error(`no media type is known for "${path}"`);
  }

  const immutable = path.startsWith("assets/");
  return {
    path,
    file: path,
    type,
    hash: fingerprint(data),
    size: data.length,
    variants: immutable && compress ? await variants(out, path, data) : {},
    immutable,
  };
}

export async function describe(out, compress) {
  const names = await readdir(join(out, "assets"));
  const plain = names.filter((name) => !/\.(gz|br)$/.test(name)).sort();
  const paths = ["index.html", "third-party.txt", ...plain.map((name) => "assets/" + name)];

  return Promise.all(paths.map((path) => entry(out, path, compress)));
}

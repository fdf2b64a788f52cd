/*
 * Writes the C source that embeds the built files with the assembler's
 * .incbin: no hexadecimal dump, and compiling it takes no time.
 */

import { join } from "node:path";

const PREFIX = "billing_asset_data_";

function quoted(text) {
  return JSON.stringify(text);
}

function incbin(symbol, file) {
  const path = file.replace(/["\\]/g, "\\$&");
  const lines = [
    '.section .rodata, \\"a\\"',
    ".balign 16",
    `${symbol}:`,
    `.incbin ${quoted(path).replace(/["\\]/g, "\\$&")}`,
    ".byte 0",
    ".previous",
  ];
  const text = lines.map((line) => `    "${line}\\n"`).join("\n");

  return (
    `__asm__(\n${text});\n` +
    `extern const u_char ${symbol}[] ` +
    '__attribute__((visibility("hidden")));\n'
  );
}

export function cSource(out, assets) {
  const blocks = [];
  const rows = [];
  let count = 0;

  const embed = (file, size) => {
    const symbol = PREFIX + count++;
    blocks.push(incbin(symbol, join(out, file)));
    return `{ ${size}, (u_char *) ${symbol} }`;
  };

  for (const asset of assets) {
    const { gzip, brotli } = asset.variants;
    const fields = [
      `ngx_string(${quoted(asset.path)})`,
      `ngx_string(${quoted(asset.type)})`,
      `ngx_string(${quoted(`"${asset.hash}"`)})`,
      embed(asset.file, asset.size),
      gzip ? embed(gzip.file, gzip.size) : "ngx_null_string",
      brotli ? embed(brotli.file, brotli.size) : "ngx_null_string",
      asset.immutable ? "1" : "0",
    ];
    rows.push(`    {\n        ${fields.join(",\n        ")},\n    },\n`);
  }

  return `
/* Made by html/build.mjs: the files of the web app. */

#include "http/assets.h"


${blocks.join("\n")}

billing_asset_t billing_assets[] = {
${rows.join("")}};

ngx_uint_t billing_nassets = ${assets.length};
`;
}

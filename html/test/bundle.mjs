// Bundles modules of the app for Node, so that tests import what ships.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';


export const app = join(dirname(fileURLToPath(import.meta.url)), '../src');


export async function load(...modules) {
    const dir = mkdtempSync(join(tmpdir(), 'billing-web-'));
    const file = join(dir, 'bundle.mjs');

    try {
        await build({
            stdin: {
                contents: modules.map((name) => `export * from './${name}';`)
                    .join('\n'),
                resolveDir: app,
            },
            bundle: true,
            format: 'esm',
            platform: 'node',
            outfile: file,
            logLevel: 'error',
        });
        return await import(pathToFileURL(file).href);
    } finally {
        rmSync(dir, { recursive: true });
    }
}

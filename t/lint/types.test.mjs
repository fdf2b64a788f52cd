// The web app's types fit.

import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { is, test } from '../lib/tap.mjs';


test('tsc has nothing to say', () => {
    const html = resolve(dirname(fileURLToPath(import.meta.url)), '../../html');
    const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['--noEmit'],
        { cwd: html, encoding: 'utf8' });

    is(status, 0, stdout);
});

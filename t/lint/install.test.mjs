// What keeps packages from starting services while ours are installed.

import { spawnSync } from 'node:child_process';

import { is, test } from '../lib/tap.mjs';


const POLICY = new URL('../debian/policy-rc.d', import.meta.url).pathname;
const DENIED = 101;
const ask = (...words) => spawnSync(POLICY, words).status;


test('no action that may begin a service is allowed', () => {
    for (const action of ['start', 'restart', 'try-restart', 'force-reload',
        'reload', 'upgrade', 'anything'])
    {
        for (const words of [[action], [`(${action})`]]) {
            is(ask('nginx', ...words), DENIED, words.join());
            is(ask('--quiet', 'redis-server', ...words, '2'), DENIED);
        }
    }
});


test('a service may be asked how it is, and ended', () => {
    for (const action of ['status', 'stop', '(stop)']) {
        is(ask('--quiet', 'nginx', action), 0, action);
    }
});

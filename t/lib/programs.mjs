// Where programs are.  Those of Debian first, since the module is built for its
// nginx; and /usr/sbin, too, which is not in an ordinary user's PATH.
//
// Environment: BILLING_REDIS, another server than redis-server, by its path:
// /usr/bin/valkey-server; its tools are beside it, under names like its own.

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';


const DEBIAN = ['/usr/sbin', '/usr/bin'];


// The path of a program, or an error that says what to install.
export function program(name, { path = process.env.PATH ?? '' } = {}) {
    const folders = [...DEBIAN, ...path.split(':').filter(Boolean)];
    const found = folders.map((folder) => join(folder, name)).find(isProgram);

    if (found === undefined) {
        throw new Error(`${name} is not installed: it is neither in `
            + `${DEBIAN.join(' nor in ')}, nor in the PATH`);
    }
    return found;
}


// "redis-server" or another program of that package, or what stands in its place.
export function redisProgram(name) {
    const server = process.env.BILLING_REDIS;

    return server === undefined ? program(name)
        : server.replace(/[^-/]*$/, name.replace(/^.*?-/, ''));
}


function isProgram(path) {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

// Where programs are.  Those of Debian first, since the module is built for its
// nginx; and /usr/sbin, too, which is not in an ordinary user's PATH.

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


function isProgram(path) {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

// Users of Redis as DIRECTIVES.md describes them.

import { readFileSync } from 'node:fs';


const readme = readFileSync(new URL('../../src/http/DIRECTIVES.md', import.meta.url), 'utf8');


// Returns { name, password, args, line }: args are for redis-server's command
// line, line is for a configuration file.  more are rules that the page
// names for some servers only.
export function readmeUser(name, more = []) {
    const [, text] = new RegExp(`^ {4}user ${name} ((?:.+\\n {9})*.+)`, 'm')
        .exec(readme);
    const [password] = /(?<=>)\S+/.exec(text);

    for (const rule of more) {
        if (!readme.includes(rule)) {
            throw new Error(`DIRECTIVES.md does not name ${rule}`);
        }
    }

    const rules = [...text.split(/\s+/), ...more];
    return {
        name, password,
        args: ['--user', name, ...rules],
        line: `user ${name} ${rules.join(' ')}`,
    };
}

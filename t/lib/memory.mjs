// What is in the memory of a process, and what of it a core dump would have.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';


const STEP = 4 << 20;


// The mappings that can be read: { from, to, name, dumped }.
function mappings(pid) {
    const list = [];

    for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
        const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/
            .exec(line);

        if (head) {
            list.push({ from: parseInt(head[1], 16), to: parseInt(head[2], 16),
                readable: head[3][0] === 'r', name: head[4] });
        } else if (line.startsWith('VmFlags:')) {
            list.at(-1).dumped = !/ dd\b/.test(line);
        }
    }

    return list.filter(({ readable, name }) =>
        readable && name !== '[vsyscall]' && name !== '[vvar]');
}


// Where the texts (or Buffers) are found: { what, dumped, name, around }.
export function findInMemory(pid, texts) {
    const needles = texts.map((text) => Buffer.from(text));
    const overlap = Math.max(...needles.map(({ length }) => length));
    const mem = openSync(`/proc/${pid}/mem`, 'r');
    const chunk = Buffer.alloc(STEP + overlap);
    const found = [];

    try {
        for (const { from, to, name, dumped } of mappings(pid)) {
            for (let at = from; at < to; at += STEP) {
                const size = Math.min(chunk.length, to - at);
                let n = 0;

                try {
                    n = readSync(mem, chunk, 0, size, at);
                } catch {
                    break; // gone since, or a device
                }
                search(chunk.subarray(0, n), name, dumped);
            }
        }
    } finally {
        closeSync(mem);
    }
    return found;

    function search(bytes, name, dumped) {
        needles.forEach((needle, i) => {
            const at = bytes.indexOf(needle);

            if (at !== -1) {
                found.push({
                    what: i, dumped, name,
                    around: bytes.subarray(Math.max(0, at - 80), at + 40)
                        .toString('latin1').replace(/[^ -~]/g, '.'),
                });
            }
        });
    }
}

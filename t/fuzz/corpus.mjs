// The corpora, one file of text for each target: corpus/NAME.txt.  make unpacks
// them to build/fuzz/corpus/NAME/, an input a file, as libFuzzer reads them.
//
// A line is an input: its name, a blank, its bytes.  The name is "-" for those
// that a merge may drop, and tells what was found for those that stay.  Bytes
// of printable ASCII stand for themselves, except for \\, \n, \r, \t; all
// others, and a blank at the end, are \xHH.  Lines are in the order of their
// bytes, and none comes twice.
//
//     node corpus.mjs unpack NAME.txt FOLDER
//     node corpus.mjs pack FOLDER NAME.txt

import { createHash } from 'node:crypto';
import {
    mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';


const LINE = /^(-|found-[a-z0-9-]+) ((?:[ -[\]-~]|\\(?:[\\nrt]|x[0-9a-f]{2}))*)$/;
const SHORT = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const LONG = Object.fromEntries(Object.entries(SHORT)
    .map(([byte, text]) => [text, byte]));


// The inputs of a text, as [name, bytes]; throws an Error for a line that is none.
export function decode(text) {
    if (text !== '' && !text.endsWith('\n')) {
        throw new Error('the last line has no end');
    }

    return text.split('\n').slice(0, -1).map((line, i) => {
        const [, name, bytes] = LINE.exec(line) ?? [];

        if (name === undefined) {
            throw new Error(`line ${i + 1} is no input: ${line}`);
        }
        return [name, Buffer.from(bytes.replace(/\\(?:x(..)|.)/g, (all, code) =>
            LONG[all] ?? String.fromCharCode(Number.parseInt(code, 16))), 'latin1')];
    });
}


// The text of inputs, whatever their order.
export function encode(inputs) {
    const lines = inputs.map(([name, bytes]) => `${name} ${
        bytes.toString('latin1').replace(/[^ -[\]-~]| $/g, (byte) => SHORT[byte]
            ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)}\n`);

    return [...new Set(lines)].sort().join('');
}


// A folder of a corpus; what was in it goes.
export function unpack(file, folder) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });

    for (const [name, bytes] of decode(readFileSync(file, 'latin1'))) {
        writeFileSync(join(folder, name !== '-' ? name
            : createHash('sha1').update(bytes).digest('hex')), bytes);
    }
}


// A file of all inputs in the folder.
export function pack(folder, file) {
    writeFileSync(file, encode(readdirSync(folder).map((name) =>
        [name.startsWith('found-') ? name : '-', readFileSync(join(folder, name))])),
    'latin1');
}


if (argv[1] === fileURLToPath(import.meta.url)) {
    const [, , what, from, to] = argv;

    ({ unpack, pack })[what](from, to);
}

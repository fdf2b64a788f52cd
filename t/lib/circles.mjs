// Which object files refer to each other in a circle, as nm tells: a call, a
// table's entry and a variable's name all count, an address that was given to
// a file does not.
//
// references(objects, except) returns a Map: name of an object, without folder
// and ".o" -> Map: name of another one -> Set of the symbols of it that it
// names.  objects are paths; except are symbols that do not count.
//
// circles(graph) returns a list of lists of names, those of more than one that
// can all be reached from each other.

import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';


export function references(objects, except = []) {
    const symbols = [...read(objects)].filter(([, symbol]) =>
        !except.includes(symbol));
    const graph = new Map(objects.map((path) => [basename(path, '.o'), new Map()]));
    const home = new Map(symbols.filter(([, , type]) => /^[A-TV-Z]$/.test(type))
        .map(([object, symbol]) => [symbol, object]));

    for (const [object, symbol, type] of symbols) {
        const other = home.get(symbol);

        if (/^[Uvw]$/.test(type) && other !== undefined) {
            const edges = graph.get(object);

            edges.set(other, (edges.get(other) ?? new Set()).add(symbol));
        }
    }
    return graph;
}


// [object, symbol, type] of each that is not a file's own.
function *read(objects) {
    const text = execFileSync('nm', ['-A', '-P', '-g', ...objects],
        { encoding: 'utf8', maxBuffer: 1 << 28 });

    for (const line of text.trim().split('\n')) {
        const [path, symbol, type] = line.split(' ');

        if (symbol.startsWith('__gnu_lto_')) {
            throw new Error(`${path} is for link-time optimization: nm cannot tell`);
        }
        yield [basename(path, '.o:'), symbol, type];
    }
}


export function circles(graph) {
    const from = new Map([...graph.keys()].map((name) => [name, reached(graph, name)]));
    const found = new Map();

    for (const name of graph.keys()) {
        const members = [...from.get(name)].filter((other) =>
            from.get(other).has(name)).sort();

        if (members.length > 1) {
            found.set(members.join(' '), members);
        }
    }
    return [...found.values()];
}


// All that name leads to; itself only if it leads back.
function reached(graph, name) {
    const seen = new Set();
    const left = [name];

    while (left.length > 0) {
        for (const other of graph.get(left.pop()).keys()) {
            if (!seen.has(other)) {
                seen.add(other);
                left.push(other);
            }
        }
    }
    return seen;
}

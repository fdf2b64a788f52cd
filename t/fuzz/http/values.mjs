// Values for a JSON Schema: valid ones, such as are nearly valid, and such as
// nobody sends in good faith; and JSON texts of them, sound or broken.

import { openapi } from '../../lib/openapi.mjs';


// Text that stands in JSON as it is.
export class Raw {
    constructor(text) {
        this.text = text;
    }
}

const LONG = 'x'.repeat(70_000);

export const TEXTS = [
    '', ' ', '\t', 'a', '가', 'é', 'e\u0301', 'İ', 'ß', 'ǆ', '👩‍👩‍👧‍👦',
    '\u202eabc', '\u2028', '\ufeff', '\u0000', 'a\u0000b', '\u007f', '\ud800',
    '<script>alert(1)</script>', '"><img src=x>', '=cmd|\' /C calc\'!A0',
    '+1', '-1', '@SUM(1)', '../../etc/passwd', '%s%n%s', '${jndi:ldap://x}',
    '{{7*7}}', '__proto__', 'constructor', 'null', 'NaN', 'Infinity', '0',
    '1e309', '999999999999999999999', 'pg-000000000000', 'sa-ffffffffffff',
    'project-0123456789ab', 'project-0123456789AB', 'x'.repeat(64),
    'x'.repeat(65), '가'.repeat(64), 'x'.repeat(300), LONG, '\r\nX-Evil: 1',
    'a'.repeat(3) + '\u0301'.repeat(40), ' padded ', '(rest)',
];

const VALUES = [
    null, true, false, 0, -1, 1.5, [], {}, '', [null], { a: 1 },
    new Raw('NaN'), new Raw('1e999'), new Raw('-0'), new Raw('1E400'),
    new Raw('123456789012345678901234567890'), new Raw('0.1e-400'),
    new Raw('0x10'), new Raw('01'), new Raw('"\\ud800"'), new Raw('"\\u0000"'),
    new Raw('"\\x"'), new Raw('undefined'), new Raw(''), new Raw('\'a\''),
    new Raw('['.repeat(15) + ']'.repeat(15)),
    new Raw('['.repeat(200) + ']'.repeat(200)),
    new Raw('['.repeat(30_000)), new Raw('{"a":'.repeat(5_000)),
];


export function hostile(random) {
    return random.chance(60) ? random.pick(TEXTS) : random.pick(VALUES);
}


// A value of the schema; pool gives what cannot be made up: pool(pattern,
// name) returns a text or undefined.
export function valid(schema, random, pool, name = '') {
    const node = resolve(schema);

    if (node.anyOf !== undefined) {
        return valid(random.pick(node.anyOf), random, pool, name);
    }
    if (node.enum !== undefined) {
        return random.pick(node.enum);
    }

    switch (node.type) {
    case 'null':
        return null;
    case 'boolean':
        return random.chance(50);
    case 'integer':
        return (node.minimum ?? 0)
            + random.below((node.maximum ?? 100) - (node.minimum ?? 0) + 1);
    case 'array':
        return Array.from({ length: 1 + random.below(2) },
            () => valid(node.items, random, pool, name));
    case 'object':
        return object(node, random, pool, name);
    default:
        return pool(node, name) ?? text(node, random);
    }
}


function resolve(node) {
    return node.$ref === undefined ? node : resolve(node.$ref.split('/')
        .slice(1).reduce((at, name) => at[name], openapi));
}


function text(node, random) {
    const length = (node.minLength ?? 0) + 1 + random.below(12);

    return Array.from({ length }, () =>
        random.pick([...'abcdefgh XYZ019_-가나é'])).join('').trim()
        .padEnd(node.minLength ?? 0, 'x');
}


function object(node, random, pool, name) {
    const known = pool(node, name);

    if (known !== undefined) {
        return known;
    }
    if (node.properties === undefined) {
        return Object.fromEntries(Array.from({ length: random.below(4) },
            (_, i) => [`key_${i}`, random.chance(90)
                ? text({}, random) : null]));
    }

    return Object.fromEntries(Object.entries(node.properties)
        .filter(([key]) => node.required?.includes(key) || random.chance(60))
        .map(([key, of]) => [key, valid(of, random, pool, key)]));
}


// Breaks a value in one place: a member goes, comes, or becomes another.
export function broken(value, random) {
    if (value === null || typeof value !== 'object' || value instanceof Raw
        || random.chance(15)) {
        return hostile(random);
    }
    if (Array.isArray(value)) {
        return random.chance(50) ? [...value, hostile(random)] : [];
    }

    const keys = Object.keys(value);
    const key = random.pick(keys.length > 0 ? keys : ['x']);

    return random.weighted([
        [2, () => Object.fromEntries(
            Object.entries(value).filter(([k]) => k !== key))],
        [2, () => ({ ...value, [random.pick(['x', 'Name', 'id', '~/', '',
            'version', 'constructor', LONG.slice(0, 2000)])]: hostile(random) })],
        [6, () => ({ ...value, [key]: hostile(random) })],
        [4, () => ({ ...value, [key]: broken(value[key], random) })],
    ])();
}


export function textOf(value) {
    if (value instanceof Raw) {
        return value.text;
    }
    if (Array.isArray(value)) {
        return `[${value.map(textOf).join(',')}]`;
    }
    if (value !== null && typeof value === 'object') {
        return `{${Object.entries(value).map(([key, of]) =>
            `${JSON.stringify(key)}:${textOf(of)}`).join(',')}}`;
    }
    return JSON.stringify(value) ?? 'null';
}


// The bytes of a body that are no longer what they were.
export function spoiled(bytes, random) {
    const at = random.below(bytes.length + 1);

    return random.weighted([
        [3, () => bytes.subarray(0, at)],
        [2, () => Buffer.concat([bytes, bytes])],
        [1, () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])],
        [1, () => Buffer.from(bytes.toString(), 'utf16le')],
        [1, () => Buffer.concat([bytes, Buffer.alloc(300_000, ' ')])],
        [1, () => Buffer.concat([Buffer.from('{"name":"a",'),
            bytes.subarray(1)])],
        [4, () => Buffer.concat([bytes.subarray(0, at),
            Buffer.from([random.pick([0, 0x80, 0xc0, 0xff, 0x22, 0x5c, 0x0a])]),
            bytes.subarray(at + 1)])],
    ])();
}

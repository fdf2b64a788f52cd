// Checks bodies against a description of their shape: what is not described is
// refused, as the clouds do.
//
//     'string', 'boolean', 'number'    values of the type
//     /regex/                          strings that match
//     ['a', 'b']                       one of these
//     optional(shape)                  may be absent
//     list(shape, least, most)         arrays
//     {name: shape}                    objects of just these members

export const optional = (shape) => ({ [OPTIONAL]: shape });
export const list = (shape, least = 0, most = Infinity) =>
    ({ [LIST]: { shape, least, most } });

const OPTIONAL = Symbol('optional');
const LIST = Symbol('list');


// Where the value differs from the shape; null: nowhere.
export function differs(value, shape, at = '') {
    if (typeof shape === 'string') {
        return typeof value === shape ? null : `${at} is no ${shape}`;
    }
    if (shape instanceof RegExp) {
        return typeof value === 'string' && shape.test(value)
            ? null : `${at} does not match ${shape}`;
    }
    if (Array.isArray(shape)) {
        return shape.includes(value) ? null : `${at} is none of ${shape}`;
    }
    if (shape[LIST] !== undefined) {
        return differsList(value, shape[LIST], at);
    }
    return differsObject(value, shape, at);
}


function differsList(value, { shape, least, most }, at) {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
        return `${at} is no list of ${least} to ${most}`;
    }
    return value.map((item, i) => differs(item, shape, `${at}/${i}`))
        .find((problem) => problem !== null) ?? null;
}


function differsObject(value, shape, at) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return `${at} is no object`;
    }

    const unknown = Object.keys(value).find((name) => !(name in shape));
    if (unknown !== undefined) {
        return `${at}/${unknown} is unknown`;
    }

    for (const [name, member] of Object.entries(shape)) {
        const inner = member[OPTIONAL];
        if (inner !== undefined && value[name] === undefined) {
            continue;
        }
        const problem = differs(value[name], inner ?? member, `${at}/${name}`);
        if (problem !== null) {
            return problem;
        }
    }
    return null;
}

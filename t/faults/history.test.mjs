// What judges histories of writes sees what is wrong in them: a good one is
// bent in every way.

import { violations } from '../lib/history.mjs';
import { deepEqual, is, test } from '../lib/tap.mjs';


const kind = 'projects';
const project = (version, name, group_id = null, id = 'p1') =>
    ({ id, version, name, group_id, tags: {} });
let clock = 0;

// An operation that begins when the last one is over.
const op = (type, more = {}) => ({
    kind, type, outcome: 'ok', who: `${type} ${clock}`,
    start: clock += 10, end: clock + 5, ...more,
});

const create = () => op('create',
    { id: 'p1', body: { name: 'A' }, seen: project(1, 'A') });
const rename = (match, name, more) => op('patch',
    { id: 'p1', match, body: { name }, seen: project(match + 1, name), ...more });
const get = (version, name) => op('get',
    { id: 'p1', seen: project(version, name) });
const list = (...seen) => op('list', { seen });
const remove = (match, more) => op('delete', { id: 'p1', match, ...more });
const no = (one, code) => ({ ...one, outcome: 'no', code, seen: undefined });
const maybe = (one) => ({ ...one, outcome: 'unknown', seen: undefined });


test('nothing is wrong with what can be', () => {
    for (const history of [
        () => [create(), get(1, 'A'), rename(1, 'B'), list(project(2, 'B')),
            no(rename(1, 'C'), 'precondition_failed'), remove(2), list(),
            no(op('get', { id: 'p1' }), 'not_found')],
        () => [create(), maybe(rename(1, 'B')), get(1, 'A'), get(2, 'B')],
        () => [create(), maybe(rename(1, 'B')), get(1, 'A'), list(project(1, 'A'))],
        () => [create(), maybe(remove(1)), get(1, 'A'), list()],
        () => [maybe(create()), list()],
        () => [maybe(create()), list(project(1, 'A'))],
        () => [create(), no(op('create', { body: { name: 'a' } }), 'conflict')],
    ]) {
        deepEqual(violations(history()), []);
    }
});


const BENT = {
    'a create that is lost': () => [create(), list()],
    'a create that is half done': () => [create(), get(1, 'A'),
        no(op('get', { id: 'p1' }), 'not_found')],
    'a create that was made twice': () => [create(), list(project(1, 'A'),
        project(1, 'A', 'g', 'p2'))],
    'an unknown create that was made twice': () => [maybe(create()),
        list(project(1, 'A'), project(1, 'A', 'g', 'p2'))],
    'an object that nobody made': () => [list(project(1, 'X'))],
    'a rename that is lost': () => [create(), rename(1, 'B'), get(1, 'A')],
    'a rename that is half done': () => [create(), rename(1, 'B'), get(2, 'A')],
    'a rename that was made twice': () => [create(), maybe(rename(1, 'B')),
        get(3, 'B')],
    'two writers of one version': () => [create(), rename(1, 'B'),
        rename(1, 'C')],
    'a version that nobody made': () => [create(), get(2, 'A')],
    'a version of two contents': () => [create(), maybe(rename(1, 'B')),
        maybe(rename(1, 'C')), get(2, 'B'), get(2, 'C')],
    'a read that goes back': () => [create(), maybe(rename(1, 'B')), get(2, 'B'),
        list(project(1, 'A'))],
    'a version that leaps': () => [create(),
        rename(1, 'B', { seen: project(3, 'B') })],
    'a delete that is lost': () => [create(), remove(1), get(1, 'A')],
    'a delete of an older version': () => [create(), rename(1, 'B'), remove(1)],
    'a delete that is undone': () => [create(), maybe(remove(1)), list(),
        list(project(1, 'A'))],
    'a name twice': () => [create(), op('create', {
        id: 'p2', body: { name: 'a' }, seen: project(1, 'a', null, 'p2'),
    }), list(project(1, 'A'), project(1, 'a', null, 'p2'))],
    'a refusal without a reason': () => [create(),
        no(rename(1, 'B'), 'precondition_failed')],
    'a name that nobody has': () => [create(),
        no(rename(1, 'B'), 'conflict')],
};

for (const [name, history] of Object.entries(BENT)) {
    test(`seen: ${name}`, () => {
        is(violations(history()).length > 0, true);
    });
}

// A history of what clients asked of the store and were told, and what in it
// cannot be, if each operation happens at one moment between its start and
// its end, and lasts.
//
// An operation:
//
//     kind      "project-groups", "projects" or "service-accounts"
//     type      "create", "patch", "delete", "get" or "list"
//     start, end    when it was sent first, and answered last
//     outcome   "ok", "no" (it was refused) or "unknown" (it may have happened,
//               or may still)
//     code      of what was refused: "not_found", "conflict", ...
//     id        of what it is about; a create that is ok has it, too
//     match     the version that it must find, of patch and delete
//     body      what was sent: name, tags, and the parent by its member's name
//     seen      of what is ok: the object of the answer, or a list of them
//     who       in messages

const PARENTS = {
    'project-groups': 'parent_id', projects: 'group_id',
    'service-accounts': 'project_id',
};


// What contradicts the promise, as texts; empty when nothing does.
export function violations(operations) {
    const wrong = [];
    const objects = objectsOf(operations);

    const all = lists(operations, wrong);
    invented(operations, objects, wrong);
    refused(operations, wrong);

    for (const object of objects.values()) {
        chain(object, wrong);
        contents(object, wrong);
        order(object, wrong);
        existence(object, all, wrong);
    }
    return wrong;
}


// All that is known of each object:
//
//     made      the create that was acknowledged, if any
//     patches, deletes   of it, except those that were refused
//     seen      [{ version, content, start, end, who }] in the order of end
//     missed    [{ start, end, who }]: it was not there
function objectsOf(operations) {
    const objects = new Map();
    const at = (id, kind) => {
        if (!objects.has(id)) {
            objects.set(id, {
                id, kind, patches: [], deletes: [], refused: [], seen: [],
                missed: [],
            });
        }
        return objects.get(id);
    };

    for (const one of operations) {
        const { kind, type, outcome, id, code } = one;

        if (outcome === 'ok') {
            [].concat(one.seen ?? []).forEach((object) =>
                at(object.id, kind).seen.push(sight(one, object)));
        }
        if (type === 'create' && outcome === 'ok') {
            at(id, kind).made = one;
        }
        if (id === undefined || type === 'create') {
            continue;
        }
        if (outcome === 'no') {
            const list = code === 'not_found' ? 'missed' : 'refused';
            at(id, kind)[list].push(one);
        } else if (type === 'patch') {
            at(id, kind).patches.push(one);
        } else if (type === 'delete') {
            at(id, kind).deletes.push(one);
        }
    }

    for (const { seen } of objects.values()) {
        seen.sort((a, b) => a.end - b.end);
    }
    return objects;
}


function sight({ kind, start, end, who }, object) {
    const content = contentOf(kind, object);
    return { version: object.version, content, start, end, who };
}


function contentOf(kind, { name, tags, ...others }) {
    return { name, parent: others[PARENTS[kind]] ?? null, mark: tags?.mark };
}


function changed(kind, content, body) {
    const next = { ...content };
    const up = PARENTS[kind];

    if (body.name !== undefined) {
        next.name = body.name;
    }
    if (body[up] !== undefined) {
        next.parent = body[up];
    }
    if (body.tags !== undefined) {
        next.mark = body.tags.mark;
    }
    return next;
}


const same = (a, b) => a.name === b.name && a.parent === b.parent
    && a.mark === b.mark;


// A version is made once, and nothing comes after the end.
function chain({ id, patches, deletes, seen }, wrong) {
    const makers = new Map();

    for (const one of [...patches, ...deletes]) {
        if (one.outcome !== 'ok') {
            continue;
        }
        if (makers.has(one.match)) {
            wrong.push(`${id}: version ${one.match} was replaced by ${
                makers.get(one.match).who} and by ${one.who}`);
        }
        makers.set(one.match, one);
        if (one.type === 'patch' && one.seen.version !== one.match + 1) {
            wrong.push(`${id}: ${one.who} made version ${one.seen.version} of ${
                one.match}`);
        }
    }

    for (const { match, who } of deletes.filter(({ outcome }) =>
        outcome === 'ok')) {
        const later = seen.find(({ version }) => version > match);

        if (later !== undefined) {
            wrong.push(`${id}: version ${later.version} was seen, but ${who
            } deleted version ${match}`);
        }
    }
}


// Each version has one content, and that is what its maker made of the one
// before: all of it.
function contents({ id, kind, made, patches, seen }, wrong) {
    const known = new Map();
    const last = Math.max(0, ...seen.map(({ version }) => version));

    for (const { version, content, who } of seen) {
        if (!known.has(version)) {
            known.set(version, content);
        } else if (!same(known.get(version), content)) {
            wrong.push(`${id}: version ${version} is ${JSON.stringify(
                known.get(version))} and ${JSON.stringify(content)} to ${who}`);
        }
    }

    let before = made && contentOf(kind, made.body);

    for (let version = 1; version <= last; version++) {
        const is = known.get(version);
        const all = patches.filter(({ match }) => match === version - 1);
        const makers = all.filter(({ outcome }) => outcome === 'ok');
        const candidates = makers.length > 0 ? makers : all;

        if (version > 1 && candidates.length === 0) {
            wrong.push(`${id}: nobody made version ${version}`);
        }

        const expected = version === 1 ? [before].filter(Boolean)
            : before === undefined ? []
                : candidates.map(({ body }) => changed(kind, before, body));

        if (is !== undefined && expected.length > 0
            && !expected.some((content) => same(content, is))) {
            wrong.push(`${id}: version ${version} is ${JSON.stringify(is)
            }, should be ${JSON.stringify(expected)}`);
        }
        before = is ?? (expected.length === 1 ? expected[0] : undefined);
    }
}


// What was seen before an operation began is not undone for it, whoever saw
// it, and wherever.
function order({ id, seen }, wrong) {
    const begun = [...seen].sort((a, b) => a.start - b.start);
    let floor = 0;
    let next = 0;
    let by = '';

    for (const one of begun) {
        for (; next < seen.length && seen[next].end < one.start; next++) {
            if (seen[next].version > floor) {
                floor = seen[next].version;
                by = seen[next].who;
            }
        }
        if (one.version < floor) {
            wrong.push(`${id}: ${one.who} saw version ${one.version} after ${
                by} had seen ${floor}`);
        }
    }
}


// There from its creation to its deletion, and never again.
function existence(object, all, wrong) {
    const { id, kind, deletes, seen } = object;
    const ends = deletes.filter(({ outcome }) => outcome === 'ok');
    const born = Math.min(...seen.map(({ end }) => end));
    const bearable = Math.min(...deletes.map(({ start }) => start));

    const missed = [...object.missed, ...(all.get(kind) ?? []).filter((one) =>
        one.start > born && !one.ids.has(id))];

    for (const { start, end, who } of missed) {
        if (start > born && end < bearable) {
            wrong.push(`${id}: ${who} did not see it, but nobody deleted it`);
        }
    }

    const over = Math.min(...ends.map(({ end }) => end),
        ...missed.filter(({ start }) => start > born).map(({ end }) => end));
    const risen = seen.find(({ start }) => start > over);

    if (risen !== undefined) {
        wrong.push(`${id}: ${risen.who} saw it after it had gone`);
    }
}


// No name twice in one list.  Returns the lists of each kind, with their ids.
function lists(operations, wrong) {
    const all = new Map();

    for (const one of operations) {
        if (one.type !== 'list' || one.outcome !== 'ok') {
            continue;
        }

        const names = new Set();

        one.ids = new Set(one.seen.map(({ id }) => id));
        all.set(one.kind, [...all.get(one.kind) ?? [], one]);
        for (const object of one.seen) {
            const { name, parent } = contentOf(one.kind, object);
            const key = one.kind === 'service-accounts'
                ? fold(name) : `${parent}/${fold(name)}`;

            if (names.has(key)) {
                wrong.push(`${one.who} saw two ${one.kind} named ${key}`);
            }
            names.add(key);
        }
        if (one.ids.size !== one.seen.length) {
            wrong.push(`${one.who} saw one of ${one.kind} twice`);
        }
    }
    return all;
}


const fold = (name) => name.toLowerCase();


// What nobody is known to have made, somebody may have made: each at most one.
function invented(operations, objects, wrong) {
    const free = operations.filter(({ type, outcome }) =>
        type === 'create' && outcome === 'unknown');

    for (const { id, kind, made, seen } of objects.values()) {
        if (made !== undefined || seen.length === 0) {
            continue;
        }

        const first = seen.reduce((a, b) => b.version < a.version ? b : a);
        const i = free.findIndex((one) => one.kind === kind
            && (first.version > 1
                || same(contentOf(kind, one.body), first.content)));

        if (i < 0) {
            wrong.push(`${id}: nobody made it, or somebody twice: ${
                JSON.stringify(first.content)}`);
        } else {
            free.splice(i, 1);
        }
    }

    const made = operations.filter(({ type, outcome }) =>
        type === 'create' && outcome === 'ok').map(({ id }) => id);

    if (new Set(made).size !== made.length) {
        wrong.push('two creates have made the same object');
    }
}


// A refusal needs somebody who is in the way.
function refused(operations, wrong) {
    const writes = operations.filter(({ type, outcome }) =>
        outcome !== 'no' && ['create', 'patch', 'delete'].includes(type));
    const names = new Map();
    const matches = new Map();

    for (const one of writes) {
        const key = `${one.kind} ${fold(one.body?.name ?? '')}`;

        names.set(key, [...names.get(key) ?? [], one]);
        if (one.id !== undefined) {
            const place = `${one.id} ${one.match}`;
            matches.set(place, [...matches.get(place) ?? [], one]);
        }
    }

    for (const one of operations) {
        if (one.outcome !== 'no') {
            continue;
        }

        const others = one.code === 'precondition_failed'
            ? matches.get(`${one.id} ${one.match}`)
            : one.code === 'conflict' && one.type !== 'delete'
                && one.body.name !== undefined
                ? names.get(`${one.kind} ${fold(one.body.name)}`) : [one];

        if (!others?.some(({ start }) => start <= one.end)) {
            wrong.push(`${one.who} was told ${one.code} for nothing`);
        }
    }
}

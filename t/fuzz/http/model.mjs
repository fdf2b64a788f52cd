// What must be stored, by the answers that were given; held against the lists
// at the end.

import { deepEqual, is } from '../../lib/tap.mjs';


const KINDS = {
    'project-groups': ['project_groups', 'parent_id', 'pg-'],
    projects: ['projects', 'group_id', 'project-'],
    'service-accounts': ['service_accounts', 'project_id', 'sa-'],
};


export class Model {
    constructor(credentials) {
        this.free = credentials;
        this.stored = new Map(); // by id: { kind, object }
        this.deleted = new Set();
    }

    ids(kind) {
        return [...this.stored].filter(([, one]) => one.kind === kind)
            .slice(-40).map(([id]) => id);
    }

    etag(id) {
        const version = this.stored.get(id)?.object.version;

        return version && `"${version}"`;
    }

    credentials(random) {
        return random.pick(this.free);
    }

    // An answer of the domain that is looked at.
    learn({ method, target, who }, { status, body }) {
        if (who['X-Domain'] !== undefined) {
            return;
        }
        if (method === 'DELETE' && status === 204) {
            const [id] = /(sa|pg|project)-[0-9a-f]{12}/.exec(target);

            this.stored.delete(id);
            this.deleted.add(id);
            return;
        }
        if ((method === 'POST' && status === 201)
            || (method === 'PATCH' && status === 200)) {
            this.put(JSON.parse(body.toString()));
        }
    }

    // Answers may be learnt in another order than they were made in.
    put(object) {
        const kind = Object.keys(KINDS).find((name) =>
            object.id.startsWith(KINDS[name][2]));
        const version = this.stored.get(object.id)?.object.version ?? 0;

        if (!this.deleted.has(object.id) && object.version > version) {
            this.stored.set(object.id, { kind, object });
        }
    }

    // Fails unless the lists show just this.
    async compare(admin) {
        for (const [kind, [member, parent]] of Object.entries(KINDS)) {
            const found = new Map();
            const seen = ({ id, name, version, tags, ...more }) =>
                ({ id, name, version, tags, parent: more[parent] });

            for (let cursor = ''; cursor !== null;) {
                const { status, body } = await admin.get(
                    `${kind}?limit=1000${cursor && `&cursor=${cursor}`}`);
                is(status, 200);
                body[member].forEach((one) => found.set(one.id, seen(one)));
                cursor = body.next_cursor;
            }

            const expected = new Map([...this.stored]
                .filter(([, one]) => one.kind === kind)
                .map(([id, { object }]) => [id, seen(object)]));

            deepEqual([...found.keys()].sort(), [...expected.keys()].sort(),
                kind);
            for (const [id, object] of expected) {
                deepEqual(found.get(id), object, id);
            }
        }
    }
}

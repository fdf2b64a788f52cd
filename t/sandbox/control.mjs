// What tests may ask of the sandbox, below /_sandbox/; the real service has
// nothing of the kind.
//
//     POST   reset                  everything as at the start
//     GET    calls?path=&client=    calls whose members equal the arguments
//     DELETE calls                  forgets them, and the counters
//     GET    counters
//     GET    faults    POST faults    DELETE faults    DELETE faults?id=
//     GET    credentials
//     PUT    credentials            {client, secret?, linked?, slow?}: adds
//                                   the credential or changes what is named
//     DELETE credentials?client=
//     GET    settings  PUT settings   (see settings.mjs)
//     POST   restate                {account, date, cost, region?, service?}:
//                                   a cost that is booked later
//     GET    data?account=&start=&end=&granularity=&group_by=
//                                   exact sums as decimal strings, without
//                                   paging; group_by defaults to date,
//                                   region and service

import { formatDay, formatMonth, monthOf, parseDay } from './calendar.mjs';
import { formatDecimal } from './decimal.mjs';
import { json } from './send.mjs';
import { defaultSettings } from './settings.mjs';


const DATA_KEYS = ['date', 'account', 'region', 'service'];


export class Control {
    constructor(sandbox) {
        this.sandbox = sandbox;
        this.routes = {
            'POST reset': () => this.reset(),
            'GET calls': (args) => sandbox.calls.matching(args),
            'DELETE calls': () => sandbox.calls.clear(),
            'GET counters': () => sandbox.calls.counters(),
            'GET faults': () => sandbox.faults.rules,
            'POST faults': (_, body) => sandbox.faults.add(body),
            'DELETE faults': (args) => this.removeFaults(args),
            'GET credentials': () => [...sandbox.credentials.values()],
            'PUT credentials': (_, body) => this.putCredential(body),
            'DELETE credentials': ({ client }) =>
                sandbox.credentials.delete(client),
            'GET settings': () => sandbox.settings,
            'PUT settings': (_, body) => this.putSettings(body),
            'POST restate': (_, body) => this.restate(body),
            'GET data': (args) => this.data(args),
        };
    }

    answer(method, url, body) {
        const name = url.pathname.slice('/_sandbox/'.length);
        const route = this.routes[`${method} ${name}`];

        if (route === undefined) {
            return json(404, { message: `no ${method} ${name}` });
        }

        try {
            return json(200, route(Object.fromEntries(url.searchParams),
                body === '' ? {} : JSON.parse(body)) ?? {});
        } catch (error) {
            return json(400, { message: error.message });
        }
    }

    reset() {
        this.sandbox.reset();
    }

    removeFaults({ id }) {
        if (id === undefined) {
            this.sandbox.faults.clear();
        } else {
            this.sandbox.faults.remove(Number(id));
        }
    }

    putCredential({ client, ...changes }) {
        const entry = {
            client, secret: 'sandbox', linked: [],
            ...this.sandbox.credentials.get(client), ...changes,
        };

        if (typeof client !== 'string' || !Array.isArray(entry.linked)) {
            throw new Error('client (a string) and linked (a list) are wanted');
        }

        this.sandbox.credentials.set(client, entry);
        return entry;
    }

    putSettings(changes) {
        for (const name of Object.keys(changes)) {
            if (!(name in defaultSettings)) {
                throw new Error(`unknown setting "${name}"`);
            }
        }
        return Object.assign(this.sandbox.settings, changes);
    }

    restate(body) {
        this.sandbox.source.add(body);
        this.sandbox.answers.clear();
    }

    // account may be a list with commas.
    data({ account, start, end, granularity = 'DAILY', group_by }) {
        const [first, last] = [parseDay(start), parseDay(end)];
        const keys = group_by === undefined
            ? ['date', 'region', 'service']
            : group_by.split(',').filter((key) => key !== '');

        if (account === undefined || Number.isNaN(first + last)) {
            throw new Error('account, start and end (days) are wanted');
        }
        if (keys.some((key) => !DATA_KEYS.includes(key))) {
            throw new Error(`group_by takes ${DATA_KEYS.join(', ')}`);
        }

        return fold(this.sandbox, {
            accounts: account.split(','), first, last, granularity, keys,
        });
    }
}


function fold(sandbox, { accounts, first, last, granularity, keys }) {
    const sums = new Map();
    let total = 0n;

    for (const account of accounts) {
        sandbox.source.rows(account, first, last, sandbox.today(), (row) => {
            const key = JSON.stringify(keys.map((name) =>
                dimension(name, account, row, granularity)));
            sums.set(key, (sums.get(key) ?? 0n) + row.cost);
            total += row.cost;
        });
    }

    const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, sum]) => ({
            ...Object.fromEntries(
                JSON.parse(key).map((value, i) => [keys[i], value])),
            cost: formatDecimal(sum),
        }));

    return { rows, sum: formatDecimal(total) };
}


function dimension(name, account, row, granularity) {
    switch (name) {
    case 'date':
        return granularity === 'MONTHLY'
            ? formatMonth(monthOf(row.day)) : formatDay(row.day);
    case 'account':
        return account;
    default:
        return row[name];
    }
}

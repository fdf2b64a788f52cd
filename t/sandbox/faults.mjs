// Rules that spoil answers.  A rule is
//
//     { client, path, account, page, granularity,   what it applies to
//       times,                              how often; absent: always
//       delay_ms,                           wait first; alone: then answer
//       status, headers, body,              answer this instead; headers
//                                           alone: besides
//       encoding: "utf16le",                of the body (Node.js' names)
//       cut: "before" | "body",             close the connection there
//       hang: true,                         never answer
//       garbage: true,                      200 and something else than JSON
//       trickle: {bytes, interval_ms},      send the body in small pieces
//       repeat_token: true,                 always the same next token
//       endless: true,                      one row and a new token, for ever
//       wrong_date: true | "text",          in the first row of the page
//       pad: bytes,                         white space before the body's end
//       throttle: true }                    of clouds/: as one call too many
//
// The first rule that applies to a call is used; rules without times stay.

const KNOWN = new Set([
    'client', 'path', 'account', 'page', 'granularity', 'times', 'delay_ms',
    'status', 'headers', 'body', 'encoding', 'cut', 'hang', 'garbage', 'trickle',
    'repeat_token', 'endless', 'wrong_date', 'pad', 'throttle',
]);


export class Faults {
    constructor() {
        this.rules = [];
        this.nextId = 1;
        this.tokens = 0;
    }

    add(rule) {
        for (const name of Object.keys(rule)) {
            if (!KNOWN.has(name)) {
                throw new Error(`unknown member "${name}" of a fault`);
            }
        }

        const added = { id: this.nextId++, hits: 0, ...rule };
        this.rules.push(added);
        return added;
    }

    remove(id) {
        this.rules = this.rules.filter((rule) => rule.id !== id);
    }

    clear() {
        this.rules = [];
    }

    // The rule for this call, counted; undefined when there is none.
    take(call) {
        const rule = this.rules.find((rule) => applies(rule, call));

        if (rule !== undefined) {
            rule.hits++;
        }

        return rule;
    }

    // What is left of an answer {status, headers, body} after the rule.
    spoil(rule, answer) {
        if (rule.status !== undefined || rule.body !== undefined) {
            return replaced(rule, answer);
        }
        if (rule.garbage) {
            return { ...answer, status: 200,
                body: '<html><body>504 Gateway Time-out</body></html>' };
        }
        if (answer.status !== 200) {
            return answer;
        }

        return {
            ...answer, headers: { ...answer.headers, ...rule.headers },
            body: this.spoilBody(rule, answer.body),
        };
    }

    spoilBody(rule, body) {
        let text = body;

        if (rule.repeat_token) {
            text = withToken(text, 'c2FtZSBhZ2Fpbg');
        }
        if (rule.endless) {
            text = withToken(text, `bW9yZQ${++this.tokens}`, 1);
        }
        if (rule.wrong_date) {
            text = withDate(text, rule.wrong_date);
        }
        if (rule.pad) {
            text = text.slice(0, -1) + ' '.repeat(rule.pad) + text.slice(-1);
        }

        return text;
    }
}


function applies(rule, call) {
    return (rule.times === undefined || rule.hits < rule.times)
        && (rule.client === undefined || rule.client === call.client)
        && (rule.path === undefined || call.path.endsWith(rule.path))
        && (rule.page === undefined || rule.page === call.page)
        && (rule.granularity === undefined
            || rule.granularity === call.granularity)
        && (rule.account === undefined
            || (call.linked ?? []).includes(rule.account));
}


function replaced(rule, answer) {
    const { status = 200, body = { message: 'made to fail' } } = rule;

    return {
        status,
        headers: { ...answer.headers, ...rule.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
    };
}


// Texts, not parsed numbers: digits must survive.
function withToken(body, token, rows) {
    const end = body.lastIndexOf(']');
    const first = body.indexOf('\n');
    const list = rows === 1 && first > 0
        ? body.slice(0, first - 1) : body.slice(0, end);

    return `${list}],"NextDataToken":"${token}"}`;
}


function withDate(body, date) {
    const text = date === true ? '1999-12-31' : date;
    return body.replace(/"USAGE_DATE":"[^"]*"/, `"USAGE_DATE":"${text}"`);
}

// Prometheus' text format 0.0.4, read as strictly as it is written down
// (prometheus.io/docs/instrumenting/exposition_formats).

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const HELP = new RegExp(`^# HELP (${NAME}) (\\S.*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE = new RegExp(
    `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\d+(?:\\.\\d+)?)$`);


// Throws at whatever is not right.  Returns a Map: 'name{labels}' -> number.
export function parseMetrics(text) {
    const samples = new Map();
    const families = new Map();
    let family;

    if (!text.endsWith('\n')) {
        throw new Error('the last line has no end');
    }
    for (const line of text.slice(0, -1).split('\n')) {
        const help = HELP.exec(line);
        const type = TYPE.exec(line);
        const sample = SAMPLE.exec(line);

        if (help) {
            if (families.has(help[1])) {
                throw new Error(`${help[1]} a second time`);
            }
            family = { name: help[1] };
            families.set(help[1], family);
        } else if (type) {
            if (type[1] !== family?.name || family.type) {
                throw new Error(`out of place: ${line}`);
            }
            family.type = type[2];
        } else if (sample) {
            take(sample, line);
        } else {
            throw new Error(`not a line: ${line}`);
        }
    }
    for (const one of families.values()) {
        if (one.type === 'histogram') {
            histogram(one.name);
        }
    }
    return samples;

    function take([, name, labels = '', value], line) {
        const base = family?.type === 'histogram'
            ? name.replace(/_(bucket|sum|count)$/, '') : name;
        const key = `${name}{${labels}}`;

        if (base !== family?.name || !family.type
            || family.type === 'counter' && !name.endsWith('_total')
            || samples.has(key)) {
            throw new Error(`out of place: ${line}`);
        }
        samples.set(key, Number(value));
    }

    function histogram(name) {
        const buckets = [...samples].filter(([key]) =>
            key.startsWith(`${name}_bucket{le=`));
        const values = buckets.map(([, value]) => value);
        const limits = buckets.map(([key]) => /le="(.*)"/.exec(key)[1]);

        if (limits.at(-1) !== '+Inf'
            || values.at(-1) !== samples.get(`${name}_count{}`)
            || values.some((value, i) => i > 0 && value < values[i - 1])
            || limits.slice(0, -1).some((limit, i) =>
                i > 0 && Number(limit) <= Number(limits[i - 1]))) {
            throw new Error(`${name} is no histogram`);
        }
    }
}

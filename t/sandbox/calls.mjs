// What was called: counters, and the latest calls one by one.

const KEPT_CALLS = 20_000;


export class Calls {
    constructor() {
        this.clear();
        this.inFlight = 0;
    }

    clear() {
        this.number = 0;
        this.list = [];
        this.byPath = {};
        this.byClient = {};
        this.byClientAndPath = {};
        this.byStatus = {};
        this.maxInFlight = this.inFlight ?? 0;
    }

    begin(call) {
        call.n = ++this.number;
        call.at = Date.now();
        call.status = null;

        this.inFlight++;
        this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
        this.list.push(call);

        if (this.list.length > KEPT_CALLS) {
            this.list.shift();
        }

        count(this.byPath, call.path);
        count(this.byClient, call.client);
        count(this.byClientAndPath, `${call.client} ${call.path}`);
    }

    // status null: the client went away, or a fault cut the connection.
    end(call, status) {
        this.inFlight--;
        call.status = status;
        call.ms = Date.now() - call.at;
        count(this.byStatus, String(status));
    }

    counters() {
        return {
            total: this.number,
            in_flight: this.inFlight,
            max_in_flight: this.maxInFlight,
            by_path: this.byPath,
            by_client: this.byClient,
            by_client_and_path: this.byClientAndPath,
            by_status: this.byStatus,
        };
    }

    // Those whose members equal all of the given texts.
    matching(wanted) {
        return this.list.filter((call) => Object.entries(wanted).every(
            ([name, value]) => (Array.isArray(call[name])
                ? call[name].includes(value)
                : String(call[name]) === value)));
    }
}


function count(counters, name) {
    counters[name] = (counters[name] ?? 0) + 1;
}

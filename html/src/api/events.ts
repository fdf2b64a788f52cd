/*
 * Server-sent events, as far as the server writes them: "event" and one line
 * of "data".  Not an EventSource: that would connect again when a stream ends.
 */

import { requestStream } from "./client";
import type { QueryOf } from "./client";
import { Problem, offline } from "./problem";
import type { Operations } from "./schema";
import type { Costs, Progress } from "./types";

export type CostsQuery = QueryOf<"GET /costs/stream">;

type Events = Operations["GET /costs/stream"]["events"];

/* One of the server's events, by its name. */
type Event = { [K in keyof Events]: [name: K, data: Events[K]] }[keyof Events];

/* Takes what has come since and returns the events that it completes. */
export function eventReader(): (text: string) => [name: string, data: string][] {
  let rest = "";

  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;

    return blocks.map((block) => {
      const field = (name: string) =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? "";

      return [field("event"), field("data")];
    });
  };
}

/* The server says something every 15 s: after this long it is not there. */
const SILENCE = 60_000;

/* Ends with another signal, or when nothing has been heard for long. */
function watched(outer: AbortSignal) {
  const inner = new AbortController();
  const stop = () => inner.abort();
  let timer = setTimeout(stop, SILENCE);

  outer.addEventListener("abort", stop);
  return {
    signal: inner.signal,
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE);
    },
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener("abort", stop);
      stop();
    },
  };
}

/* The events of a stream; comments, which keep it open, are none. */
async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<Event> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const read = eventReader();

  for (;;) {
    const { value, done } = await reader.read();
    heard();
    if (done) {
      return;
    }
    for (const [name, data] of read(decoder.decode(value, { stream: true }))) {
      if (name !== "") {
        yield [name, JSON.parse(data)] as Event;
      }
    }
  }
}

/*
 * Costs, and how far their lookups are until they are there.  Rejects with a
 * Problem, also where no stream comes through.
 */
export async function streamCosts(
  query: CostsQuery,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<Costs> {
  const watch = watched(signal);

  try {
    const body = await requestStream("GET /costs/stream", query, watch.signal);
    for await (const [name, data] of eventsOf(body, watch.heard)) {
      if (name === "result") {
        return data;
      }
      if (name === "problem") {
        throw new Problem(data);
      }
      tell(data);
    }
  } catch (cause) {
    throw cause instanceof Problem ? cause : offline();
  } finally {
    watch.end();
  }
  /* it broke off */
  throw offline();
}

/*
 * Tells how far the lookups of a question are, until its answer has come.
 * Never fails: where there is no stream, there is no progress to show.
 */
export function followCosts(
  query: CostsQuery,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  return streamCosts(query, signal, tell).then(
    () => undefined,
    () => undefined,
  );
}

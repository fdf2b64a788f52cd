/*
 * Server-sent events, as far as the server writes them: "event" and one line
 * of "data".  Not an EventSource: that would connect again when a stream ends.
 */

import { requestStream } from "./client";
import type { Query } from "./client";

export interface Progress {
  done: number;
  total: number;
}

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

/*
 * Tells how far the lookups of a question are, until its answer has come.
 * Never fails: where there is no stream, there is no progress to show.
 */
export async function followCosts(
  query: Query,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  try {
    const body = await requestStream("costs/stream", query, signal);
    const reader = body?.getReader();
    const decoder = new TextDecoder();
    const read = eventReader();

    for (;;) {
      const part = await reader?.read();
      if (part?.value === undefined) {
        return;
      }
      for (const [name, data] of read(decoder.decode(part.value, { stream: true }))) {
        if (name === "progress") {
          tell(JSON.parse(data) as Progress);
        }
      }
    }
  } catch {
    /* called off, or a proxy that has no streams */
  }
}

/*
 * A name that a provider writes in one, such as AmazonElastiCache: where there
 * is no room for all of it, a line ends before one of its parts.
 */

import { Fragment } from "preact";

const PARTS = /(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[/_.-])(?=\w)/;

export function Term({ text }: { text: string }) {
  return (
    <>
      {text.split(PARTS).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}

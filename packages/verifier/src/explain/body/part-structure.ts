import type { Step } from "../cause.ts";
import type { MimeTree, Multipart } from "../mime/mime-tree.ts";
import { type BodyCandidate, someLines } from "./body-candidate.ts";

/** Preambles that programs write before the first part. */
const preambles: readonly string[] = [
  "",
  "\r\n",
  "This is a multi-part message in MIME format.\r\n",
  "This is a multi-part message in MIME format.\r\n\r\n",
  "This is a multipart message in MIME format.\r\n",
  "This is a multipart message in MIME format.\r\n\r\n",
  "This is a MIME-formatted message.\r\n",
  "This is a MIME encoded message.\r\n\r\n",
  "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)\r\n",
  "This is a cryptographically signed message in MIME format.\r\n\r\n",
];

/**
 * Bodies of another MIME structure (RFC 2046 5.1): with the boundary of the header, with another preamble,
 * with the closing delimiter, or without one of the parts.
 */
export function* restructuredBodies(
  body: string,
  tree: MimeTree,
  boundaries: readonly string[],
): Generator<BodyCandidate> {
  for (const boundary of boundaries) {
    const other = foreignBoundary(body, boundary);
    if (other !== undefined) {
      yield edited(
        body.replaceAll(`--${other}`, `--${boundary}`),
        `the boundary between the parts was changed from ${boundary} to ${other}`,
        [{ received: `--${other}\r\n`, signed: `--${boundary}\r\n` }],
      );
    }
  }
  for (const multipart of tree.multiparts) {
    yield* otherPreambles(body, multipart);
    yield* withoutPart(body, multipart);
    yield* closed(body, multipart);
  }
}

/** The boundary that the body uses instead of the header's. */
function foreignBoundary(body: string, boundary: string): string | undefined {
  if (boundary === "" || body.startsWith(`--${boundary}`) || body.includes(`\n--${boundary}`)) {
    return undefined;
  }
  const closing = /(?:^|\n)--([^\r\n]{1,200})--[ \t]*(?:\r\n)*$/.exec(body.slice(-2000))?.[1];
  const first = /(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r\n/.exec(body.slice(0, 20_000))?.[1];
  const found = closing ?? first;
  return found === undefined || found === boundary ? undefined : found;
}

function* otherPreambles(body: string, { start, delimiters }: Multipart): Generator<BodyCandidate> {
  const first = delimiters[0];
  if (first === undefined) {
    return;
  }
  const current = body.slice(start, first);
  for (const preamble of preambles) {
    if (preamble !== current) {
      yield edited(
        body.slice(0, start) + preamble + body.slice(first),
        "the preamble was changed: the text before the first part, which mail programs do not show",
        [{ received: someLines(current, 0), signed: preamble }],
      );
    }
  }
}

function* withoutPart(body: string, { delimiters }: Multipart): Generator<BodyCandidate> {
  for (const [index, from] of delimiters.entries()) {
    const to = delimiters[index + 1];
    if (to !== undefined) {
      yield edited(
        body.slice(0, from) + body.slice(to),
        `part ${index + 1} was added to the message`,
        [{ received: someLines(body, from, 5) }],
      );
    }
  }
}

function* closed(body: string, { boundary, closing, end }: Multipart): Generator<BodyCandidate> {
  if (closing >= 0) {
    return;
  }
  const delimiter = `--${boundary}--\r\n`;
  for (const between of ["", "\r\n", "\r\n\r\n"]) {
    yield {
      body: body.slice(0, end) + between + delimiter + body.slice(end),
      steps: [
        {
          code: "body-truncated",
          detail: "the end of the message was cut off: its closing boundary is missing",
          changes: [{ signed: delimiter }],
        },
      ],
    };
  }
}

function edited(
  body: string,
  detail: string,
  changes: NonNullable<Step["changes"]>,
): BodyCandidate {
  return { body, steps: [{ code: "body-edited", detail, changes }] };
}

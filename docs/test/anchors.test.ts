import { expect, test } from "vitest";
import { githubAnchor } from "../site/anchors.ts";

test.each([
  ["Why a signature broke", "why-a-signature-broke"],
  ["`createRotation(options)`", "createrotationoptions"],
  ["Relay, worker & queue", "relay-worker--queue"],
  ["TLS 1.3", "tls-13"],
  ["Was heißt »gültig«?", "was-heißt-gültig"],
  ["--check", "--check"],
])("the anchor of %j is %s", (heading, anchor) => {
  expect(githubAnchor(heading)).toBe(anchor);
});

import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/index.ts";

function problemsOf(listener: string, more = ""): readonly string[] {
  const text = `listeners:\n  - { protocol: smtp, listen: "127.0.0.1:25", ${listener} }\n${more}`;
  return readConfig(text, {}).problems.map(({ message }) => message);
}

const queue = "queue: { file: /tmp/queue.db }\n";
const hop = "bindings: { in: { nextHop: { host: h } } }\n";

describe("recipients of a listener", () => {
  test.each([
    ["direction: inbound, mode: queue, recipients: { list: [a@b.example] }", queue, undefined],
    [
      "direction: inbound, mode: queue, binding: in, recipients: { nextHop: true }",
      queue + hop,
      undefined,
    ],
    ["direction: inbound, mode: queue, recipients: { nextHop: true }", queue, "expected a binding"],
    ["direction: inbound, mode: queue, recipients: {}", queue, "expected list, file or nextHop"],
    [
      "direction: outbound, mode: queue, recipients: { list: [b.example] }",
      queue,
      "expected direction inbound",
    ],
    ["direction: inbound, mode: queue", queue, "mail is accepted for any recipient"],
  ])("%s", (listener, more, problem) => {
    const found = problemsOf(listener, more);
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found.some((message) => message.startsWith(problem))).toBe(true);
  });
});

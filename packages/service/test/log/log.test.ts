import { expect, test } from "vitest";
import { createLog } from "../../src/index.ts";

test("no line shows the password of a URL", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
  const server = "nats://joe:s3cret@10.0.0.1:4222";
  log.info({ server, list: [server], fault: new Error(`cannot reach ${server}`) }, "queue");
  expect(lines.join("")).not.toContain("s3cret");
  expect(lines.join("").match(/nats:\/\/\*\*\*@10\.0\.0\.1:4222/g)).toHaveLength(3);
});

import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/loading/load-config.ts";

test.each([
  ["queue: { file: absent/deep/queue.db }", "queue.file", "warning"],
  ["queue: { file: . }", "queue.file", "warning"],
  ["statistics: { file: . }", "statistics.file", "warning"],
  ["spoolDirectory: absent", "spoolDirectory", "warning"],
  ["admin: { listen: 'unix:/nonexistent/a.sock' }", "admin.listen", "warning"],
  ["worker: { admin: 'unix:/nonexistent/w.sock' }", "worker.admin", "warning"],
  [
    "listeners: [{ protocol: milter, listen: 'unix:/nonexistent/m.sock' }]",
    "listeners[0].listen",
    "error",
  ],
])("config check reports a directory that does not exist: %s", async (text, path, level) => {
  const { config, problems } = await loadConfig(
    writeTestFile(temporaryDirectory("file"), "c.yaml", text),
  );
  expect(problems).toMatchObject([{ level, path, message: expect.stringMatching(/^expected /) }]);
  expect(config === undefined).toBe(level === "error");
});

test.each([
  "queue: { file: made/queue.db }",
  "statistics: { file: made/deep/totals.json }",
  "spoolDirectory: .",
  "admin: { listen: 'unix:/run/mailseal/admin.sock' }",
])(
  "config check reports nothing about a directory that exists, or that is created: %s",
  async (text) => {
    const { problems } = await loadConfig(
      writeTestFile(temporaryDirectory("file"), "c.yaml", text),
    );
    expect(problems).toEqual([]);
  },
);

test("a port above 65535 is refused", async () => {
  const text = "listeners: [{ protocol: milter, listen: '127.0.0.1:70000' }]";
  const { problems } = await loadConfig(writeTestFile(temporaryDirectory("file"), "c.yaml", text));
  expect(problems).toMatchObject([
    { level: "error", message: expect.stringContaining("expected a port of at most 65535") },
  ]);
});

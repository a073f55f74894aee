import { expect, test } from "vitest";
import { buildMessage, ordinaryMessages, worstCases } from "../src/index.ts";

test("buildMessage joins header, separator and body with the line ending asked for", () => {
  const bytes = buildMessage({ header: ["From: a@b"], body: ["x", ""], lineEnding: "\n" });
  expect(Buffer.from(bytes).toString("latin1")).toBe("From: a@b\n\nx\n\n");
});

test("messages of one name are the same bytes every time, and names are not used twice", () => {
  expect(ordinaryMessages()).toEqual(ordinaryMessages());
  const names = [...ordinaryMessages(), ...worstCases].map(({ name }) => name);
  expect(names).toHaveLength(new Set(names).size);
});

test.each(ordinaryMessages())("$name has a From field and a header of fields", ({ bytes }) => {
  const text = Buffer.from(bytes).toString("latin1");
  const [header = ""] = text.split(/\r?\n\r?\n/);
  expect(header).toMatch(/^From:/m);
  for (const line of header.trimEnd().split(/\r?\n/)) expect(line).toMatch(/^(?:[\w-]+:|[ \t])/);
});

test.each(worstCases)("$name is as large as asked for, and has a From field", ({ build }) => {
  for (const size of [1000, 10_000, 20_000]) {
    const message = build(size);
    expect(message.length).toBeGreaterThanOrEqual(size);
    expect(message.length).toBeLessThan(size + 1000);
    expect(Buffer.from(message).toString("latin1")).toMatch(/^From:/m);
  }
});

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatProblem, readConfig } from "../../src/index.ts";
import { optionTables } from "./option-tables.ts";

const document = new URL("../../../../docs/reference/configuration.md", import.meta.url);
const begin =
  "<!-- options: written by packages/config/test/documents/documents.test.ts, with UPDATE_DOCS=1 -->\n";
const end = "<!-- /options -->";

test("the tables of options are those of the schema", () => {
  const text = readFileSync(document, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  const tables = optionTables();
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(document, `${text.slice(0, from)}\n${tables}\n${text.slice(to)}`);
    return;
  }
  expect(plain(text.slice(from, to))).toBe(plain(tables));
});

test.each([
  "reference/configuration.md",
  "guides/hooks.md",
  "guides/from-momentum.md",
  "guides/queue-and-workers.md",
  "guides/bounces.md",
  "guides/sendmail.md",
  "guides/hardening.md",
])("every config in docs/%s can be used", (name) => {
  const text = readFileSync(new URL(`../${name}`, document), "utf8");
  const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, example = ""]) => example);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    const { config, problems } = readConfig(example, {
      environment: { DKIM_KEY: "MII", SMTP_PASSWORD: "x" },
    });
    expect(problems.map((problem) => formatProblem(name, problem))).toEqual([]);
    expect(config).toBeDefined();
  }
});

/** The formatter pads the cells. */
function plain(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}

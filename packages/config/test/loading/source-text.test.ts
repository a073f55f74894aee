import { expect, test } from "vitest";
import { readConfig } from "../../src/loading/read-config.ts";
import { parseSource } from "../../src/loading/source-text.ts";

test("${NAME} is filled in; alone it may be a number or a truth", () => {
  const text = `
hostname: mx.\${DOMAIN}
processes: \${PROCESSES}
limits: { connections: 5 }
signing: { sign: true, selector: "\${SELECTOR:-s1}", identity: "$\${d}" }
`;
  const { config } = readConfig(text, { environment: { DOMAIN: "example.com", PROCESSES: "4" } });
  expect(config).toMatchObject({
    hostname: "mx.example.com",
    processes: 4,
    signing: { selector: "s1", identity: "${d}" },
  });
});

test("aliases do not multiply", () => {
  const levels = Array.from(
    { length: 12 },
    (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`,
  );
  expect(JSON.stringify(readConfig(`a0: &a0 [x]\n${levels.join("\n")}`).problems)).toMatch(
    /not valid YAML: /,
  );
});

test("place of a value, or of the nearest around it", () => {
  const source = parseSource("a:\n  b: [1, 2]\n", {});
  expect(source.locate(["a", "b", 1])).toEqual({ line: 2, column: 10 });
  expect(source.locate(["a", "c"])).toEqual({ line: 1, column: 1 });
});

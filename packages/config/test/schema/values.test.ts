import { expect, test } from "vitest";
import { readConfig } from "../../src/loading/read-config.ts";

test("times, sizes and domains are read into milliseconds, octets and A-labels", () => {
  const { config } = readConfig(
    "signing: { expireAfter: 7d }\nlimits: { messageSize: 1.5MB, dataTimeout: 300ms, commandTimeout: 30 }\ndomains: { '*.Bücher.example': {} }",
  );
  expect(config?.signing.expireAfter).toBe(604_800_000);
  expect(config?.limits).toMatchObject({
    messageSize: 1_572_864,
    dataTimeout: 300,
    commandTimeout: 30_000,
  });
  expect(Object.keys(config?.domains ?? {})).toEqual(["*.xn--bcher-kva.example"]);
});

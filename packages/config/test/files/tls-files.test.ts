import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { beforeEach, describe, expect, test } from "vitest";
import { loadConfig, type LoadedConfig } from "../../src/loading/load-config.ts";

describe("config check on a listener's certificate and key", () => {
  let directory = "";

  beforeEach(() => {
    directory = temporaryDirectory("file");
    const [key, certificate] = [join(directory, "key.pem"), join(directory, "chain.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=mx.test",
        "-keyout",
        key,
      ].concat(["-out", certificate]),
      { stdio: "ignore" },
    );
    chmodSync(key, 0o600);
  });

  function load(keys = "{}"): Promise<LoadedConfig> {
    const text = `keys: ${keys}
listeners:
  - { protocol: smtp, direction: inbound, listen: "127.0.0.1:2525", binding: out, tls: { certificate: chain.pem, key: key.pem } }
bindings: { out: { nextHop: { host: mx.example.com } } }
`;
    return loadConfig(writeTestFile(directory, "mailseal.yaml", text));
  }

  test.each([0o600, 0o640])("a key of mode %o is as it should be", async (mode) => {
    chmodSync(join(directory, "key.pem"), mode);
    expect(await load()).toMatchObject({ config: {}, problems: [] });
  });

  test("a key that everybody may read is a warning, and an error with keys.checkPermissions: refuse", async () => {
    chmodSync(join(directory, "key.pem"), 0o644);
    const warned = await load();
    expect(warned.config).toBeDefined();
    expect(warned.problems).toMatchObject([
      {
        level: "warning",
        path: "listeners[0].tls.key",
        message: expect.stringContaining("(mode 0644): chmod 600 or 640"),
      },
    ]);
    const refused = await load("{ checkPermissions: refuse }");
    expect(refused.config).toBeUndefined();
    expect(refused.problems).toMatchObject([
      { level: "error", path: "listeners[0].tls", message: expect.stringContaining("mode 0644") },
    ]);
  });

  test("a key that others may write is an error, unless keys.allowWritable", async () => {
    chmodSync(join(directory, "key.pem"), 0o660);
    expect((await load()).problems).toMatchObject([
      { level: "error", message: expect.stringContaining("may write it (mode 0660)") },
    ]);
    expect((await load("{ allowWritable: true }")).config).toBeDefined();
  });

  test("files that are no certificate and key, or not of each other, are an error", async () => {
    writeTestFile(directory, "key.pem", "garbage");
    expect((await load()).problems).toMatchObject([
      {
        level: "error",
        message: expect.stringMatching(/^expected a certificate and its private key in PEM/),
      },
    ]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { masked, maskedText, readConfig } from "../../src/index.ts";

describe("no secrets in the URLs of a text", () => {
  test.each([
    ["nats://joe:s3cret@10.0.0.1:4222", "nats://***@10.0.0.1:4222"],
    ["nats://s3cret@h:4222,nats://a:b@i", "nats://***@h:4222,nats://***@i"],
    ["cannot reach tls://a:p%40ss@h: refused", "cannot reach tls://***@h: refused"],
    ["https://doh.example/q?id=1&token=abc&x=2", "https://doh.example/q?id=1&token=***&x=2"],
    ["nats://joe:p@ss:w@rd@h:4222: refused", "nats://***@h:4222: refused"],
    ["https://h/?api_key=abc", "https://h/?api_key=***"],
    ["https://h/?X-Amz-Signature=abc", "https://h/?X-Amz-Signature=***"],
    ["nats://10.0.0.1:4222", "nats://10.0.0.1:4222"],
    ["https://h/path@x?monkey", "https://h/path@x?monkey"],
    ["from ann@example.net", "from ann@example.net"],
  ])("%s", (text, shown) => {
    expect(maskedText(text)).toBe(shown);
  });

  test("any password that a URL can hold", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9%!$&'()*+,;=._~-]{8,40}$/);
    fc.assert(
      fc.property(word, (password) => {
        fc.pre(!password.includes("'"));
        expect(maskedText(`at nats://u:${password}@host:1`)).not.toContain(password);
      }),
    );
  });

  test("linear time", () => {
    const startMs = performance.now();
    maskedText(`://${"a?token".repeat(200_000)}`);
    maskedText("://".repeat(400_000));
    maskedText(`x://${"&key".repeat(400_000)}`);
    // Quadratic time would be minutes.
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

test("no secrets in a config, at any depth", () => {
  const { config } = readConfig(`
queue:
  nats:
    servers: ["nats://joe:s3cret@10.0.0.1:4222", "joe:p@s3cret@h:1", "nats://joe:s3cret/w@h:2"]
    monitor: ["nats://sys:p@s3cret@h:4222"]
    token: s3cret
bindings:
  out: { nextHop: { host: smtp.example, username: joe, password: s3cret } }
signing: { signatures: [{ selector: a, keyText: s3cret }] }
dns: { https: "https://joe:s3cret@doh.example/dns-query?token=s3cret" }
`);
  expect(config).toBeDefined();
  const shown = JSON.stringify(masked(config));
  expect(shown).not.toContain("s3cret");
  expect(shown).toContain('["nats://***@10.0.0.1:4222","***@h:1","nats://***@h:2"]');
  expect(shown).toContain('["nats://***@h:4222"]');
  expect(shown).toContain('"username":"joe","password":"***"');
});

test.each([
  "queue: { nats: { servers: 'nats://joe:s3cret@10.0.0.1:4222' } }",
  "queue: { nats: { servers: 'joe:s3cret@10.0.0.1:4222' } }",
  "queue: { nats: { servers: 'nats://joe:p/s3cret@10.0.0.1:4222' } }",
  "queue: { nats: { servers: ['nats://10.0.0.1:4222'], token: [s3cret] } }",
  "queue: { nats: { servers: ['nats://10.0.0.1:4222'], password: 53 } }",
  "dns: { https: 's3cret://', servers: 'https://joe:s3cret@h' }",
])("no secret in the problem of %s", (text) => {
  const { problems } = readConfig(text.replace("s3cret://", "://"));
  expect(problems).not.toEqual([]);
  expect(JSON.stringify(problems)).not.toContain("s3cret");
  expect(JSON.stringify(problems)).not.toContain("got 53");
});

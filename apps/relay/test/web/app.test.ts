import { expect, test } from "vitest";
import { ask, expectPrintable } from "../support/ask-page.ts";
import { mail, serveRelay } from "../support/served-relay.ts";

test("the page has no inline script or style, and loads nothing from other origins", async () => {
  const { url, send } = await serveRelay();
  await send("outbound", mail);
  const { body } = await ask(url);
  expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?! type="module" src="\/assets\/)/);
  expect(
    [...body.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, to]) => to?.[0]),
  ).not.toContain("h");
});

test("hostile names are escaped in /metrics, and change no other line", async () => {
  const { url, send, counting } = await serveRelay();
  await send("outbound", mail);
  const shapeOf = (metrics: string): string[] =>
    metrics.split("\n").map((line) => line.replace(/\{.*\}/, "").replace(/ .*/, ""));
  const domain = (name: string) => ({ domain: name, binding: name });
  const record = (name: string): void =>
    counting.statistics.recordSigning({
      scope: domain(name),
      outcome: "signed",
      durationNs: 1,
      signatures: [],
    });
  record("plain.example");
  const before = await ask(`${url}metrics`);
  const hostile = await serveRelay();
  await hostile.send("outbound", mail);
  hostile.counting.statistics.recordSigning({
    scope: domain(`"} 1\nmailseal_forged 1\n# <b>\u0000\u001b[2J${"x".repeat(1_000_000)}`),
    outcome: "signed",
    durationNs: 1,
    signatures: [],
  });
  const after = await ask(`${hostile.url}metrics`);
  expect(shapeOf(after.body)).toEqual(shapeOf(before.body));
  expect(after.body.length).toBeLessThan(before.body.length + 5000);
  expect(after.body).not.toMatch(/^mailseal_forged/m);
  expectPrintable(after.body);
});

test("the counters match the mail that was processed", async () => {
  const { url, send, lastTaken } = await serveRelay();
  await send("outbound", mail);
  await send("inbound", lastTaken());
  await send("inbound", mail);
  const { body } = await ask(`${url}metrics`);
  for (const line of [
    'mailseal_signing_domain_messages_total{domain="example.com",outcome="signed"} 1',
    'mailseal_signatures_total{algorithm="ed25519-sha256",key_bits="256"} 1',
    'mailseal_verifications_total{code="pass",result="pass"} 1',
    'mailseal_verifications_total{code="unsigned",result="none"} 1',
    'mailseal_key_lookups_total{source="dns",outcome="found"} 1',
    'mailseal_messages_total{front_end="smtp",disposition="accepted"} 3',
    'mailseal_delivery_attempts_total{outcome="delivered"} 3',
    'mailseal_key_published{domain="example.com",selector="s1"} 1',
  ]) {
    expect(body.split("\n")).toContain(line);
  }
});

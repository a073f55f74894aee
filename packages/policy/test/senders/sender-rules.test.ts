import { LoginMap } from "@mailseal/config/tables";
import { expect, test } from "vitest";
import { maySendAs, type SenderSources } from "../../src/senders/sender-rules.ts";

const map = LoginMap.parse("joe@example.com joe\n@customer.example ann\n");

function sources(change: Partial<SenderSources> = {}, unlisted: "allow" | "mismatch" = "allow") {
  return { settings: { patterns: [], unlisted }, ...change };
}

test.each<[boolean, SenderSources, string, string]>([
  // What the table names it decides; what it does not name is free, unless said otherwise.
  [true, sources({ map }), "joe", "joe@example.com"],
  [false, sources({ map }), "joe", "ceo@example.com"],
  [false, sources({ map }), "joe", "joe@elsewhere.example"],
  [false, sources({ map }), "eve", "anybody@customer.example"],
  [true, sources({ map }), "eve", "eve@elsewhere.example"],
  [false, sources({ map }, "mismatch"), "eve", "eve@elsewhere.example"],
  // Patterns speak of every login.
  [true, pattern("%u"), "joe@example.com", "Joe@example.com"],
  [false, pattern("%u"), "joe@example.com", "ann@example.com"],
  [false, pattern("%u"), "joe", "joe@example.com"],
  [true, pattern("%u@example.com"), "joe", "joe@example.com"],
  [true, pattern("@%d"), "joe@example.com", "anybody@example.com"],
  [false, pattern("@%d"), "joe@example.com", "joe@sub.example.com"],
  [false, pattern("@%d"), "joe", "joe@example.com"],
  [true, pattern("%l@%d", "%l@mail.%d"), "joe@example.com", "joe@mail.example.com"],
  [true, pattern("@%d"), "joe@b\u00fccher.example", "a@xn--bcher-kva.example"],
  [false, pattern("%l@example.com"), "@example.com", "@example.com"],
  [false, pattern("@example.com"), "joe", "@"],
  // A login may be called anything: only a pattern with "@" makes a domain of it.
  [false, pattern("%u"), "bank.example", "ceo@bank.example"],
  [false, pattern("%u"), "@bank.example", "ceo@bank.example"],
  [false, pattern("%l"), "bank.example@x.test", "ceo@bank.example"],
  [true, pattern("@%u"), "customer.example", "ann@customer.example"],
  // So does a hook, of the logins that it answers for.
  [true, sources({ byHook: ["joe@example.com"] }), "joe", "joe@example.com"],
  [true, sources({ byHook: ["@example.com"] }), "joe", "ann@example.com"],
  [true, sources({ byHook: ["example.com"] }), "joe", "ann@example.com"],
  [false, sources({ byHook: ["sub.example.com"] }), "joe", "ann@example.com"],
  [false, sources({ byHook: [] }), "joe", "joe@example.com"],
  [true, sources({ byHook: undefined }), "joe", "joe@example.com"],
  // One source that allows it is enough.
  [true, { ...pattern("%u@example.com"), map }, "ann", "x@customer.example"],
  [true, { ...pattern("%u@example.com"), map, byHook: ["a.test"] }, "ann", "x@a.test"],
])("%s: %j, %s as %s", (allowed, given, login, address) => {
  expect(maySendAs(given, login, address)).toBe(allowed);
});

function pattern(...patterns: string[]): SenderSources {
  return { settings: { patterns, unlisted: "allow" } };
}

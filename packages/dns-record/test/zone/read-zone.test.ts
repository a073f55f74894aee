import { expect, test } from "vitest";
import { DnsRecordError } from "../../src/errors.ts";
import { readZone } from "../../src/zone/read-zone.ts";

test.each([
  ["a zone file", '$ORIGIN example.com.\nmail._domainkey TXT "v=DKIM1; p="\n'],
  ["JSON", '{ "mail._domainkey.example.com": ["v=DKIM1; p="] }'],
  ["JSON after white space", '\n\t {"mail._domainkey.example.com.": ["v=DKIM1; p="]}'],
])("%s", (_, text) => {
  expect(readZone(text).entries.get("mail._domainkey.example.com")).toEqual(["v=DKIM1; p="]);
});

test.each([
  ["JSON that ends too early", '{"a": [', /^not valid JSON: /],
  ["JSON of another form", '{"a": 1}', /expected an array of strings/],
])("%s is refused", (_, text, message) => {
  expect(() => readZone(text)).toThrow(DnsRecordError);
  expect(() => readZone(text)).toThrow(message);
});

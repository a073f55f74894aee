import { expect, test } from "vitest";
import {
  authservId,
  collect,
  count,
  domainName,
  duration,
  nameList,
  unixSeconds,
} from "../../src/options/values.ts";

test.each<[parse: (value: string) => unknown, value: string, parsed: unknown]>([
  [nameList, "from: to :subject", ["from", "to", "subject"]],
  [unixSeconds, "1767225600", 1_767_225_600],
  [count, "0", 0],
  [count, "999999", 999_999],
  [authservId, "mx.example.org", "mx.example.org"],
  [duration, "90s", 90],
  [duration, "30m", 1800],
  [duration, "12h", 43_200],
  [duration, "7d", 604_800],
  [duration, "2w", 1_209_600],
  [domainName, "Example.COM", "example.com"],
  [domainName, "bücher.example", "xn--bcher-kva.example"],
])("%o accepts %j", (parse, value, parsed) => {
  expect(parse(value)).toEqual(parsed);
});

test.each<[parse: (value: string) => unknown, value: string, expected: RegExp]>([
  [nameList, "from::to", /separated by colons, such as from:to:subject/],
  [unixSeconds, "-1", /whole Unix seconds, such as 1767225600/],
  [unixSeconds, "1".repeat(13), /whole Unix seconds/],
  [count, "1e3", /a whole number of at most 999999/],
  [count, "1000000", /a whole number of at most 999999/],
  [authservId, "a\nb", /a name such as mx\.example\.org/],
  [duration, "7", /such as 7d/],
  [duration, "7y", /such as 7d/],
  [duration, "-7d", /such as 7d/],
  [domainName, "..", /a domain name such as example\.com/],
])("%o refuses %j with the expected form", (parse, value, expected) => {
  expect(() => parse(value)).toThrow(expected);
});

test("a repeatable option collects its values in order", () => {
  expect(collect("b", collect("a", undefined))).toEqual(["a", "b"]);
});

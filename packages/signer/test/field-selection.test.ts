import { splitMessage } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { SigningError } from "../src/errors.ts";
import { planFields, selectFields } from "../src/field-selection.ts";
import type { SignatureOptions } from "../src/options.ts";

type FieldOptions = Pick<
  SignatureOptions,
  "fields" | "headers" | "oversign" | "skip" | "fieldOrder"
>;

const message = splitMessage(
  Buffer.from(
    "Received: by c\r\nReceived: by b\r\nReceived: by a\r\nFrom: a@example.com\r\nTo: b@example.net\r\nSubject: s\r\n\r\n",
  ),
);

function select(options: FieldOptions): { names: string; fields: string[] } {
  const plan = planFields({
    domain: "example.com",
    selector: "s",
    ...options,
  });
  const { names, fields } = selectFields(plan, message);
  return {
    names: names.join(":"),
    fields: fields.map(({ start, end }) =>
      Buffer.from(message.bytes.subarray(start, end)).toString().trim(),
    ),
  };
}

describe("the order of h= (OpenDKIM's)", () => {
  test("message: present fields as they stand and are spelled, absent ones after them", () => {
    expect(
      select({
        headers: ["subject+", "FROM+", "Received+", "Cc+"],
        oversign: ["From", "Cc"],
        fieldOrder: "message",
      }),
    ).toEqual({
      names: "Received:Received:Received:From:Subject:From:Cc",
      fields: [
        "Received: by a",
        "Received: by b",
        "Received: by c",
        "From: a@example.com",
        "Subject: s",
      ],
    });
  });

  test("message: of a repeated field that is named once, the lowest is signed", () => {
    expect(select({ headers: ["From", "Received"], fieldOrder: "message" })).toEqual({
      names: "Received:From",
      fields: ["Received: by a", "From: a@example.com"],
    });
  });
});

describe("h= (RFC 6376 5.4.2, Momentum's headerlist)", () => {
  const cases: readonly (readonly [string, FieldOptions, string])[] = [
    ["keeps the order given", { headers: ["Subject", "From"] }, "Subject:From"],
    ["asserts the absence of a plain name", { headers: ["From", "Cc"] }, "From:Cc"],
    ["signs one instance of a plain name", { headers: ["From", "Received"] }, "From:Received"],
    [
      "a repeated name is the next instance, then absence",
      { headers: ["From", "To", "To"] },
      "From:To:To",
    ],
    ["? asserts nothing", { headers: ["From", "Cc?", "To?"] }, "From:To"],
    [
      "* takes all, or asserts absence",
      { headers: ["From", "Received*", "Cc*"] },
      "From:Received:Received:Received:Cc",
    ],
    [
      "+ takes all, asserts nothing",
      { headers: ["From", "Received+", "Cc+"] },
      "From:Received:Received:Received",
    ],
    [
      "oversigning names a field once more than it occurs",
      { headers: ["From", "Subject"], oversign: ["from", "Cc", "Received"] },
      "From:Subject:from:Cc:Received:Received:Received:Received",
    ],
    [
      "skip wins over headers and oversign",
      { headers: ["From", "To"], oversign: ["to"], skip: ["TO"] },
      "From",
    ],
    [
      "the default signs and oversigns what is there, and asserts what no server adds",
      {},
      "From:Subject:To:From:Reply-To:Subject:To:Cc",
    ],
    [
      "strict asserts that nothing that is shown was absent",
      { fields: "strict" },
      "From:Subject:To:From:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding",
    ],
    ["minimal lets fields be added", { fields: "minimal" }, "From:Subject:To:From"],
    ["lists go before a preset", { fields: "strict", headers: ["From"] }, "From"],
    [
      "a ? oversigns a field that is there, and asserts nothing",
      { headers: ["From"], oversign: ["From?", "Cc?", "To"] },
      "From:From:To:To",
    ],
    [
      "the absence of DKIM-Signature is not asserted, since the new one will be there (5.4)",
      { headers: ["From", "DKIM-Signature", "dkim-signature*"] },
      "From",
    ],
    ["the default list with a skip", { skip: ["Subject", "Date"], oversign: [] }, "From:To"],
  ];
  test.each(cases)("%s", (_, options, names) => {
    expect(select(options).names).toBe(names);
  });

  test("instances are taken from the bottom up", () => {
    expect(select({ headers: ["Received", "From", "Received"] }).fields).toEqual([
      "Received: by a",
      "From: a@example.com",
      "Received: by b",
    ]);
  });
});

describe("refused lists", () => {
  const cases: readonly (readonly [string, FieldOptions, string])[] = [
    ["no From", { headers: ["To"] }, "from-not-signed"],
    ["From skipped", { skip: ["from"] }, "from-not-signed"],
    ["a name with a space", { headers: ["From", "a b"] }, "bad-field-name"],
    ["a name with a semicolon", { headers: ["From", "a;b"] }, "bad-field-name"],
    ["a name with a colon", { headers: ["From:To"] }, "bad-field-name"],
    ["a name with a line break", { oversign: ["From\r\nX"] }, "bad-field-name"],
    ["DKIM-Signature oversigned", { oversign: ["From", "DKIM-Signature"] }, "bad-field-name"],
    ["a preset that is none", { fields: "lax" as "strict" }, "bad-option"],
    ["only a suffix", { oversign: ["From", "?"] }, "bad-field-name"],
    ["an empty name", { headers: ["From", ""] }, "bad-field-name"],
    ["a suffix alone", { headers: ["From", "*"] }, "bad-field-name"],
  ];
  test.each(cases)("%s", (_, options, code) => {
    expect(() => select(options)).toThrow(SigningError);
    expect(() => select(options)).toThrow(expect.objectContaining({ code }));
  });
});

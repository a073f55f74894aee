import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { removeAuthenticationResults } from "../../src/authentication-results/authentication-results-remove.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"));

function afterRemoval(text: string, authservId: string): string {
  return Buffer.from(removeAuthenticationResults(bytes(text), authservId)).toString("utf8");
}

const rest =
  "From: a@example.com\r\nSubject: x\r\n\r\nAuthentication-Results: mx.example.org; body\r\n";

describe("RFC 8601 5", () => {
  test.each([
    "Authentication-Results: mx.example.org; dkim=pass\r\n",
    "authentication-results : MX.Example.ORG 1;\r\n\tdkim=pass\r\n",
    'Authentication-Results: "mx.example.org"; none\r\n',
    'Authentication-Results: "mx.\\example.org"; none\r\n',
    "Authentication-Results: (mx.other) (x) mx.example.org; none\r\n",
    "Authentication-Results:\r\n mx.example.org;\r\n none\r\n",
    "Authentication-Results: mx.example.org.; none\r\n",
    "Authentication-Results: mx.example.org\r\n",
    "Authentication-Results: mx.example.org dkim=pass\r\n",
    "Authentication-Results: mx.example.org/1; dkim=pass\r\n",
    "Authentication-Results: mx.example.org=; dkim=pass\r\n",
    'Authentication-Results: "mx.example.org; dkim=pass\r\n',
    "Authentication-Results: (mx.example.org; dkim=pass\r\n",
    "Authentication-Results: \0mx.example.org; dkim=pass\r\n",
    "Authentication-Results: @mx.example.org; dkim=pass\r\n",
    "Authentication-Results: mx.example.org; dkim=pass (unclosed\r\n",
  ])("%j is removed", (field) => {
    expect(afterRemoval(field + rest, "mx.example.org")).toBe(rest);
    expect(afterRemoval(`X: y\r\n${field}${field}${rest}`, "mx.example.org")).toBe(
      `X: y\r\n${rest}`,
    );
  });

  test.each([
    "Authentication-Results: mx.example.com; dkim=pass\r\n",
    "Authentication-Results: example.org; dkim=pass\r\n",
    "Authentication-Results: mx.example.org.evil.com; dkim=pass\r\n",
    "Authentication-Results: mx.example.org-a; dkim=pass\r\n",
    "Authentication-Results: amx.example.org; dkim=pass\r\n",
    "Authentication-Results: (mx.example.org) mx.other; dkim=pass\r\n",
    "Authentication-Results: ; mx.example.org\r\n",
    "Authentication-Results:\r\n",
    "X-Authentication-Results: mx.example.org; dkim=pass\r\n",
    "ARC-Authentication-Results: i=1; mx.example.org; dkim=pass\r\n",
  ])("%j stays", (field) => {
    expect(afterRemoval(field + rest, "mx.example.org")).toBe(field + rest);
  });

  test.each([
    ["bücher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "BÜCHER.example"],
    ["BÜCHER.example", "bücher.example"],
    ["my-server", "My-Server"],
    ['"two words"', "two words"],
  ])("%s is %s", (written, authservId) => {
    expect(afterRemoval(`Authentication-Results: ${written}; none\r\n${rest}`, authservId)).toBe(
      rest,
    );
  });

  test("the same array if nothing is removed", () => {
    const message = bytes(rest);
    expect(removeAuthenticationResults(message, "mx.example.org")).toBe(message);
  });

  test("other fields between those removed stay, in bare-LF messages too", () => {
    const text =
      "A: 1\nAuthentication-Results: m; none\nB: 2\nAuthentication-Results: m;\n none\nC: 3\n\nbody";
    expect(afterRemoval(text, "m")).toBe("A: 1\nB: 2\nC: 3\n\nbody");
  });

  test("an empty id is the caller's mistake", () => {
    expect(() => removeAuthenticationResults(bytes(rest), "")).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  test("any bytes: only whole fields are removed, and none is left to remove", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "Authentication-Results: m; none\r\n",
        "Authentication-Results: m",
        " folded\r\n",
        "\r\n",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(line), (all) => {
        const before = bytes(all.join(""));
        const once = removeAuthenticationResults(before, "m");
        expect(once.length).toBeLessThanOrEqual(before.length);
        expect(removeAuthenticationResults(once, "m")).toBe(once);
      }),
    );
  });

  test("100,000 fields are gone through once", () => {
    const many = "Authentication-Results: m; none\r\n".repeat(50_000) + "X: y\r\n".repeat(50_000);
    expect(afterRemoval(`${many}\r\n`, "m")).toHaveLength(50_000 * 6 + 2);
  });
});

import { describe, expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

describe("the command line of setup", () => {
  test.each([
    [
      ["--next-hop", "smtp.example.net:99999"],
      /expected a host and a port, such as smtp\.example\.net:587/,
    ],
    [["--listen", "25"], /expected an address and a port, such as 127\.0\.0\.1:2525/],
    [["--domain", "host"], /expected a domain of the Internet, such as example\.com/],
    [["--domain", "a b"], /expected a domain name such as example\.com/],
    [["--mta", "exim"], /expected one of postfix, sendmail, relay/],
    [["--wait", "soon"], /expected a number with s, m, h, d or w/],
    [
      ["--dry-run", "--publish", "update"],
      /--publish update needs a server and a key; give --server and --tsig/,
    ],
    [
      ["--dry-run", "--publish", "powerdns"],
      /--publish powerdns needs the address of the API and its key/,
    ],
  ])("refuses %j", (args, message) => {
    const { code, stderr } = mailseal(["setup", ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("the help has every option and exit code", () => {
    const { code, stdout } = mailseal(["setup", "--help"]);
    expect(code).toBe(0);
    for (const option of ["--domain", "--mta", "--dry-run", "--undo", "--yes", "--no-wait", "75"]) {
      expect(stdout).toContain(option);
    }
  });
});

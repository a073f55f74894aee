import { describe, expect, test } from "vitest";
import { formatMilterList, milterTarget, parseMilterList } from "../../src/host/milter-list.ts";

describe("a list of milters", () => {
  test.each([
    ["", []],
    ["inet:localhost:8891", ["inet:localhost:8891"]],
    ["unix:a/b.sock,inet:127.0.0.1:1  $more", ["unix:a/b.sock", "inet:127.0.0.1:1", "$more"]],
    ["{ inet:localhost:8891, connect_timeout=10s }, unix:x", ["inet:localhost:8891", "unix:x"]],
  ])("%j", (value, addresses) => {
    expect(parseMilterList(value).map(({ address }) => address)).toEqual(addresses);
  });

  test("keeps the settings of each entry", () => {
    const value = "{ inet:localhost:8891, connect_timeout=10s }, unix:x";
    expect(formatMilterList(parseMilterList(value))).toBe(value);
  });
});

describe("the socket of a milter", () => {
  const queue = "/var/spool/postfix";

  test.each([true, false])("with a relative path is in the queue directory (%s)", (isChrooted) => {
    expect(milterTarget("unix:mailseal/milter.sock", queue, isChrooted)).toEqual({
      kind: "unix",
      path: "/var/spool/postfix/mailseal/milter.sock",
    });
  });

  test("with an absolute path is in the queue directory for a chrooted process only", () => {
    const address = "local:/run/x.sock";
    expect(milterTarget(address, queue, false)).toEqual({ kind: "unix", path: "/run/x.sock" });
    expect(milterTarget(address, queue, true)).toEqual({
      kind: "unix",
      path: "/var/spool/postfix/run/x.sock",
    });
  });

  test.each([
    ["inet:8891", "localhost", "8891"],
    ["inet:LOCALHOST:8891", "localhost", "8891"],
    ["inet:[::1]:8891", "::1", "8891"],
    ["inet:127.0.0.1:submission", "127.0.0.1", "submission"],
  ])("%s is a port", (address, host, port) => {
    expect(milterTarget(address, queue, true)).toEqual({ kind: "inet", host, port });
  });

  test("may be a variable", () => {
    expect(milterTarget("$other", queue, true)).toEqual({ kind: "other" });
  });
});

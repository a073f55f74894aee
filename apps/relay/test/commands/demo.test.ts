import { expect, test } from "vitest";
import { Program } from "../support/program.ts";

test(
  "the demo signs a sample, verifies it at the sink, and ends with Ctrl-C",
  { timeout: 60_000 },
  async () => {
    const program = new Program(["demo"]);
    await program.line(/swaks --server 127\.0\.0\.1:\d+/);
    expect(program.lines.join("\n")).toMatch(
      /pass: d=example\.com s=rsa1[^]*pass: d=example\.com s=ed1/,
    );
    // A second one finds the usual port taken.
    const second = new Program(["demo"]);
    expect(await second.line(/^Relay:/)).toContain("is taken");
    await second.line(/swaks/);
    expect(await second.end("SIGINT")).toBe(0);
    expect(await program.end("SIGINT")).toBe(0);
  },
);

import { expect, test } from "vitest";
import {
  commandLine,
  failureOf,
  fileStateOn,
  hasProgram,
  namesOn,
  outputOf,
  readTextOn,
  thisHost,
} from "../../src/host/host.ts";
import { fakeRoot } from "./fake-root.ts";

test("a program of the root is run, with its input and its exit code", async () => {
  const { host, write } = fakeRoot();
  write("/usr/bin/answer", '#!/bin/sh\ncat; echo "problem" >&2; exit 3\n', 0o755);
  const result = await host.run("answer", [], { input: "question" });
  expect(result).toEqual({ status: "ended", code: 3, stdout: "question", stderr: "problem\n" });
  expect(outputOf(result)).toBeUndefined();
  expect(failureOf("answer", result)).toBe("problem");
});

test("a program that the root lacks is absent, even if this machine has it", async () => {
  const { host } = fakeRoot();
  expect(hasProgram(thisHost, "sh")).toBe(true);
  expect(hasProgram(host, "sh")).toBe(false);
  const result = await host.run("sh", ["-c", "exit 0"]);
  expect(result).toEqual({ status: "absent" });
  expect(failureOf("sh", result)).toBe("there is no program sh");
});

test("a program that does not end is killed", async () => {
  const { host, write } = fakeRoot();
  write("/usr/bin/forever", "#!/bin/sh\nexec sleep 600\n", 0o755);
  const result = await host.run("forever", [], { timeoutMs: 100 });
  expect(failureOf("forever", result)).toBe("forever was ended by SIGKILL");
});

test("files are read below the root", async () => {
  const { host, write } = fakeRoot();
  write("/etc/x/b", "text", 0o640);
  write("/etc/x/a", "");
  expect(await readTextOn(host, "/etc/x/b")).toBe("text");
  expect(await readTextOn(host, "/etc/x/c")).toBeUndefined();
  expect(await readTextOn(host, "/etc/x/b/c")).toBeUndefined();
  expect(await fileStateOn(host, "/etc/x/b")).toMatchObject({
    kind: "file",
    mode: 0o640,
    sizeBytes: 4,
  });
  expect(await fileStateOn(host, "/etc/x")).toMatchObject({ kind: "directory" });
  expect(await fileStateOn(host, "/none")).toBeUndefined();
  expect(await namesOn(host, "/etc/x")).toEqual(["a", "b"]);
  expect(await namesOn(host, "/none")).toEqual([]);
});

test("a command line can be copied into a shell", () => {
  expect(commandLine(["postconf", "-e", "smtpd_milters=unix:mailseal/milter.sock"])).toBe(
    "postconf -e smtpd_milters=unix:mailseal/milter.sock",
  );
  expect(commandLine(["echo", "it's", "a b"])).toBe(`echo 'it'\\''s' 'a b'`);
});

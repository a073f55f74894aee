import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

function usersFile(): string {
  const file = join(temporaryDirectory("test"), "users");
  writeFileSync(file, "alice:right\nbob:right\n", { mode: 0o600 });
  return file;
}

function plain(user: string, password: string): string {
  return `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString("base64")}`;
}

async function startWithAuth(lockout: Record<string, unknown> = {}) {
  const sink = await startSink();
  const auth = {
    usersFile: usersFile(),
    allowWithoutTls: true,
    lockout: { failureDelay: "0s", ...lockout },
  };
  return startRelay({ nextHopPort: sink.port, listener: { auth } });
}

describe("AUTH", () => {
  test("locks a client out after failuresPerClient failures, and logs it", async () => {
    const { port, log } = await startWithAuth({ failuresPerClient: 2 });
    const client = await RawClient.greeted(port);
    expect(await client.ask(plain("alice", "wrong"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("alice", "wrong"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("alice", "right"))).toMatch(/^454 4\.7\.0 too many failed/);
    expect(log().filter(({ msg }) => msg === "login failed")).toMatchObject([
      { client: "127.0.0.1", login: "alice", reason: "failed" },
      { login: "alice" },
    ]);
    // Another client is not locked out.
    const other = await RawClient.greeted(port, "127.0.0.2");
    expect(await other.ask(plain("alice", "right"))).toMatch(/^235/);
  });

  test("locks a login out for all clients but those that logged in before", async () => {
    const { port } = await startWithAuth({ failuresPerClient: 0, failuresPerLogin: 2 });
    const owner = await RawClient.greeted(port, "127.0.0.2");
    expect(await owner.ask(plain("alice", "right"))).toMatch(/^235/);
    const guesser = await RawClient.greeted(port);
    for (const password of ["a", "b"]) {
      expect(await guesser.ask(plain("alice", password))).toMatch(/^535/);
    }
    expect(await guesser.ask(plain("alice", "right"))).toMatch(/^454/);
    expect(await guesser.ask(plain("bob", "right"))).toMatch(/^235/);
    const again = await RawClient.greeted(port, "127.0.0.2");
    expect(await again.ask(plain("alice", "right"))).toMatch(/^235/);
  });

  test("a good login is checked before waiting guesses", async () => {
    const { port } = await startWithAuth({ failuresPerClient: 0, failuresPerLogin: 0 });
    const guessers = await Promise.all(
      Array.from({ length: 30 }, () => RawClient.greeted(port, "127.0.0.3")),
    );
    let answered = 0;
    const guesses = guessers.map(async (it) => {
      expect(await it.ask(plain("bob", "wrong"))).toMatch(/^(?:535|454)/);
      answered += 1;
    });
    const owner = await RawClient.greeted(port, "127.0.0.2");
    expect(await owner.ask(plain("alice", "right"))).toMatch(/^235/);
    expect(answered).toBeLessThan(30);
    await Promise.all(guesses);
  });
});

test("loginsPerMinute", async () => {
  const sink = await startSink();
  const { port } = await startRelay({
    nextHopPort: sink.port,
    listener: { auth: { usersFile: usersFile(), allowWithoutTls: true } },
    config: { limits: { loginsPerMinute: 1, rateExceptions: [] } },
  });
  const first = await RawClient.greeted(port);
  expect(await first.ask(plain("alice", "right"))).toMatch(/^235/);
  const second = await RawClient.greeted(port);
  expect(await second.ask(plain("alice", "right"))).toMatch(
    /^454 4\.7\.0 too many logins a minute/,
  );
});

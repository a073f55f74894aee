import { expect, test } from "vitest";
import { LoginLockout } from "../../src/clients/login-lockout.ts";
import { PasswordChecks } from "../../src/clients/password-checks.ts";

const settings = { failuresPerClient: 3, failuresPerLogin: 5, period: 1000, failureDelay: 100 };

test("90 guesses of one client do not delay the login of another", async () => {
  const lockout = new LoginLockout(() => 0);
  const passwordChecks = new PasswordChecks(() => 0);
  const order: string[] = [];
  const attempt = (client: string, name: string) =>
    passwordChecks.take(
      () => lockout.rank(client, name, settings),
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(name);
        if (name !== "joe") lockout.failed(client, name, settings);
      },
    );
  const guesses = Array.from({ length: 90 }, (_, at) => attempt("192.0.2.9", `guess${at}`));
  await Promise.all([...guesses, attempt("192.0.2.1", "joe")]);
  // Two guesses were running when the login arrived, and one more started when the first ended.
  expect(order.indexOf("joe")).toBeLessThanOrEqual(3);
});

test("two passwords are checked at a time, and if too many wait, a guess is refused", async () => {
  const passwordChecks = new PasswordChecks(() => 0);
  let running = 0;
  let most = 0;
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const attempt = (rank: number) =>
    passwordChecks.take(
      () => rank,
      async () => {
        most = Math.max(most, ++running);
        await gate;
        running--;
        return "checked";
      },
    );
  const guesses = Array.from({ length: 202 }, () => attempt(5));
  const good = attempt(0);
  // One waiting guess is refused to make room.
  expect(await Promise.race(guesses)).toBe("busy");
  release();
  expect(await good).toBe("checked");
  const results = await Promise.all(guesses);
  expect(results.filter((result) => result === "busy")).toHaveLength(1);
  expect(most).toBe(2);
});

test("a login that has waited too long is refused", async () => {
  let now = 0;
  const passwordChecks = new PasswordChecks(() => now);
  const releases: (() => void)[] = [];
  const attempt = () =>
    passwordChecks.take(
      () => 0,
      () => new Promise<void>((done) => releases.push(done)),
    );
  const attempts = [attempt(), attempt(), attempt()];
  await new Promise((resolve) => setImmediate(resolve));
  now = 10_000;
  for (const release of releases) release();
  expect(await attempts[2]).toBe("busy");
});

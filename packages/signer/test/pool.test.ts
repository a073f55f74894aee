import { Worker } from "node:worker_threads";
import { generateKey } from "@mailseal/crypto";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  createSigner,
  type SignatureOptions,
  type SignedMessage,
  SigningError,
} from "../src/index.ts";
import { createSignerPool } from "../src/pool.ts";

const rsa = {
  domain: "example.com",
  selector: "r",
  key: generateKey({ type: "rsa" }),
  timestamp: 1,
};
const ed = { ...rsa, selector: "e", key: generateKey({ type: "ed25519" }) };
const pool = createSignerPool([rsa, ed], { threads: 2 });
afterAll(() => pool.close());

const messageOf = (number: number): Buffer =>
  Buffer.from(`From: a@example.com\r\nSubject: ${number}\r\n\r\n${"text \r\n".repeat(number)}`);

const threadScript = new URL("../src/pool-thread-main.ts", import.meta.url);

describe("a signer pool", () => {
  test("gives what the signer gives", async () => {
    const signer = createSigner([rsa, ed]);
    const numbers = Array.from({ length: 40 }, (_, index) => index * index);
    const pooled = await Promise.all(numbers.map((number) => pool.sign(messageOf(number))));
    for (const [index, number] of numbers.entries()) {
      const direct = signer.sign(messageOf(number));
      expect(pooled[index]?.fields).toBe(direct.fields);
      expect(pooled[index]?.signatures).toEqual(direct.signatures);
      expect(Buffer.from(pooled[index]?.toBytes() ?? []).equals(direct.toBytes())).toBe(true);
    }
  });

  test("takes the message and gives it back without a copy", async () => {
    const message = new Uint8Array(messageOf(1));
    const { message: back } = await pool.sign(message);
    expect(message.length).toBe(0);
    expect(Buffer.from(back).equals(messageOf(1))).toBe(true);
  });

  test("fails as the signer fails", async () => {
    const nothing = pool.sign(Buffer.from("Subject: none\r\n\r\n"));
    await expect(nothing).rejects.toBeInstanceOf(SigningError);
    await expect(nothing).rejects.toMatchObject({ code: "no-from" });
    const huge = pool.sign(Buffer.alloc((16 << 20) + 2, "a"));
    await expect(huge).rejects.toMatchObject({ name: "MailSyntaxError", code: "header-too-large" });
    const given = new Uint8Array(messageOf(2));
    await pool.sign(given);
    await expect(pool.sign(given)).rejects.toMatchObject({ code: "given-away" });
  });

  test("checks its options before a thread starts", () => {
    expect(() => createSignerPool({ ...rsa, domain: ".." })).toThrow(SigningError);
  });

  test("takes text, and repairs its line endings as the signer does", async () => {
    const text = "From: Zoë <zoe@example.com>\r\nSubject: x\r\n\r\nGrüße\n";
    const direct = createSigner([rsa, ed]).sign(text);
    const pooled = await pool.sign(text);
    expect(pooled.fields).toBe(direct.fields);
    expect(Buffer.from(pooled.message).toString()).toBe(text.replace(/(?<!\r)\n$/, "\r\n"));
    expect(pooled.repairs).toEqual(direct.repairs);
    expect(pooled.repairs).toMatchObject({ count: 1, first: { line: 4 } });
    expect((await pool.sign(messageOf(3))).repairs).toBeUndefined();
  });

  test("takes a key that is not loaded", async () => {
    await using loading = createSignerPool({ ...ed, key: ed.key.toPem() }, { threads: 1 });
    const { fields } = await loading.sign(messageOf(1));
    expect(fields).toBe(createSigner(ed).sign(messageOf(1)).fields);
  });

  test("ends when a thread dies, and signs on", async () => {
    const workers: Worker[] = [];
    await using mortal = createSignerPool(ed, {
      threads: 1,
      script: (options) => {
        const worker = new Worker(threadScript, options);
        workers.push(worker);
        return worker;
      },
    });
    await mortal.sign(messageOf(1));
    const lost = mortal.sign(messageOf(2));
    await workers[0]?.terminate();
    await expect(lost).rejects.toMatchObject({ code: "thread-failed" });
    const { fields } = await mortal.sign(messageOf(3));
    expect(fields).toBe(createSigner(ed).sign(messageOf(3)).fields);
    expect(workers).toHaveLength(2);
  });

  test("applies the line-ending policy", async () => {
    await using keeping = createSignerPool(ed, { threads: 1, lineEndings: "keep" });
    const kept = await keeping.sign("From: a@example.com\n\nhi\n");
    expect(Buffer.from(kept.message).toString()).toBe("From: a@example.com\n\nhi\n");
    await using fixing = createSignerPool(ed, { threads: 1, lineEndings: "fix" });
    const { message } = await fixing.sign(Buffer.from("From: a@example.com\n\nhi\n"));
    expect(Buffer.from(message).toString()).toBe("From: a@example.com\r\n\r\nhi\r\n");
  });
});

describe("named signers", () => {
  const names = Array.from({ length: 50 }, (_, index) => `d${index}.example`);
  const optionsOf = (name: string): SignatureOptions => ({ ...ed, domain: name });
  const domainsOf = async (signed: Promise<SignedMessage>): Promise<readonly string[]> =>
    (await signed).signatures.map(({ domain }) => domain);

  test("sign each message as the signer of that name does", async () => {
    const signers = new Map(names.map((name) => [name, optionsOf(name)]));
    await using named = createSignerPool(signers, { threads: 2 });
    expect(named.size).toBe(50);
    const jobs = Array.from({ length: 400 }, (_, index) => names[(index * 7) % 50] ?? "");
    const signed = await Promise.all(jobs.map((name) => named.sign(messageOf(3), name)));
    for (const [index, name] of jobs.entries()) {
      expect(signed[index]?.fields).toBe(createSigner(optionsOf(name)).sign(messageOf(3)).fields);
    }
  });

  test("are added, replaced and removed while the pool runs", async () => {
    await using named = createSignerPool(new Map<string, SignatureOptions>(), { threads: 2 });
    const message = new Uint8Array(messageOf(1));
    await expect(named.sign(message, "a")).rejects.toMatchObject({ code: "unknown-signer" });
    expect(message.length).toBeGreaterThan(0);
    for (const name of [null, 5n, {}] as unknown as string[]) {
      await expect(named.sign(message, name)).rejects.toMatchObject({ code: "bad-option" });
    }
    named.set("a", optionsOf("first.example"));
    const before = Array.from({ length: 40 }, () => domainsOf(named.sign(messageOf(1), "a")));
    named.set("a", [optionsOf("second.example"), rsa]);
    const after = Array.from({ length: 40 }, () => domainsOf(named.sign(messageOf(1), "a")));
    expect(named.delete("a")).toBe(true);
    expect([named.delete("a"), named.has("a"), named.size]).toEqual([false, false, 0]);
    for (const each of await Promise.all(before)) expect(each).toEqual(["first.example"]);
    for (const each of await Promise.all(after)) {
      expect(each).toEqual(["second.example", "example.com"]);
    }
    await expect(named.sign(messageOf(1), "a")).rejects.toMatchObject({ code: "unknown-signer" });
    await expect(named.sign(messageOf(1))).rejects.toThrow("call sign(message, name)");
  });

  test("are forgotten by the threads, and their keys asked for once by each", async () => {
    const asked: number[] = [];
    const heard: unknown[] = [];
    await using named = createSignerPool(new Map([["a", ed]]), {
      threads: 1,
      script: (options) => {
        const worker = new Worker(threadScript, options);
        worker.on("message", (message: { kind: string; question?: number }) => {
          if (message.kind === "question") asked.push(message.question ?? -1);
        });
        const post = worker.postMessage.bind(worker);
        worker.postMessage = (message: { kind: string; notice?: unknown }, transfers) => {
          if (message.kind === "notice") heard.push(message.notice);
          post(message, transfers as never);
        };
        return worker;
      },
    });
    await Promise.all(Array.from({ length: 100 }, () => named.sign(messageOf(1), "a")));
    await named.sign(messageOf(1), "a");
    expect(asked).toHaveLength(1);
    const last = named.sign(messageOf(1), "a");
    named.delete("a");
    expect(heard).toEqual([]);
    expect(await domainsOf(last)).toEqual(["example.com"]);
    expect(heard).toEqual(asked);
    named.set("unused", ed);
    named.delete("unused");
    expect(heard).toEqual(asked);
  });

  test("the least recently used one goes when there are more than maxSigners", async () => {
    await using named = createSignerPool(new Map<string, SignatureOptions>(), {
      threads: 1,
      maxSigners: 2,
    });
    named.set("a", optionsOf("a.example"));
    named.set("b", optionsOf("b.example"));
    await named.sign(messageOf(1), "a");
    named.set("c", optionsOf("c.example"));
    expect(["a", "b", "c"].map((name) => named.has(name))).toEqual([true, false, true]);
    expect(await domainsOf(named.sign(messageOf(1), "a"))).toEqual(["a.example"]);
  });

  test("any order of adding, removing and signing signs with the signer of the moment", async () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom("set", "delete", "sign"), fc.constantFrom("a", "b", "__proto__")),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        await using named = createSignerPool(new Map<string, SignatureOptions>(), { threads: 2 });
        const expected = new Map<string, string>();
        const results: Promise<void>[] = [];
        for (const [index, [step, name]] of sequence.entries()) {
          const domain = `d${index}.example`;
          if (step === "set") {
            named.set(name, optionsOf(domain));
            expected.set(name, domain);
          } else if (step === "delete") {
            expect(named.delete(name)).toBe(expected.delete(name));
          } else {
            const wanted = expected.get(name);
            const signed = domainsOf(named.sign(messageOf(1), name)).catch(codeOf);
            results.push(
              signed.then((seen) =>
                expect(seen).toEqual(wanted === undefined ? "unknown-signer" : [wanted]),
              ),
            );
          }
        }
        await Promise.all(results);
        expect(named.size).toBe(expected.size);
      }),
      { numRuns: 15 },
    );
  });
});

function codeOf(error: unknown): unknown {
  return error instanceof SigningError ? error.code : error;
}

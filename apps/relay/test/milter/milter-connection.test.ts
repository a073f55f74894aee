import { once } from "node:events";
import { connect } from "node:net";
import type { MessageChanges, StepContext } from "@mailseal/milter";
import { packet, ScriptedMta, strings } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import { Networks } from "../../src/clients/networks.ts";
import { MilterConnection } from "../../src/milter/milter-connection.ts";
import { type MilterRelay, startMilterRelay } from "../support/milter-relay.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

interface Started extends MilterRelay {
  readonly mta: ScriptedMta;
}

/** An MTA that has reported a local client, and waits for the reply to each step. */
async function started(): Promise<Started> {
  const relay = await startMilterRelay();
  const socket = connect({ host: "127.0.0.1", port: Number(relay.address.split(":").at(-1)) });
  afterThisTest(async () => void socket.destroy());
  await once(socket, "connect");
  const mta = new ScriptedMta(socket, socket);
  await mta.negotiate({ steps: 0 });
  expect(await mta.say("C", `${strings("localhost")}4\0\0${strings("127.0.0.1")}`)).toBe("c");
  expect(await mta.say("H", strings("client.test"))).toBe("c");
  return { ...relay, mta };
}

/** Reports a message up to its end, which is not reported. */
async function reportMost(mta: ScriptedMta, subject: string): Promise<void> {
  for (const [letter, data] of [
    ["M", strings("<joe@example.com>")],
    ["R", strings("<ann@example.net>")],
    ["L", strings("From", "joe@example.com")],
    ["L", strings("Subject", subject)],
    ["N", ""],
    ["B", "At noon?\r\n".repeat(100)],
  ] as const) {
    expect(await mta.say(letter, data), letter).toBe("c");
  }
}

/** The names of the fields that the milter inserts, and its last answer. */
async function atEnd(mta: ScriptedMta): Promise<readonly string[]> {
  const answers: string[] = [];
  mta.send(packet("E"));
  for (;;) {
    const { letter, payload } = await mta.reply();
    if (letter === "i") answers.push(payload.toString("latin1", 4).split("\0")[0] ?? "");
    if (letter === "c" || letter === "t") return [...answers, letter];
  }
}

test("the messages of one connection are signed one after the other", async () => {
  const { mta, relay, log } = await started();
  for (const subject of ["one", "two"]) {
    await reportMost(mta, subject);
    expect(await atEnd(mta)).toEqual(["DKIM-Signature", "c"]);
  }
  expect(log().filter(({ msg }) => msg === "message")).toHaveLength(2);
  expect(relay.load.spoolBytes).toBe(0);
});

test("a message that the MTA aborts leaves nothing behind, and the next one is signed", async () => {
  const { mta, relay, log } = await started();
  await reportMost(mta, "aborted");
  expect(relay.load.spoolBytes).toBeGreaterThan(1000);
  mta.send(packet("A"));
  await reportMost(mta, "whole");
  expect(await atEnd(mta)).toEqual(["DKIM-Signature", "c"]);
  expect(log().filter(({ msg }) => msg === "message")).toHaveLength(1);
  expect(relay.load.spoolBytes).toBe(0);
});

test("a message whose MTA disconnects leaves nothing behind", async () => {
  const { mta, relay, log } = await started();
  await reportMost(mta, "lost");
  expect(relay.load.spoolBytes).toBeGreaterThan(1000);
  mta.vanish();
  await expect.poll(() => relay.load.spoolBytes).toBe(0);
  expect(log().filter(({ msg }) => msg === "message")).toEqual([]);
});

test("the end of a message that never began is deferred, because nothing was checked", async () => {
  const connection = new MilterConnection(() => {
    throw new Error("no message begins");
  }, new Networks([]));
  const context = { macros: undefined } as unknown as StepContext;
  expect(await connection.endOfMessage({} as MessageChanges, context)).toBe("tempfail");
  await connection.close();
});

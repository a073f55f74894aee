import { copyFileSync, rmSync } from "node:fs";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { expect, test } from "vitest";
import { startRelay } from "../support/relay-under-test.ts";

const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");

test("mail that is missing from the queue file is logged as an error, and the relay accepts more", async () => {
  const directory = temporaryDirectory("test");
  const [live, file] = [`${directory}/live.db`, `${directory}/queue.db`];
  const destinations = [{ route: "a", recipients: [{ address: "ann@example.net" }] }];
  const queue = await openQueue({ file: live });
  for (let count = 0; count < 3; count += 1) {
    await queue.add({ envelope: { from: "" }, destinations }, message);
  }
  // The file as a kill leaves it, without its WAL.
  copyFileSync(live, file);
  copyFileSync(`${live}-mark`, `${file}-mark`);
  await queue.close();
  rmSync(live);

  const { port, log } = await startRelay({
    nextHopPort: 25,
    listener: { mode: "queue" },
    config: { queue: { file } },
  });
  const errors = log().filter(({ level }) => level === "error" || level === 50);
  expect(errors).toMatchObject([
    { msg: expect.stringMatching(/the last \d+ transactions of .*queue\.db are missing/) },
  ]);
  const mail = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"], message };
  expect((await submit({ ...mail, port })).message).toMatch(/^250/);
});

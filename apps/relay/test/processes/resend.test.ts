import { openQueue, type Queue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

const message = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

interface Serving {
  readonly queue: Queue;
  /** Of this config, one after the other. */
  readonly serve: () => Promise<Program>;
  readonly connect: () => Promise<RawClient>;
}

async function written(more: Record<string, unknown> = {}): Promise<Serving> {
  const file = `${temporaryDirectory("test")}/queue.db`;
  const config = await writeConfig(25, { queue: { file }, ...more });
  const listener = { protocol: "smtp", direction: "outbound", mode: "queue" };
  config.write({
    queue: { file },
    ...more,
    listeners: [{ ...listener, listen: `127.0.0.1:${config.port}` }],
  });
  const serve = async (): Promise<Program> => {
    const program = new Program(["--config", config.file]);
    await program.line(/"serving"/);
    return program;
  };
  const queue = await openQueue({ file });
  afterThisTest(() => queue.close());
  return { queue, serve, connect: () => RawClient.greeted(config.port) };
}

async function depthOf(queue: Queue): Promise<number> {
  return (await queue.stats()).depth;
}

test(
  "a relay that is killed between the commit and its 250: the message that comes again is queued once",
  { timeout: 60_000 },
  async () => {
    const { queue, serve, connect } = await written();
    const first = await serve();
    const client = await connect();
    await client.toData();
    client.send(`${message}.\r\n`);
    while ((await depthOf(queue)) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await first.end("SIGKILL");
    await serve();
    const again = await connect();
    await again.toData();
    expect(await again.ask(`${message}.`)).toMatch(/^250 2\.0\.0 OK: \w+ queued$/);
    expect(await depthOf(queue)).toBe(1);
    // The client has read its 250 now, so a second copy is intended.
    await again.toData();
    expect(await again.ask(`${message}.`)).toMatch(/^250 /);
    expect(await depthOf(queue)).toBe(2);
  },
);

test(
  "it comes again to another process of the relay, and once more after QUIT",
  { timeout: 60_000 },
  async () => {
    const { queue, serve, connect } = await written({ processes: 2 });
    await serve();
    const client = await connect();
    await client.toData();
    const reply = await client.ask(`${message}.`);
    client.vanish();
    // Connections go to the processes by turns.
    await (await connect()).ask("QUIT");
    await (await connect()).ask("QUIT");
    for (let turn = 0; turn < 3; turn += 1) {
      const again = await connect();
      await again.toData();
      expect(await again.ask(`${message}.`)).toBe(reply);
      again.vanish();
      await (await connect()).ask("QUIT");
      await (await connect()).ask("QUIT");
    }
    expect(await depthOf(queue)).toBe(1);
    for (let turn = 2; turn < 5; turn += 1) {
      const meant = await connect();
      await meant.toData();
      const answer = await meant.ask(`${message}.`);
      await meant.ask("QUIT");
      if (turn === 2) expect(answer).toBe(reply);
      else expect(answer).not.toBe(reply);
    }
    expect(await depthOf(queue)).toBe(3);
  },
);

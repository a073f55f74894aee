import { once } from "node:events";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { leftSocket } from "@mailseal/testkit/left-socket";
import { expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";

const negotiation = Buffer.from("0000000d4f00000006000001ff001fffff", "hex");

/** The letter of a milter's answer to the negotiation of an MTA. */
async function offered(path: string): Promise<string> {
  const socket = connect({ path });
  socket.write(negotiation);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString("latin1", 4, 5);
}

test(
  "processes share a unix socket, which replaces one that a dead process left",
  { timeout: 60_000 },
  async () => {
    const path = join(temporaryDirectory("test"), "milter.sock");
    leftSocket(path);
    const { file } = await writeConfig(1, {
      listeners: [{ protocol: "milter", listen: `unix:${path}`, socketMode: "0640" }],
      processes: 2,
    });
    const program = new Program(["--config", file]);
    await program.line(/"msg":"serving"/);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await Promise.all([offered(path), offered(path)])).toEqual(["O", "O"]);
    expect(await program.end("SIGTERM")).toBe(0);
  },
);

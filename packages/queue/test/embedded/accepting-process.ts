/** Accepts one message with resend detection, then waits: `node accepting-process.ts FILE DEDUP_ID [received]`. */
import { openQueue } from "../../src/index.ts";

const [file = "", dedupId = "", reply] = process.argv.slice(2);
const queue = await openQueue({ file, minFreeBytes: 0 });
const { pendingReply } = await queue.add(
  {
    envelope: { from: "" },
    destinations: [{ route: "a", recipients: [{ address: "bob@a" }] }],
    dedupId,
    resend: { fingerprint: "same", windowMs: 600_000 },
  },
  Buffer.from("x"),
);
if (reply === "received") pendingReply?.received();
await new Promise((resolve) => setTimeout(resolve, 500));
process.stdout.write("accepted\n");
setInterval(() => undefined, 1000);

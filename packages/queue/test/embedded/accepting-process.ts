/** Accepts one message with resend detection and lives on: `node accepting-process.ts FILE DEDUP_ID [heard]`. */
import { openQueue } from "../../src/index.ts";

const [file = "", dedupId = "", told] = process.argv.slice(2);
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
if (told === "heard") pendingReply?.received();
await new Promise((resolve) => setTimeout(resolve, 500));
process.stdout.write("accepted\n");
setInterval(() => undefined, 1000);

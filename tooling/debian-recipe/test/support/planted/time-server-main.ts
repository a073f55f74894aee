/** Answers SNTP (RFC 4330) on port 123 of the address in its argument, with a clock that its parent process sets. */
import { createSocket } from "node:dgram";

const ntpToUnixSeconds = 2_208_988_800;
let aheadMs = 0;

const socket = createSocket("udp4");
socket.on("message", (query, from) => {
  const answer = Buffer.alloc(48);
  // No leap second, version 4, mode server, stratum 2.
  answer[0] = 0x24;
  answer[1] = 2;
  query.copy(answer, 24, 40, 48);
  const seconds = (Date.now() + aheadMs) / 1000 + ntpToUnixSeconds;
  for (const at of [16, 32, 40]) {
    answer.writeUInt32BE(Math.floor(seconds), at);
    answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4);
  }
  socket.send(answer, from.port, from.address);
});
socket.bind(123, process.argv[2], () => process.send?.("ready"));
process.on("message", ({ milliseconds }: { readonly milliseconds: number }) => {
  aheadMs = milliseconds;
  process.send?.("set");
});
// The parent process has ended.
process.on("disconnect", () => process.exit());

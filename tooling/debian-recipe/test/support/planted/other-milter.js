// A milter on port 8899 that asks to change header and body, and then changes nothing. Node runs it on the machine.
import { createServer } from "node:net";

const continueReply = Buffer.from([0, 0, 0, 1, 0x63]);
const withoutReply = new Set(["D", "A", "Q", "K"]);

createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0);
      const packet = received.subarray(0, end);
      received = received.subarray(end);
      const command = String.fromCharCode(packet[4]);
      if (command === "O") {
        const answer = Buffer.from([0, 0, 0, 13, 0x4f, 0, 0, 0, 6, 0, 0, 0, 0x13, 0, 0, 0, 0]);
        socket.write(answer);
      } else if (!withoutReply.has(command)) socket.write(continueReply);
    }
  });
}).listen(8899, "127.0.0.1");

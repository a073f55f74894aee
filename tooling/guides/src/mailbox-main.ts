/**
 * Accepts mail at addresses such as 203.0.113.25:25, but not for nobody@, and writes each message to N.eml in a directory, N
 * counting from 1.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";

const [directory = "", ...addresses] = process.argv.slice(2);
let count = 0;
for (const address of addresses) {
  const [host = "", port = ""] = address.split(":");
  await SmtpSink.start({
    place: { host, port: Number(port) },
    react: ({ stage, line }) =>
      stage === "rcpt" && line.includes("<nobody@") ? "550 5.1.1 No such user" : undefined,
    onMessage: ({ bytes }) => {
      count += 1;
      const file = join(directory, `${count}.eml`);
      writeFileSync(`${file}.part`, bytes);
      renameSync(`${file}.part`, file);
    },
  });
}
console.log("ready");

/** In the place of a relay: `setpriv ... mailseal-relay --config FILE` runs it. It adds a field, as a signature would be. */
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { SMTPServer } from "smtp-server";
import { parse } from "yaml";

interface RelayConfig {
  readonly listeners: readonly [{ readonly listen: string; readonly binding: string }];
  readonly bindings: Readonly<
    Record<string, { readonly nextHop: { readonly host: string; readonly port: number } }>
  >;
}

const { listeners, bindings } = parse(
  readFileSync(process.argv.at(-1) ?? "", "utf8"),
) as RelayConfig;
const [{ listen, binding }] = listeners;
const nextHop = bindings[binding]?.nextHop ?? { host: "127.0.0.1", port: 9 };

async function forward(message: Buffer): Promise<void> {
  const connection = new SMTPConnection({ ...nextHop, ignoreTLS: true, logger: false });
  await new Promise<void>((resolve) => connection.connect(() => resolve()));
  const signed = Buffer.concat([Buffer.from("X-Passed: yes\r\n"), message]);
  const envelope = { from: "", to: ["test@mailseal-test.invalid"] };
  await new Promise<void>((resolve) => connection.send(envelope, signed, () => resolve()));
  connection.close();
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  disableReverseLookup: true,
  logger: false,
  onData: async (stream, _session, done) => {
    await forward(await buffer(stream));
    done(null, "passed on");
  },
});
server.listen(Number(listen.slice(listen.lastIndexOf(":") + 1)), "127.0.0.1");

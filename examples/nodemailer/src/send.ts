/**
 * Sends a message with nodemailer and signs it on its way:
 *
 *     node src/send.ts settings.json zoe@example.net
 *
 * A key that cannot be used ends the program before it connects, and a message that cannot be signed is not sent.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { mailseal } from "@mailseal/nodemailer";
import { createTransport, type Transporter } from "nodemailer";

/** The content of settings.json. */
interface Settings {
  readonly smtp: { readonly host: string; readonly port: number };
  readonly from: string;
  readonly domain: string;
  /** Each key makes a signature. Paths start at the directory of settings.json. */
  readonly keys: readonly { readonly selector: string; readonly keyFile: string }[];
}

/** A transport that signs everything it sends. Make it once: the keys are read here. */
function signingTransport({ smtp, domain, keys }: Settings, directory: string): Transporter {
  const transport = createTransport({ ...smtp, pool: true });
  const signatures = keys.map(({ selector, keyFile }) => ({
    domain,
    selector,
    key: readFileSync(resolve(directory, keyFile)),
  }));
  transport.use("stream", mailseal(signatures));
  return transport;
}

const [file = "settings.json", to] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(file, "utf8")) as Settings;
const transport = signingTransport(settings, dirname(file));
const { messageId } = await transport.sendMail({
  from: settings.from,
  to,
  subject: "Your order has been sent",
  text: "Dear customer,\n\nyour order is on its way.\n",
  html: "<p>Dear customer,</p><p>your order is on its way.</p>",
});
transport.close();
console.log(`sent ${messageId}`);

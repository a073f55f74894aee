import SMTPConnection from "nodemailer/lib/smtp-connection";
import { failureOf, type Host } from "../../host/host.ts";
import type { TestMail } from "./test-mail.ts";

const timeoutMs = 30_000;

/** Sends a message by SMTP, as a program on this machine does. Resolves to the refusal; undefined if it was accepted. */
export function submitBySmtp(
  { host, port }: { readonly host: string; readonly port: number },
  { recipient, bytes }: TestMail,
): Promise<string | undefined> {
  const connection = new SMTPConnection({
    host,
    port,
    name: "localhost",
    // A self-signed certificate is usual on loopback.
    ignoreTLS: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    logger: false,
  });
  return new Promise((resolve) => {
    const end = (refusal: string | undefined): void => {
      connection.close();
      resolve(refusal);
    };
    connection.once("error", (error) => end(reasonOf(error)));
    connection.connect(() => {
      connection.send({ from: "", to: [recipient] }, bytes, (error) => {
        end(error === null || error === undefined ? undefined : reasonOf(error));
      });
    });
  });
}

/** Hands a message to sendmail(1), as programs and cron jobs do. Resolves to the refusal. */
export async function submitBySendmail(
  host: Host,
  { recipient, bytes }: TestMail,
): Promise<string | undefined> {
  const input = bytes.toString("latin1").replaceAll("\r\n", "\n");
  const args = ["-i", "-f", "<>", "--", recipient];
  return failureOf("sendmail", await host.run("sendmail", args, { input, timeoutMs }));
}

/** The reply of the server, if there was one. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { response } = error as { readonly response?: unknown };
  return typeof response === "string" ? response.replaceAll(/\r?\n/g, " ") : error.message;
}

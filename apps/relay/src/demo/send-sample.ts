import type { Buffer } from "node:buffer";
import SMTPConnection from "nodemailer/lib/smtp-connection";

/** Sends one message to 127.0.0.1 and resolves to the server's answer. */
export function sendSample(
  port: number,
  envelope: { readonly from: string; readonly to: string },
  message: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host: "127.0.0.1", port, ignoreTLS: true });
    connection.on("error", reject);
    connection.connect(() => {
      connection.send({ from: envelope.from, to: [envelope.to] }, message, (error, sent) => {
        connection.quit();
        if (error) {
          reject(error);
        } else {
          resolve(sent?.response ?? "");
        }
      });
    });
  });
}

import { Buffer } from "node:buffer";

const header: readonly string[] = [
  "Received: from client.example.com (client.example.com [192.0.2.1])",
  "\tby mx.example.com (Mailseal) with ESMTPSA id 4fXk2L3Qy9z1Y;",
  "\tTue, 24 Nov 2026 09:30:00 +0100",
  'From: "Ada Harbour" <ada@example.com>',
  "To: Zoe Lind <zoe@example.net>,",
  " Bob  Archer <bob@example.org>",
  "Subject: The plan\tfor  Thursday, and",
  "  what to bring ",
  "Date: Tue, 24 Nov 2026 09:30:00 +0100",
  "Message-ID: <20261124083000.7f3a@example.com>",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="=_harbour"',
];
const text: readonly string[] = [
  "Dear Zoe, the boat leaves at nine.  Bring bread, cheese and a warm coat, ",
  "and do not forget the charts: the old ones are wrong about the sandbank.",
  "\tItem one\tand item two, with a tab between them",
  "We shall be back by evening if the wind holds, as it has all this week.",
  "",
];

export interface Workload {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A multipart message of about `size` bytes with CRLF, folded fields, tabs and trailing spaces: a
 * tenth of it text, at least a kilobyte, the rest an attachment in base64, as large mail is.
 */
export function workload(name: string, size: number): Workload {
  const headerText = [...header, "", ""].join("\r\n");
  const textSize = Math.max(1024, Math.floor(size / 10));
  const parts = [headerText, "--=_harbour\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"];
  parts.push(repeatTo(`${text.join("\r\n")}\r\n`, textSize));
  const left = size - parts.join("").length - 120;
  if (left > 0) {
    parts.push(
      "--=_harbour\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      repeatTo(
        `${Buffer.from(Array.from({ length: 57 }, (_, index) => index * 4)).toString("base64")}\r\n`,
        left,
      ),
    );
  }
  parts.push("--=_harbour--\r\n");
  return { name, bytes: Buffer.from(parts.join("")) };
}

function repeatTo(pattern: string, size: number): string {
  return pattern.repeat(Math.max(1, Math.floor(size / pattern.length)));
}

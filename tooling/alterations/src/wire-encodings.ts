/** Latin1 text in and out: one character a byte. Written as the programs named write, not as Mailseal does. */

function readPrintable(text: string): string {
  return text
    .replace(/[ \t]+(?=\r\n|$)/g, "")
    .replaceAll("=\r\n", "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export function readTransfer(content: string, encoding: string): string {
  if (encoding === "base64") {
    return Buffer.from(content, "base64").toString("latin1");
  }
  return encoding === "quoted-printable" ? readPrintable(content) : content;
}

export function toBase64(content: string, columns: number): string {
  const digits = Buffer.from(content, "latin1").toString("base64");
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += columns) {
    lines.push(digits.slice(at, at + columns));
  }
  return lines.join("\r\n");
}

const octet = (character: string): string =>
  `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** One line to units: a character or an escape each; white space at its end is escaped. */
function units(line: string): readonly string[] {
  return Array.from(line, (character, index) => {
    const isLast = index === line.length - 1;
    const isPlain = /[!-<>-~]/.test(character) || (/[ \t]/.test(character) && !isLast);
    return isPlain ? character : octet(character);
  });
}

/** Like Postfix for a server without 8BITMIME: breaks a line once it is longer than 72. */
export function printableAsPostfix(content: string): string {
  return eachLine(content, (line) => {
    let text = "";
    let length = 0;
    for (const unit of units(line)) {
      if (length > 72) {
        text += "=\r\n";
        length = 0;
      }
      text += unit;
      length += unit.length;
    }
    return text;
  });
}

/** As Perl's MIME::QuotedPrint and Python's quopri: at most 75 and the "=", 76 for a last plain character. */
export function printableAsPerl(content: string): string {
  return eachLine(content, (line) => {
    const all = units(line);
    let text = "";
    let length = 0;
    for (const [index, unit] of all.entries()) {
      const isLastPlain = index === all.length - 1 && unit.length === 1;
      if (length + unit.length > (isLastPlain ? 76 : 75)) {
        text += "=\r\n";
        length = 0;
      }
      text += unit;
      length += unit.length;
    }
    return text;
  });
}

/** Like programs that break lines between words if possible. */
export function printableAtWords(content: string): string {
  return eachLine(content, (line) => {
    let rest = units(line);
    const lines: string[] = [];
    while (rest.join("").length > 76) {
      let count = 0;
      for (let length = 0; length + (rest[count]?.length ?? 0) <= 75; count++) {
        length += rest[count]?.length ?? 0;
      }
      const space = rest.slice(0, count).lastIndexOf(" ");
      const end = space > 0 ? space + 1 : count;
      lines.push(`${rest.slice(0, end).join("")}=`);
      rest = rest.slice(end);
    }
    return [...lines, rest.join("")].join("\r\n");
  });
}

function eachLine(content: string, write: (line: string) => string): string {
  return content.split("\r\n").map(write).join("\r\n");
}

/** Bytes of one charset as bytes of another; undefined if a character is not in it. */
export function transcode(bytes: string, from: string, to: string): string | undefined {
  const text = new TextDecoder(from).decode(Buffer.from(bytes, "latin1"));
  if (to === "utf-8") {
    return Buffer.from(text, "utf8").toString("latin1");
  }
  return /^[\0-\xff]*$/.test(text) ? text : undefined;
}

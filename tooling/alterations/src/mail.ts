/** A raw header field with all its lines, but without the last line ending. */
export interface MailField {
  readonly name: string;
  readonly raw: string;
}

/** A message as a relay sees it. Latin1 text with CRLF, one character a byte; never changed in place. */
export class Mail {
  readonly fields: readonly MailField[];
  readonly body: string;

  constructor(fields: readonly MailField[], body: string) {
    this.fields = fields;
    this.body = body;
  }

  static parse(text: string): Mail {
    const end = text.indexOf("\r\n\r\n");
    const lines = text.slice(0, end).split(/\r\n(?![ \t])/);
    const fields = lines.map((raw) => readField(raw));
    return new Mail(fields, text.slice(end + 4));
  }

  toString(): string {
    return `${this.fields.map(({ raw }) => `${raw}\r\n`).join("")}\r\n${this.body}`;
  }

  withBody(body: string): Mail {
    return new Mail(this.fields, body);
  }

  /** The value of the first field with this name, unfolded and trimmed. */
  value(name: string): string | undefined {
    const field = this.fields.find((one) => isNamed(one, name));
    return field?.raw
      .slice(name.length + 1)
      .replace(/\r\n/g, "")
      .trim();
  }

  has(name: string): boolean {
    return this.fields.some((field) => isNamed(field, name));
  }

  /** Rewrites the first field with this name; undefined if there is none. */
  rewrite(name: string, change: (raw: string) => string): Mail | undefined {
    const index = this.fields.findIndex((field) => isNamed(field, name));
    const field = this.fields[index];
    if (field === undefined) {
      return undefined;
    }
    const raw = change(field.raw);
    return new Mail(
      this.fields.with(index, { name: raw.slice(0, raw.indexOf(":")), raw }),
      this.body,
    );
  }

  /** The first field with this name, its value replaced, on one line. */
  set(name: string, change: (value: string) => string): Mail | undefined {
    const value = this.value(name);
    return value === undefined
      ? undefined
      : this.rewrite(name, (raw) => `${raw.slice(0, name.length)}: ${change(value)}`);
  }

  /** All fields but DKIM-Signature rewritten. */
  rewriteAll(change: (raw: string) => string): Mail {
    const fields = this.fields.map((field) => {
      const raw = isNamed(field, "dkim-signature") ? field.raw : change(field.raw);
      return { name: raw.slice(0, raw.indexOf(":")), raw };
    });
    return new Mail(fields, this.body);
  }

  addAbove(...lines: readonly string[]): Mail {
    return new Mail([...lines.map(readField), ...this.fields], this.body);
  }

  addBelow(...lines: readonly string[]): Mail {
    return new Mail([...this.fields, ...lines.map(readField)], this.body);
  }

  remove(name: string): Mail {
    return new Mail(
      this.fields.filter((one) => !isNamed(one, name)),
      this.body,
    );
  }
}

function readField(raw: string): MailField {
  return { name: raw.slice(0, raw.indexOf(":")), raw };
}

export function isNamed({ name }: MailField, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

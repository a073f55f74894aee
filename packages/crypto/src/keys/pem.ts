/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** The text between BEGIN and the dashes. */
  readonly label: string;
  /** The block, with its base64 in lines of 64 characters. */
  readonly pem: string;
  /** Whether it has its END line. */
  readonly isComplete: boolean;
}

const begin = "-----BEGIN ";
const dashes = "-----";
const maxLabelLength = 40;
/** A key file has a few certificates at most. */
const maxBlocks = 256;

/**
 * The blocks of a PEM file, without the text around them. Repairs line breaks that were lost on the way through an
 * environment variable, a YAML file or a web form: literal \n (also escaped twice), spaces, a CR alone, indentation.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const lines = text.replaceAll(/(?:\\+r)?\\+n|\\+r|\r\n?/g, "\n");
  const blocks: PemBlock[] = [];
  let at = lines.indexOf(begin);
  while (at >= 0 && blocks.length < maxBlocks) {
    const labelStart = at + begin.length;
    const labelEnd = lines.indexOf(dashes, labelStart);
    const label = lines.slice(labelStart, labelEnd);
    if (labelEnd < 0 || !isLabel(label)) {
      at = lines.indexOf(begin, labelStart);
      continue;
    }
    const bodyStart = labelEnd + dashes.length;
    const bodyEnd = lines.indexOf(`-----END ${label}-----`, bodyStart);
    const next = lines.indexOf(begin, bodyEnd < 0 ? bodyStart : bodyEnd);
    const body = lines.slice(bodyStart, bodyEnd >= 0 ? bodyEnd : next >= 0 ? next : undefined);
    const pem = `${begin}${label}${dashes}\n${wrapped(body)}-----END ${label}-----\n`;
    blocks.push({ label, pem, isComplete: bodyEnd >= 0 });
    at = next;
  }
  return blocks;
}

/** Whether the block is encrypted, as PKCS#8 or in OpenSSL's old way (RFC 1421 4.6.1.1). */
export function isEncryptedPem({ label, pem }: PemBlock): boolean {
  return label.startsWith("ENCRYPTED") || /^Proc-Type: *4, *ENCRYPTED/m.test(pem);
}

function isLabel(label: string): boolean {
  return label.length <= maxLabelLength && /^[A-Z0-9 ]+$/.test(label);
}

/** Base64 in lines of 64 characters. A body with fields before its base64 stays as it is. */
function wrapped(body: string): string {
  const base64 = body.replaceAll(/\s/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64)
    ? base64.replaceAll(/.{1,64}/g, "$&\n")
    : `${body.trim()}\n`;
}

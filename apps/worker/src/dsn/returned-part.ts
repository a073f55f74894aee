import type { Lease } from "@mailseal/queue";

const endOfHeader = Buffer.from("\r\n\r\n");
const longestHeader = 1024 * 1024;

/** RFC 3461 6.2: the whole message only of a failure whose sender asked for it, and where it is not too long. */
export async function returnedPart(
  lease: Lease,
  action: "failed" | "delayed" | "relayed",
  maximumBytes: number,
): Promise<{ readonly kind: "full" | "headers"; readonly bytes: Uint8Array }> {
  const { envelope, sizeBytes } = lease.message;
  if (action === "failed" && envelope.ret === "full" && sizeBytes <= maximumBytes) {
    return { kind: "full", bytes: await lease.bytes() };
  }
  return { kind: "headers", bytes: await headerOf(lease.body()) };
}

async function headerOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let read = Buffer.alloc(0);
  for await (const piece of body) {
    read = Buffer.concat([read, piece]);
    const end = read.indexOf(endOfHeader);
    if (end >= 0 || read.length > longestHeader) {
      return read.subarray(0, end < 0 ? longestHeader : end + 2);
    }
  }
  return read;
}

/** A body made from its key, so that a consumer can check every byte. */
export function bodyOf(key: string, sizeBytes: number): Uint8Array {
  return Buffer.alloc(Math.max(sizeBytes, key.length + 1), `${key} `);
}

/** The key under which one destination of the message with this key is recorded. */
export function keyAt(key: string, route: string): string {
  return `${key} at ${route}`;
}

/** The key of the message from the key that `keyAt` returned. */
export function messageOf(keyAtRoute: string): string {
  return keyAtRoute.split(" at ")[0] ?? keyAtRoute;
}

/** Undefined if any byte is wrong. */
export function keyOf(body: Uint8Array): string | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const key = bytes.toString("latin1", 0, Math.max(0, bytes.indexOf(" ")));
  return key !== "" && bytes.equals(bodyOf(key, bytes.length)) ? key : undefined;
}

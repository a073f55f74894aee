/** A body that tells its key, so that whoever takes it knows whether every byte is right. */
export function bodyOf(key: string, sizeBytes: number): Uint8Array {
  return Buffer.alloc(Math.max(sizeBytes, key.length + 1), `${key} `);
}

/** What is recorded of one destination of the message with this key. */
export function keyAt(key: string, route: string): string {
  return `${key} at ${route}`;
}

/** The key of the message that `keyAt` was given. */
export function messageOf(keyAtRoute: string): string {
  return keyAtRoute.split(" at ")[0] ?? keyAtRoute;
}

export function keyOf(body: Uint8Array): string | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const key = bytes.toString("latin1", 0, Math.max(0, bytes.indexOf(" ")));
  return key !== "" && bytes.equals(bodyOf(key, bytes.length)) ? key : undefined;
}

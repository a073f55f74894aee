import { type Config, type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import type { StoredMessage } from "@mailseal/policy";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { sampleMessage, sampleText } from "@mailseal/testkit/pipeline-samples";
import type { Control, Reloaded } from "../../src/index.ts";

export const key: PrivateKey = generateKey({ type: "ed25519" });

export function configOf(input: ConfigInput = {}): Config {
  return configSchema.parse(input);
}

/** A running program with this config. */
export function controlOf(
  config: Config,
  reload: () => Promise<Reloaded> = async () => ({}),
  isReady = true,
): Control {
  return { config, isReady, reload };
}

/** A file of the test, with a key that can sign. */
export function keyFile(mode = 0o600): string {
  return writeTestFile(temporaryDirectory("test"), "test.key", key.toPem(), mode);
}

export const lunch: string = sampleText("a@example.com");

/** The same message, read in pieces. */
export function stored(pieceBytes: number = Infinity): StoredMessage {
  return sampleMessage(lunch, pieceBytes);
}

import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSignerPool } from "@mailseal/signer/pool";
import { createVerifierPool } from "@mailseal/verifier/pool";

/** Signs and verifies in pools whose threads are started as `scripts` says, and prints the verdict. */
export async function roundTrip(scripts) {
  const key = generateKey({ type: "ed25519" });
  const name = "s._domainkey.example.com";
  const zone = zoneFromJson({ [name]: [formatKeyRecord(key.publicKey)] });
  await using signers = createSignerPool(
    { domain: "example.com", selector: "s", key },
    { threads: 1, script: scripts.signer },
  );
  await using verifiers = createVerifierPool({
    keys: staticResolver(zone),
    threads: 1,
    script: scripts.verifier,
  });
  const message = Buffer.from("From: ada@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
  const signed = await signers.sign(message);
  const { signatures } = await verifiers.verify(signed.toBytes());
  console.log(signatures.map(({ result }) => result).join());
}

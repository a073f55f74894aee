import { createSigner } from "@mailseal/signer";

export default function ({ domain, selector, pem }) {
  const signer = createSigner({ domain, selector, key: pem });
  return (message) => signer.sign(message).toBytes();
}

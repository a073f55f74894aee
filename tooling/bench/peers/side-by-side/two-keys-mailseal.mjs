import { createSigner } from "@mailseal/signer";

export default function ({ domain, selector, pem, secondSelector, secondPem }) {
  const signer = createSigner([
    { domain, selector, key: pem },
    { domain, selector: secondSelector, key: secondPem },
  ]);
  return (message) => signer.sign(message).toBytes();
}

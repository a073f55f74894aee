import { dkimSign } from "mailauth/lib/dkim/sign.js";

export default function ({ domain, selector, pem, secondSelector, secondPem }) {
  const signatureData = [
    { signingDomain: domain, selector, privateKey: pem },
    { signingDomain: domain, selector: secondSelector, privateKey: secondPem },
  ];
  return async (message) => {
    const { signatures, errors } = await dkimSign(message, { signatureData });
    if (errors.length > 0) throw errors[0].err;
    return Buffer.concat([Buffer.from(signatures), message]);
  };
}

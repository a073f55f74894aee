import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";

export default function ({ domain, selector, pem, secondSelector, secondPem }) {
  const dkim = new DKIM({
    keys: [
      { domainName: domain, keySelector: selector, privateKey: pem },
      { domainName: domain, keySelector: secondSelector, privateKey: secondPem },
    ],
  });
  return (message) => buffer(dkim.sign(message));
}

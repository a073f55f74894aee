import DKIM from "nodemailer/lib/dkim";

export default function ({ domain, selector, pem }) {
  const dkim = new DKIM({ domainName: domain, keySelector: selector, privateKey: pem });
  return (source) => dkim.sign(source);
}

import { createTransport } from "nodemailer";

export default function ({ domain, selector, pem, server }) {
  const dkim = { domainName: domain, keySelector: selector, privateKey: pem };
  const transport = createTransport({ ...server, dkim });
  return (mail) => transport.sendMail(mail);
}

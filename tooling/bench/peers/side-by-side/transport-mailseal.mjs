import { mailseal } from "@mailseal/nodemailer";
import { createTransport } from "nodemailer";

export default function ({ domain, selector, pem, server }) {
  const transport = createTransport(server);
  transport.use("stream", mailseal({ domain, selector, key: pem }));
  return (mail) => transport.sendMail(mail);
}

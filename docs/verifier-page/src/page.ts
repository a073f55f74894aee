/** The script of the page that is one file. */
import { startForm } from "./form.ts";

startForm();

import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import "./site.css";
import { Verifier } from "./verifier.ts";

/** The default theme with the fonts of the system, and the form that verifies a message. */
const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Verifier", Verifier);
  },
};
export default theme;

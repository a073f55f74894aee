import { type DefineComponent, defineComponent, h, onMounted } from "vue";
import form from "../../verifier-page/src/form.html?raw";

/** The form of the verifier page. The verifier itself is loaded only by the page that has the form. */
export const Verifier: DefineComponent = defineComponent({
  setup() {
    onMounted(async () => {
      const { startForm } = await import("../../verifier-page/src/form.ts");
      startForm();
    });
    return () => h("div", { class: "verifier", innerHTML: form });
  },
}) as DefineComponent;

// Draws the layers of a model from the inputs to the predicted rating. Texts are set as text content, never as HTML.
function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export default function ({ data, parentElement }) {
  const flow = parentElement.querySelector("section");
  flow.replaceChildren(
    ...data.stages.flatMap((stage, n) => {
      const column = element("div", "stage");
      for (const layer of stage) {
        const box = element("div", `layer ${layer.kind}`);
        box.append(element("strong", "name", layer.name), element("span", "shape", layer.shape));
        if (layer.parameters) box.append(element("span", "count", layer.parameters));
        column.append(box);
      }
      if (!n) return [column];
      const step = element("div", "step-to"); // the arrow moves to the next line with its layer
      step.append(element("div", "arrow", "→"), column);
      return [step];
    }),
  );
}

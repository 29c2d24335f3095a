// A legend: a chip for each value with its color and count. Texts are set as text content, never as HTML.
export default function ({ data, parentElement }) {
  const group = parentElement.querySelector("[role=group]");
  group.setAttribute("aria-label", data.label);
  group.replaceChildren(
    ...data.values.map(({ name, color, count }) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.style.setProperty("--dot", color);
      const label = document.createElement("bdi");
      label.textContent = name;
      const number = document.createElement("span");
      number.className = "count";
      number.textContent = count;
      chip.append(label, number);
      return chip;
    }),
  );
}

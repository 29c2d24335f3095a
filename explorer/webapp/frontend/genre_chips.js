// Genres as a legend that is also the switch: a chip per genre with its colour and count. Text is only set as text.
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector("[role=group]");
  const chosen = new Set(data.chosen);
  group.setAttribute("aria-label", data.label);
  group.replaceChildren(
    ...data.genres.map(({ name, colour, count }) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = chosen.size && !chosen.has(name) ? "chip off" : "chip";
      if (!data.still) chip.setAttribute("aria-pressed", chosen.has(name));
      chip.style.setProperty("--dot", colour);
      const label = document.createElement("span");
      label.textContent = name;
      const number = document.createElement("span");
      number.className = "count";
      number.textContent = count;
      chip.append(label, number);
      chip.disabled = Boolean(data.still); // a legend only
      chip.onclick = () => setTriggerValue("toggle", name);
      return chip;
    }),
  );
}

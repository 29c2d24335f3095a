// Facts one below the other: a name, a value, a bar. Text is only ever set as text.
export default function ({ data, parentElement }) {
  parentElement.querySelector("ol").replaceChildren(
    ...data.rows.map((row) => {
      const item = document.createElement("li");
      for (const name of ["name", "value"]) {
        const cell = document.createElement("span");
        cell.className = name;
        cell.textContent = row[name];
        item.append(cell);
      }
      for (const share of row.bar) {
        const track = document.createElement("span");
        track.className = "track";
        const bar = document.createElement("span");
        bar.className = "bar";
        bar.style.width = `${100 * share}%`;
        track.append(bar);
        item.append(track);
      }
      item.classList.toggle("plain", !row.bar.length);
      return item;
    }),
  );
}

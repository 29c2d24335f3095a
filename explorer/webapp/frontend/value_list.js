// A list of names and values with bars; bars of negative values go left from zero.
// Texts are set as text content, never as HTML.
export default function ({ data, parentElement }) {
  const negative = data.rows.some((row) => row.bar.some((share) => share < 0));
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
        track.className = negative ? "track signed" : "track";
        const bar = document.createElement("span");
        bar.className = share < 0 ? "bar negative" : "bar";
        bar.style.width = `${100 * Math.abs(share)}%`;
        track.append(bar);
        item.append(track);
      }
      item.classList.toggle("plain", !row.bar.length);
      return item;
    }),
  );
}

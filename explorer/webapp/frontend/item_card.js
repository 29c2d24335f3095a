// One item opened up: title, facts, genres, ways out. Text is only ever set as text.
function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

export default function ({ data, parentElement }) {
  const card = parentElement.querySelector("article");
  const title = element("h2", "title");
  title.append(element("bdi", "", data.title)); // so that its signs cannot turn the year
  if (data.year) title.append(" ", element("span", "year", data.year));
  const genres = element("div", "genres");
  for (const genre of data.genres) {
    const chip = element("span", "chip", genre);
    chip.style.setProperty("--dot", data.colours[genre] ?? "#8a8a8a");
    genres.append(chip);
  }
  const facts = element("div", "facts");
  for (const fact of data.facts) facts.append(element("span", "fact", fact));
  for (const [name, url] of Object.entries(data.links)) {
    const link = element("a", "out", `${name} ↗`);
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
    facts.append(link);
  }
  card.replaceChildren(title, genres, facts);
}

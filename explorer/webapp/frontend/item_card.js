// One item: title, values of its group, the other columns, pictures and links.
// Texts are set as text content, never as HTML.
function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function outside(url, text) {
  const link = element("a", "out", `${text} ↗`);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function attributeNode({ label, text, whole, url }) {
  const attribute = element(whole ? "details" : "span", "attribute");
  const head = whole ? element("summary", "") : attribute;
  head.append(element("bdi", "label", label), " ", url ? outside(url, text) : element("bdi", "", text));
  if (whole) attribute.append(head, element("p", "whole", whole));
  return attribute;
}

export default function ({ data, parentElement }) {
  const card = parentElement.querySelector("article");
  const title = element("h2", "title");
  title.append(element("bdi", "", data.title)); // isolated, so a right-to-left title does not affect the rest
  if (data.beside) title.append(" ", element("span", "beside", data.beside));
  if (data.key) title.append(" ", element("bdi", "key", data.key));
  const values = element("div", "values");
  for (const { text, color } of data.values) {
    const chip = element("bdi", "chip", text);
    chip.style.setProperty("--dot", color || "#8a8d94");
    values.append(chip);
  }
  const attributes = element("div", "attributes");
  attributes.append(...data.attributes.map(attributeNode));
  attributes.append(...Object.entries(data.links).map(([name, url]) => outside(url, name)));
  const pictures = data.pictures.map((source) => {
    const picture = element("img", "picture");
    picture.alt = "";
    picture.loading = "lazy";
    picture.referrerPolicy = "no-referrer";
    picture.onerror = () => picture.remove();
    picture.src = source;
    return picture;
  });
  card.replaceChildren(...pictures, title, values, attributes);
}

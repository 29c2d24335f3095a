// A large column of a chart's figure: kept where chart.js finds it.
export default function ({ data }) {
  const columns = (window.explorerColumns ??= new Map());
  const mine = { ...data };
  columns.set(data.part, mine);
  return () => columns.get(data.part) === mine && columns.delete(data.part); // another may have come meanwhile
}
